import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Packed, type Registry, startRegistry } from '../support/registry.ts';
import { BIN, environment, FIXTURES, ROOT, run, sandbox, snapshot } from './harness.ts';

/** The tarball as users get it: its content, and `npm init mlops-stack` through a local registry. */

let packed: Packed;
let npmrc: string;
let registry: Registry;
const home = sandbox();

const npm = (args: readonly string[], cwd: string) =>
  execa('npm', args, {
    cwd,
    env: {
      ...environment({ CI: undefined }),
      npm_config_userconfig: npmrc,
      npm_config_cache: join(home, 'cache'),
      npm_config_prefix: join(home, 'prefix'),
    },
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
  });

beforeAll(async () => {
  registry = await startRegistry(ROOT, home);
  ({ packed, npmrc } = registry);
});
afterAll(() => registry.close());

describe('the npm package', () => {
  it('holds the command, its licenses and no other file', () => {
    const paths = packed.files.map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining([
        'dist/bin.js',
        'dist/api.js',
        'dist/schema.json',
        'dist/help.txt',
        'package.json',
        'THIRD_PARTY_LICENSES',
      ]),
    );
    expect(
      paths.filter(
        (path) =>
          !/^(dist\/[\w./#+-]+\.(js|json|json\.gz|txt|d\.ts)|package\.json|THIRD_PARTY_LICENSES|README\.md|LICENSE|CHANGELOG\.md)$/.test(
            path,
          ),
      ),
    ).toEqual([]);
    expect(paths.filter((path) => /(?<!\.d)\.ts$|test|fixture|\.map$/.test(path))).toEqual([]);
  });

  it('is small and has no dependency', () => {
    expect(packed.unpackedSize).toBeLessThan(4 * 1024 * 1024);
    const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<
      string,
      Record<string, string> | undefined
    >;
    expect({ ...manifest['dependencies'], ...manifest['optionalDependencies'] }).toEqual({});
    expect(Object.keys(manifest['scripts']!).filter((name) => /^(pre|post)?install$|^prepare$/.test(name))).toEqual([]);
  });

  it('names every bundled package and its license', () => {
    const text = readFileSync(join(ROOT, 'THIRD_PARTY_LICENSES'), 'utf8');
    const allowed = readFileSync(join(ROOT, 'scripts/bundled-packages.txt'), 'utf8')
      .split('\n')
      .filter((line) => line && !line.startsWith('#'));
    const named = [...text.matchAll(/^(@?[\w./-]+) \d+\.\d+\.\d+\S* \((\S+|\(.*\))\)$/gm)].map(([, name]) => name!);
    expect(named).toEqual(expect.arrayContaining(['ejs', 'yaml', 'zod', 'picomatch', 'execa', '@inquirer/core']));
    expect(named.filter((name) => !allowed.includes(name))).toEqual([]);
  });
});

describe('npm', () => {
  it('creates a repository with npm init mlops-stack', async () => {
    const cwd = sandbox();
    const { exitCode, stderr, stdout } = await npm(
      ['init', '-y', 'mlops-stack', 'demo', '--', '--yes', '--no-git'],
      cwd,
    );
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toContain('to demo.');
    const here = sandbox();
    await run(['demo', '--yes', '--no-git'], { cwd: here });
    expect(snapshot(cwd)).toEqual(snapshot(here));
  });

  it('reports errors of npm init with the exit code of the command', async () => {
    const cwd = sandbox();
    const { exitCode, stderr } = await npm(['init', '-y', 'mlops-stack', 'class', '--', '--yes'], cwd);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('E-NAME');
    expect(snapshot(cwd)).toEqual({});
  });

  it('installs one package with both commands, which run without the checkout', async () => {
    const cwd = sandbox({ 'package.json': '{"private": true}' });
    const { exitCode, stderr } = await npm(['install', '--ignore-scripts', join(home, packed.filename)], cwd);
    expect([exitCode, stderr]).toEqual([0, '']);
    const { stdout: list } = await npm(['ls', '--all', '--parseable'], cwd);
    expect(list.trim().split('\n').length).toBe(2);
    for (const bin of ['mlops-stack', 'create-mlops-stack']) {
      const { stdout } = await execa(join(cwd, 'node_modules/.bin', bin), ['--version'], {
        env: environment(),
        extendEnv: false,
        stdin: 'ignore',
      });
      expect(stdout).toBe(packed.version);
    }
    const { stdout: help } = await execa(join(cwd, 'node_modules/.bin/mlops-stack'), ['--help'], {
      env: environment(),
      extendEnv: false,
    });
    for (const word of [
      'npm init mlops-stack',
      'npm needs the -- before the flags',
      '--tracker',
      '--modules DIR',
      'explain',
    ])
      expect(help).toContain(word);
    const outcome = await execa(
      join(cwd, 'node_modules/.bin/mlops-stack'),
      ['list', 'tracker', '--modules', join(FIXTURES, 'acme')],
      { cwd, env: environment(), extendEnv: false },
    );
    expect(outcome.stdout).toMatch(/^ {2}acme /m);
  });

  it('exports the helpers that modules import', async () => {
    const api = (await import(join(ROOT, 'dist/api.js'))) as Record<string, unknown>;
    expect(Object.keys(api).sort()).toEqual(['defineChoice', 'defineModule', 'definePart', 'defineSlot', 'q']);
  });
});

describe('the types of the package', () => {
  const MODULE = `import { type Contribution, defineModule, definePart, defineSlot, q } from 'create-mlops-stack';

declare module 'create-mlops-stack' {
  interface Options {
    'tracker/acme': true;
  }
  interface Capabilities {
    acmeServer: { readonly port: number };
  }
  interface Slots {
    'acme-label': string;
  }
}

const label = defineSlot({
  id: 'acme-label',
  meaning: 'A label of each run, which is the key.',
  schema: { parse: String, safeParse: (value) => ({ success: true, data: String(value) }) },
  sameKey: 'equal',
  owner: 'managed',
});

export default defineModule({
  choice: 'tracker',
  id: 'acme',
  title: 'Acme',
  summary: 'Runs in the tracker of Acme.',
  docs: 'https://acme.example',
  status: 'active',
  needs: { artifactStore: { because: 'runs are stored in it' } },
  sees: { deployment: { many: true, because: 'runs name what is deployed' } },
  provides: {
    trackerClient: ({ cap }) => ({ module: 'acme', object: q.py(cap.artifactStore.scheme) }),
    acmeServer: ({ cap }) => ({ port: 7000 + cap.deployment.length }),
  },
  slots: [label.slot],
  reads: ['acme-label', 'core.pins'],
  parts: { glue: definePart({ when: { cloud: 'aws' } }) },
  contributes: ({ project }) => [
    { slot: 'gitignore', key: '/acme-runs/', value: { why: 'made by Acme' } },
    ...project.environments.map(
      (environment): Contribution => ({ slot: 'config', key: 'acme.url', value: null, environment }),
    ),
    label('team', project.name),
  ],
  traces: ['acme'],
});
`;
  const options = { strict: true, noEmit: true, module: 'nodenext', target: 'es2023', skipLibCheck: false, types: [] };
  let folder: string;

  beforeAll(async () => {
    folder = sandbox({
      'package.json': '{"private": true, "type": "module"}',
      'tsconfig.json': JSON.stringify({ compilerOptions: options, include: ['modules'] }),
    });
    const { exitCode, stderr } = await npm(['install', '--ignore-scripts', join(home, packed.filename)], folder);
    expect([exitCode, stderr]).toEqual([0, '']);
    mkdirSync(join(folder, 'modules/tracker/acme'), { recursive: true });
  });

  /** The errors of strict tsc for the outside module, one per line. */
  async function compile(text: string): Promise<string[]> {
    writeFileSync(join(folder, 'modules/tracker/acme/module.ts'), text);
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const { stdout } = await execa(process.execPath, [tsc, '-p', folder], { cwd: folder, reject: false });
    return stdout.split('\n').filter((line) => line !== '');
  }

  it('accept a module outside the package', async () => {
    expect(await compile(MODULE)).toEqual([]);
  });

  it.each([
    ['slot', "slot: 'gitignore'", "slot: 'gitignroe'", /gitignroe/],
    [
      'value of a slot',
      "value: { why: 'made by Acme' }",
      "value: { wyh: 'made by Acme' }",
      /Property 'why' is missing/,
    ],
    ['choice', "choice: 'tracker'", "choice: 'trakcer'", /'"trakcer"' .*Did you mean '"tracker"'/],
    ['choice of a condition', "when: { cloud: 'aws' }", "when: { clouds: 'aws' }", /'clouds'.*Did you mean.*'cloud'/],
    ['option of a condition', "when: { cloud: 'aws' }", "when: { cloud: 'awss' }", /'"awss"'.*Did you mean '"aws"'/],
    ['capability', 'cap.artifactStore', 'cap.artefactStore', /'artefactStore' does not exist/],
    ['slot that is read', "'core.pins'", "'core.pin'", /'"core.pin"'.*Did you mean '"core.pins"'/],
  ])('refuse a misspelled %s, and for that reason', async (_, right, wrong, says) => {
    expect(MODULE).toContain(right);
    const errors = await compile(MODULE.replace(right, wrong));
    expect(errors.filter((line) => / error TS/.test(line)).length).toBe(1);
    expect(errors.join('\n')).toMatch(says);
  });
});

describe('an older Node.js', () => {
  it.each([
    ['18.20.4', 2],
    ['20.18.3', 2],
    ['20.19.0', 0],
    ['21.0.0', 0],
    ['22.1.0', 0],
  ])('exits for version %s with %i', async (version, code) => {
    const preload = join(
      sandbox({
        'preload.cjs': `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });`,
      }),
      'preload.cjs',
    );
    const result = await run(['--version'], { cwd: home, node: ['--require', preload] });
    expect(result.code).toBe(code);
    if (code === 2)
      expect(result).toEqual({
        code,
        out: '',
        err:
          `create-mlops-stack needs Node.js 20.19 or later; this is ${version}. Install a newer one, ` +
          'for example from https://nodejs.org.\n',
      });
  });

  it('prints that message before any import that it cannot parse', () => {
    const code = readFileSync(BIN, 'utf8');
    expect(
      [...code.matchAll(/(?:^|[;\n])import\s*(?:[\w{*][^;]*?from\s*)?["']([^"']+)["']/g)].map(([, from]) => from),
    ).toEqual(['node:module']);
  });
});
