import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { environment, sandbox, warm } from './harness.ts';

/** `make setup` of a generated repository, with programs that only print what the real ones print. */

let plain: Promise<string> | undefined;
const reference = (): Promise<string> =>
  (plain ??= (async () => {
    const cwd = sandbox();
    expect(await warm(['demo', '--yes', '--no-git'], { cwd })).toMatchObject({ code: 0, err: '' });
    return join(cwd, 'demo');
  })());

/** The environment of these tests, without the network settings of this shell. */
const clean = (extra: Readonly<Record<string, string>>): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(environment(extra)).filter(
      ([name]) => name in extra || !/^(?:PIP_|UV_|XDG_)|_proxy$|_CERT_FILE$|_CA_BUNDLE$/i.test(name),
    ),
  );

type Programs = Readonly<Record<string, string>>;
type Variables = Readonly<Record<string, string>>;

/** Runs make in a copy of the repository, with these programs first on PATH and these files in its folder. */
async function make(goal: string, programs: Programs, variables: Variables = {}, files: Programs = {}) {
  const home = join(realpathSync(sandbox()), 'demo');
  cpSync(await reference(), home, { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(home, path, '..'), { recursive: true });
    writeFileSync(join(home, path), text);
  }
  const bin = join(home, 'bin');
  mkdirSync(bin);
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const { status, stdout, stderr } = spawnSync('make', ['--no-print-directory', goal], {
    cwd: home,
    env: clean({
      HOME: home,
      PATH: `${bin}:/usr/bin:/bin`,
      UV_PYTHON_DOWNLOADS: 'automatic',
      ...variables,
    }),
    encoding: 'utf8',
  });
  return { home, status, stdout, stderr };
}

const version = async (): Promise<string> =>
  /^UV_VERSION=(.*)$/m.exec(readFileSync(join(await reference(), 'scripts/setup.sh'), 'utf8'))![1]!;
/** A uv of the right version, whose `sync` is this text. */
const uv = async (sync: string): Promise<string> =>
  `[ "$1" = --version ] && echo "uv ${await version()}" && exit\n${sync}`;
const quoted = (text: string): string => `cat >&2 <<'END'\n${text}\nEND\nexit 2`;

/** What uv 0.13.8 and pip 23.2 to 26 print -> the sentence of setup. */
const CAUSES: readonly [says: string, cause: RegExp][] = [
  ['  cause: invalid peer certificate: UnknownIssuer', /certificate of the package index .* is not trusted/],
  ["SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate", /is not trusted/],
  ['  cause: tunnel error: proxy authorization required', /the proxy .* requires a user and a password/],
  ["OSError('Tunnel connection failed: 407 Proxy Authentication Required')", /requires a user and a password/],
  ['  cause: tunnel error: failed to create underlying connection', /the proxy .* does not answer, or refuses/],
  ["ProxyError('Cannot connect to proxy.', NewConnectionError('[Errno 111] Connection refused'))", /does not answer/],
  ['  cause: failed to lookup address information: Name or service not known', /the host .* was not found/],
  ['[Errno -3] Temporary failure in name resolution', /the host .* was not found/],
  ['  cause: Network is unreachable (os error 101)', /there is no network connection to the package index/],
  ['  cause: Connection refused (os error 111)', /refused the connection/],
  ['  cause: operation timed out', /did not answer in time/],
  ['error: HTTP status client error (401 Unauthorized) for url', /refused the user or the password/],
  ['  cause: Because there is no version of pandas==9.9 and demo depends on', /does not have a version/],
  ['  cause: Because pandas was not found in the package registry', /there is no package index at/],
  ['warning: `a-1.whl` is missing an upload date, but user provided: 2026', /does not say when files were uploaded/],
  ['error: failed to write: No space left on device (os error 28)', /the disk is full/],
  ['error: failed to create directory: Permission denied (os error 13)', /cannot be written/],
  ['error: Network connectivity is disabled', /UV_OFFLINE is set/],
  ['error: something new', /see the message of uv above/],
];

describe('make setup', () => {
  it.each(CAUSES)('explains %j', async (says, cause) => {
    const index = 'https://me:hidden@packages.example/simple';
    const { status, stderr } = await make('setup', { uv: await uv(quoted(says)) }, { UV_DEFAULT_INDEX: index });
    expect(status).toBe(2);
    expect(stderr).toContain(says);
    const sentences = stderr.split('\n').filter((line) => line.startsWith('The packages could not be installed: '));
    expect(sentences).toEqual([expect.stringMatching(cause)]);
    expect(stderr).toMatch(/\. Then run make setup again\.$/m);
    expect(stderr).not.toContain('hidden');
  });

  it('is not ready if uv reports success without an environment', async () => {
    const { status, stderr } = await make('setup', { uv: await uv('exit 0') });
    expect(status).toBe(2);
    expect(stderr).toMatch(/Setup is not complete: the environment in .*\/demo\/\.venv is not the one/);
    expect(stderr).not.toContain('Ready');
  });

  it('is not ready if a package is missing or has another version', async () => {
    const made = 'python3 -m venv --without-pip .venv; : >.venv/made';
    const { stderr } = await make('setup', { uv: await uv(made) });
    expect(stderr).toMatch(/^ruff \S+ is not installed$/m);
    // This one belongs to an extra, which the group names.
    expect(stderr).toMatch(/^fastapi \S+ is not installed$/m);
    expect(stderr).toMatch(/^the package demo does not come from /m);
    expect(stderr).not.toContain('Ready');
  });

  it('does not pass variables to uv that would lead it to another environment', async () => {
    const { stdout, stderr } = await make(
      'setup',
      { uv: await uv('env >&2; exit 2') },
      { UV_PROJECT_ENVIRONMENT: '/x', UV_NO_DEV: '1', VIRTUAL_ENV: '/x', UV_FROZEN: '1', PYTHONHOME: '' },
    );
    expect(stdout + stderr).toContain('HOME=');
    expect(stderr).not.toMatch(/^(?:UV_PROJECT_ENVIRONMENT|UV_NO_DEV|VIRTUAL_ENV|UV_FROZEN)=/m);
  });

  it('tells a Python without venv from a full disk', async () => {
    const python = (text: string) =>
      `[ "$2" = venv ] && echo "${text}" && exit 1\n[ "$2" = pip ] && exit 1\nexec /usr/bin/python3 "$@"`;
    const old = 'echo uv 0.0.1';
    const none = await make('setup', { uv: old, python3: python('ensurepip is not available') });
    expect(none.stderr).toMatch(/ensurepip is not available\n.*this Python has neither venv nor pip\.\n.*python3-venv/);
    const full = await make('setup', { uv: old, python3: python('Error: [Errno 28] No space left on device') });
    expect(full.stderr).toContain('could not be installed: the disk is full.');
    expect(full.stderr).not.toContain('neither venv');
  });
});

const CONF = `[global]
index-url = https://conf.example/simple
extra-index-url =
    https://one.example/simple
    https://two.example/simple
# cert = /no.pem
[install]
trusted_host: conf.example
[freeze]
proxy = http://no.example
`;

/** Variables of the shell, files -> variables of each command. */
const SHARED: readonly [
  title: string,
  given: Variables,
  files: Programs,
  expected: Readonly<Record<string, string | undefined>>,
][] = [
  [
    'no variable',
    {},
    {},
    { NO_PROXY: undefined, no_proxy: undefined, UV_DEFAULT_INDEX: undefined, PIP_INDEX_URL: undefined },
  ],
  ...['UV_DEFAULT_INDEX', 'UV_INDEX_URL', 'PIP_INDEX_URL'].map((name): (typeof SHARED)[number] => [
    name,
    { [name]: 'https://i.example/simple' },
    { 'pip.conf': CONF, '.config/uv/uv.toml': 'index-url = "https://toml.example/simple"\n' },
    { UV_DEFAULT_INDEX: 'https://i.example/simple', PIP_INDEX_URL: 'https://i.example/simple' },
  ]),
  [
    'an index with a name',
    { UV_DEFAULT_INDEX: 'corp=https://i.example/simple' },
    {},
    { PIP_INDEX_URL: 'https://i.example/simple' },
  ],
  [
    'two variables of one setting',
    { UV_DEFAULT_INDEX: 'https://a.example', PIP_INDEX_URL: 'https://b.example' },
    {},
    { UV_DEFAULT_INDEX: 'https://a.example', PIP_INDEX_URL: 'https://b.example' },
  ],
  [
    'pip.conf',
    {},
    { '.config/pip/pip.conf': CONF },
    {
      UV_DEFAULT_INDEX: 'https://conf.example/simple',
      PIP_INDEX_URL: 'https://conf.example/simple',
      UV_INDEX: 'https://one.example/simple https://two.example/simple',
      UV_INSECURE_HOST: 'conf.example',
      HTTPS_PROXY: undefined,
    },
  ],
  [
    'uv.toml',
    {},
    {
      '.config/pip/pip.conf': CONF,
      '.config/uv/uv.toml':
        '[[index]]\nurl = "https://x.example"\n\n[[index]]\nurl = "https://toml.example/simple"\ndefault = true\n',
    },
    { UV_DEFAULT_INDEX: undefined, PIP_INDEX_URL: 'https://toml.example/simple' },
  ],
  ...['SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE', 'PIP_CERT', 'CURL_CA_BUNDLE'].map((name): (typeof SHARED)[number] => [
    name,
    { [name]: '/a b/company.pem' },
    {},
    { SSL_CERT_FILE: '/a b/company.pem', REQUESTS_CA_BUNDLE: '/a b/company.pem', PIP_CERT: '/a b/company.pem' },
  ]),
  [
    '.env',
    {},
    { '.env': "PIP_CERT=/env.pem\nHTTPS_PROXY='http://u:a$b@p:1'\n" },
    { SSL_CERT_FILE: '/env.pem', https_proxy: 'http://u:a$b@p:1' },
  ],
  [
    'a proxy',
    { https_proxy: 'http://p:1', NO_PROXY: 'a.example, localhost' },
    {},
    {
      HTTPS_PROXY: 'http://p:1',
      NO_PROXY: 'a.example, localhost,127.0.0.1,::1',
      no_proxy: 'a.example, localhost,127.0.0.1,::1',
    },
  ],
  ['a proxy that no host uses', { HTTP_PROXY: 'http://p:1', no_proxy: '*' }, {}, { NO_PROXY: '*', no_proxy: '*' }],
];

describe('the network of make', () => {
  it.each(SHARED)('gives every tool what is set by %s', async (_title, given, files, expected) => {
    const { stdout, stderr } = await make('probe', {}, given, { ...files, 'mk/probe.mk': 'probe:\n\t@env\n' });
    expect(stderr).toBe('');
    const seen = new Map(stdout.split('\n').map((line) => [line.split('=')[0]!, line.slice(line.indexOf('=') + 1)]));
    const named = Object.keys(expected).map((name) => [name, seen.get(name) || undefined]);
    expect(Object.fromEntries(named)).toEqual(expected);
  });

  const stores = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt'].filter((path) =>
    existsSync(path),
  );
  it.skipIf(stores.length === 0)('uses the certificates of the system if none are set', async () => {
    const { stdout } = await make(
      'probe',
      {},
      { PIP_CONFIG_FILE: '/dev/null' },
      { 'mk/probe.mk': 'probe:\n\t@echo "$$SSL_CERT_FILE $$PIP_CERT $$UV_SYSTEM_CERTS"\n' },
    );
    expect(stdout).toBe(`${stores[0]} ${stores[0]} true\n`);
  });
});

describe('scripts/build-image.sh', () => {
  it('passes index, certificates and proxy to a build, and nothing else is left', async () => {
    const engine =
      'printf "%s\\n" "$@" >calls; for each; do case $each in id=network*) cat "${each#*src=}" >network;; esac; done';
    const probe = 'probe:\n\t@$(ENGINE_BUILD) --tag x .\n';
    const { home, stderr } = await make(
      'probe',
      { docker: engine },
      {
        PIP_INDEX_URL: "https://u:it's@i.example/simple",
        PIP_CERT: '/etc/hosts',
        HTTPS_PROXY: 'http://p:1',
        UV_EXCLUDE_NEWER: 'false',
      },
      { 'mk/probe.mk': probe },
    );
    expect(stderr).toBe('');
    const calls = readFileSync(join(home, 'calls'), 'utf8').split('\n');
    expect(calls).toEqual(
      expect.arrayContaining(['build', 'id=certificates,src=/etc/hosts', 'HTTPS_PROXY', 'NO_PROXY', '--tag', 'x', '.']),
    );
    expect(calls.join(' ')).not.toMatch(/i\.example|http:\/\/p/);
    const network = readFileSync(join(home, 'network'), 'utf8');
    const { stdout } = spawnSync(
      'sh',
      ['-c', '. ./network; echo "$UV_DEFAULT_INDEX $SSL_CERT_FILE $UV_EXCLUDE_NEWER"'],
      {
        cwd: home,
        env: { PATH: '/usr/bin:/bin' },
        encoding: 'utf8',
      },
    );
    expect(stdout).toBe("https://u:it's@i.example/simple /run/secrets/certificates false\n");
    expect(network).toContain('export ');
    expect(existsSync(/src=(\S+)\/network/.exec(calls.join(' '))![1]!)).toBe(false);
  });
});
