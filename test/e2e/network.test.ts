import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasNamespaces, must, ROOT } from './support.ts';

/**
 * `make setup` in a corporate network: proxy × package index × certificates, all on loopback. The generated Makefile
 * and scripts install a project whose only dependency is a wheel of this test. uv comes from the index, too.
 */

/** The servers end after this time, also if the test is killed. */
const SECONDS = 600;
type Ports = Readonly<Record<'plain' | 'tls' | 'undated' | 'proxy' | 'guarded', number>>;

let work: string;
let servers: ChildProcess;
let ports: Ports;
let template: string;
let path: string;
let ca: string;

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'network-'));
  ca = join(work, 'ca.pem');
  must(
    work,
    `openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 30 -subj '/CN=Corporate CA' \
      -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign
    openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=index.test
    printf 'subjectAltName=DNS:index.test,DNS:localhost,IP:127.0.0.1\\nbasicConstraints=CA:FALSE\\n' >extensions
    openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile extensions -out server.pem
    node ${join(ROOT, 'dist/bin.js')} demo --yes --no-git`,
  );
  template = join(work, 'template');
  const demo = join(work, 'demo');
  for (const part of ['Makefile', 'scripts', 'mk/python.mk', 'mk/supply-chain.mk', '.env.example'])
    cpSync(join(demo, part), join(template, part), { recursive: true });
  mkdirSync(join(template, 'src/demo'), { recursive: true });
  writeFileSync(join(template, 'src/demo/__init__.py'), '');
  const pyproject = readFileSync(join(demo, 'pyproject.toml'), 'utf8');
  const groups = /^\[dependency-groups\]\n[^[]*(?:\[(?!build-system)[^[]*)*/m;
  expect(pyproject).toMatch(groups);
  writeFileSync(
    join(template, 'pyproject.toml'),
    pyproject.replace(groups, '[dependency-groups]\ndev = ["corporate==1.0"]\n\n').replace(/^readme = .*\n/m, ''),
  );
  const uv = /^UV_VERSION=(.*)$/m.exec(readFileSync(join(template, 'scripts/setup.sh'), 'utf8'))![1]!;
  must(
    work,
    `python3 -m pip download --quiet --no-deps --dest wheels uv==${uv}
    python3 -m venv tools/uv && tools/uv/bin/python -m pip install --quiet --no-index wheels/uv-*.whl`,
  );
  const log = openSync(join(work, 'requests'), 'w');
  const program = join(import.meta.dirname, 'network/servers.py');
  servers = spawn('python3', [program, 'wheels', 'server.pem', 'server.key', String(SECONDS)], {
    cwd: work,
    stdio: ['pipe', 'pipe', log],
  });
  ports = await new Promise((resolve) =>
    servers.stdout!.once('data', (line: Buffer) => resolve(JSON.parse(line.toString()) as Ports)),
  );
  path = process.env['PATH']!.split(delimiter)
    .filter((folder) => !existsSync(join(folder, 'uv')))
    .join(delimiter);
});
afterAll(() => {
  servers.stdin!.end();
  rmSync(work, { recursive: true, force: true });
});

const index = (name: 'tls' | 'undated' | 'plain', host = '127.0.0.1'): string =>
  `${name === 'plain' ? 'http' : 'https'}://${host}:${ports[name]}/simple`;
const proxy = (name: 'proxy' | 'guarded', user = ''): string => `http://${user}127.0.0.1:${ports[name]}`;
const NOWHERE = 'http://127.0.0.1:1';

type Cell = {
  /** Variables of the shell. */
  readonly env?: Readonly<Record<string, string>>;
  /** Files of the user's home folder, and of the repository below `repository/`. */
  readonly files?: Readonly<Record<string, string>>;
  /** Whether uv is there already. Otherwise, setup installs it from the index. */
  readonly withUv?: boolean;
  /** A command that starts the command. */
  readonly within?: readonly string[];
};

const requests = (): string[] => readFileSync(join(work, 'requests'), 'utf8').split('\n').filter(Boolean);
let count = 0;

/** Runs `make setup` in a new copy of the repository, with nothing of this shell but PATH. */
function setUp({ env = {}, files = {}, withUv = false, within = [] }: Cell) {
  const home = join(work, `cell-${(count += 1)}`);
  const dir = join(home, 'repository');
  cpSync(template, dir, { recursive: true });
  if (withUv) symlinkSync(join(work, 'tools'), join(dir, '.tools'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(home, name, '..'), { recursive: true });
    writeFileSync(join(home, name), text);
  }
  const make = (...goals: readonly string[]) => {
    const [program, ...args] = [...within, 'make', '--no-print-directory', ...goals];
    const { status, stdout, stderr } = spawnSync(program!, args, {
      cwd: dir,
      encoding: 'utf8',
      timeout: 120_000,
      env: {
        HOME: home,
        PATH: path,
        LANG: 'C.UTF-8',
        PIP_RETRIES: '0',
        UV_CACHE_DIR: join(home, 'cache'),
        UV_HTTP_RETRIES: '0',
        UV_PYTHON_DOWNLOADS: 'never',
        ...env,
      },
    });
    return { code: status, output: stdout + stderr };
  };
  const before = requests().length;
  const done = make('setup');
  return { ...done, dir, make, requests: requests().slice(before) };
}

/** Requests the index with the libraries of Python, and a server on loopback, in a recipe. */
const PROBE = `
import sys, urllib.request
from pip._vendor import requests
index, here = sys.argv[1:]
for read in (lambda url: urllib.request.urlopen(url, timeout=10).status, lambda url: requests.get(url, timeout=10).status_code):
    print(*(read(url + "/corporate/") for url in (index, here)))
`;
const secret = 'user:secret@';
const through = 'index.test';

/** name -> cell, the URL of the index in uv.lock, and the proxy that is used. */
const passing = (): Record<string, [cell: Cell, index: string, proxy?: string]> => ({
  'variables of uv, behind a proxy': [
    { env: { UV_DEFAULT_INDEX: index('tls', through), SSL_CERT_FILE: ca, HTTPS_PROXY: proxy('proxy') } },
    index('tls', through),
    'proxy',
  ],
  'variables of pip, and loopback without the proxy': [
    { withUv: true, env: { PIP_INDEX_URL: index('tls'), PIP_CERT: ca, HTTPS_PROXY: NOWHERE, HTTP_PROXY: NOWHERE } },
    index('tls'),
  ],
  'only pip.conf, behind a proxy with a password': [
    {
      files: {
        '.config/pip/pip.conf': `[global]\nindex-url = ${index('tls', through)}\ncert = ${ca}\nproxy = ${proxy('guarded', secret)}\n`,
      },
    },
    index('tls', through),
    'guarded',
  ],
  'the old variable of uv, and the variable of requests': [
    {
      withUv: true,
      env: { UV_INDEX_URL: index('tls', through), REQUESTS_CA_BUNDLE: ca, https_proxy: proxy('guarded', secret) },
    },
    index('tls', through),
    'guarded',
  ],
  '.env': [
    { withUv: true, files: { 'repository/.env': `UV_DEFAULT_INDEX=${index('tls')}\nSSL_CERT_FILE=${ca}\n` } },
    index('tls'),
  ],
  'an index without upload times, and UV_EXCLUDE_NEWER=false': [
    {
      withUv: true,
      files: { 'repository/.env': 'UV_EXCLUDE_NEWER=false\n' },
      env: { UV_DEFAULT_INDEX: index('undated'), SSL_CERT_FILE: ca },
    },
    index('undated'),
  ],
  'variables that lead uv elsewhere': [
    {
      withUv: true,
      env: {
        UV_DEFAULT_INDEX: index('tls'),
        CURL_CA_BUNDLE: ca,
        UV_PROJECT_ENVIRONMENT: '/tmp/elsewhere',
        UV_NO_DEV: '1',
        VIRTUAL_ENV: '/tmp/elsewhere',
        LC_ALL: 'C',
      },
    },
    index('tls'),
  ],
});

/** name -> cell, and the sentence that setup ends with. */
const failing = (): Record<string, [cell: Cell, cause: RegExp]> => {
  const known = { SSL_CERT_FILE: ca };
  const untrusted = /the certificate of the package index .* is not trusted\.\nSet SSL_CERT_FILE/;
  return {
    'an unknown CA, for pip': [{ env: { UV_DEFAULT_INDEX: index('tls') } }, untrusted],
    'an unknown CA, for uv': [{ withUv: true, env: { UV_DEFAULT_INDEX: index('tls') } }, untrusted],
    'an unknown CA behind a proxy': [
      { withUv: true, env: { UV_DEFAULT_INDEX: index('tls', through), HTTPS_PROXY: proxy('proxy') } },
      untrusted,
    ],
    'a file of certificates that does not exist': [
      { withUv: true, env: { UV_DEFAULT_INDEX: index('tls'), PIP_CERT: '/nowhere.pem' } },
      /the file \/nowhere\.pem does not exist\.\nCorrect .*PIP_CERT/,
    ],
    'a proxy that does not answer': [
      { withUv: true, env: { ...known, UV_DEFAULT_INDEX: index('tls', through), HTTPS_PROXY: NOWHERE } },
      /the proxy http:\/\/127\.0\.0\.1:1 does not answer, or refuses/,
    ],
    'a proxy that needs a password, for pip': [
      { env: { ...known, UV_DEFAULT_INDEX: index('tls', through), HTTPS_PROXY: proxy('guarded') } },
      /the proxy .* requires a user and a password/,
    ],
    'a wrong password for the proxy': [
      {
        withUv: true,
        env: { ...known, UV_DEFAULT_INDEX: index('tls', through), HTTPS_PROXY: proxy('guarded', 'user:wrong@') },
      },
      /the proxy http:\/\/\*\*\*@127\.0\.0\.1:\d+ requires a user and a password/,
    ],
    'a host that only the proxy knows': [
      { withUv: true, env: { ...known, UV_DEFAULT_INDEX: index('tls', through) } },
      /the host of the package index .* was not found/,
    ],
    'a port that refuses': [
      { withUv: true, env: { UV_DEFAULT_INDEX: `${NOWHERE}/simple` } },
      /the package index http:\/\/127\.0\.0\.1:1\/simple refused the connection/,
    ],
    'a path without an index': [
      { withUv: true, env: { ...known, UV_DEFAULT_INDEX: index('tls').replace(/simple$/, 'nothing') } },
      /there is no package index at .*nothing, or it lacks a package/,
    ],
    'an index without the version': [
      {
        withUv: true,
        env: { ...known, UV_DEFAULT_INDEX: index('tls') },
        files: {
          'repository/pyproject.toml': readFileSync(join(template, 'pyproject.toml'), 'utf8').replace('==1.0', '==3.0'),
        },
      },
      /the package index .* does not have a version that this repository needs/,
    ],
    'an index without upload times': [
      { withUv: true, env: { ...known, UV_DEFAULT_INDEX: index('undated') } },
      /does not say when files were uploaded, and exclude-newer .*\nSet UV_EXCLUDE_NEWER=false in \.env/,
    ],
  };
};

describe('make setup in a corporate network', () => {
  it('installs uv and all packages in every cell of proxy, index and certificates that has a way', () => {
    for (const [name, [cell, url, used]] of Object.entries(passing())) {
      const { code, output, dir, make, requests: seen } = setUp(cell);
      expect([name, code, output]).toEqual([name, 0, expect.stringMatching(/^Ready: \.venv has Python/m)]);
      expect(readFileSync(join(dir, 'uv.lock'), 'utf8')).toContain(`registry = "${url}"`);
      const names = cell.withUv ? ['corporate'] : ['corporate', 'uv'];
      for (const each of names)
        expect([name, seen]).toEqual([
          name,
          expect.arrayContaining([`${url.includes(String(ports.undated)) ? 'undated' : 'tls'} GET /simple/${each}/`]),
        ]);
      const proxies = seen.filter((line) => line.includes('CONNECT')).map((line) => line.split(' ')[0]);
      expect([name, [...new Set(proxies)]]).toEqual([name, used ? [used] : []]);
      // The commands use what setup made, in the same network.
      expect([name, make('lock-check')]).toMatchObject([name, { code: 0 }]);
      writeFileSync(join(dir, 'probe.py'), PROBE);
      const goal = `probe:\n\t@.tools/uv/bin/python probe.py ${url} ${index('plain')}\n\t@$(PYTHON) -c "import corporate; print(corporate.VERSION)"\n`;
      writeFileSync(join(dir, 'mk/probe.mk'), goal);
      expect([name, make('probe')]).toEqual([name, { code: 0, output: '200 200\n200 200\n1.0\n' }]);
    }
  });

  it('names the cause and the remedy in every other cell, without a password', () => {
    for (const [name, [cell, cause]] of Object.entries(failing())) {
      const { code, output } = setUp(cell);
      expect([name, output]).toEqual([name, expect.stringMatching(cause)]);
      expect([name, code]).toEqual([name, 2]);
      expect(output).toMatch(/run make setup again\.$/m);
      expect(output).not.toMatch(/Ready|secret@|:wrong|neither venv nor pip/);
    }
  });

  const mounted = (script: string): string[] => ['unshare', '-rm', 'sh', '-ec', `${script}; exec "$@"`, 'sh'];

  it.skipIf(!hasNamespaces())('uses the store of the system, and names a full disk and a missing network', () => {
    const env = { UV_DEFAULT_INDEX: index('tls') };
    const store = '/etc/ssl/certs/ca-certificates.crt';
    const { code, output } = setUp({ env, withUv: true, within: mounted(`mount --bind ${ca} ${store}`) });
    expect([code, output]).toEqual([0, expect.stringContaining('Ready')]);
    const known = { ...env, SSL_CERT_FILE: ca };
    const small = mounted('mkdir -p "$UV_CACHE_DIR" && mount -t tmpfs -o size=20k tmpfs "$UV_CACHE_DIR"');
    expect(setUp({ env: known, withUv: true, within: small }).output).toContain(
      'could not be installed: the disk is full.',
    );
    expect(setUp({ env: known, withUv: true, within: ['unshare', '-rn'] }).output).toMatch(
      /there is no network connection to the package index/,
    );
  });
});
