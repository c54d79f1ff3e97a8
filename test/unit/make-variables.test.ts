import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PREFIXES, settingsOf, variablesOf } from '../support/checks/parameters.ts';
import { type MakeFolder, makeFolder, stacksWithEveryMakefile } from '../support/make-folder.ts';
import type { Stack } from '../support/stacks.ts';

/** Variables of the user's shell change nothing in make. Values on the command line of make do. */

const SHELL = 'from-the-shell';
const LINE = 'from-the-command-line';
/** Shell variables of a recipe, and variables that control make. */
const EXEMPT = /^(?:[a-z]|MAKE|SHELL$)/;

let stacks: readonly Stack[];
let folders: readonly MakeFolder[];

/** What make and the shell of a recipe see: one line for each variable of make, and one for each of the environment. */
function seen(folder: MakeFolder, names: readonly string[], words: readonly string[], env: Record<string, string>) {
  folder.write(
    'probe.mk',
    `.PHONY: probe\nprobe:\n\t@env | sed 's/^/shell: /'\n${names.map((name) => `$(info make: ${name}=$(${name}))\n`).join('')}`,
  );
  const { code, output } = folder.make(['-f', 'Makefile', '-f', 'probe.mk', 'probe', ...words], env);
  expect([code, output.includes('***') ? output : '']).toEqual([0, '']);
  return output.split('\n');
}

beforeAll(async () => {
  stacks = await stacksWithEveryMakefile();
  folders = stacks.map(makeFolder);
});
afterAll(() => {
  for (const folder of folders) folder.remove();
});

const namesOf = (stack: Stack): string[] => {
  const settings = settingsOf(stack);
  return [...variablesOf(stack)].filter(
    (name) => !EXEMPT.test(name) && !PREFIXES.test(name) && !settings.includes(name),
  );
};
const all = (names: readonly string[], value: string): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, value]));

describe('a variable of the shell', () => {
  it('changes no variable of make, and reaches no command', () => {
    for (const [index, stack] of stacks.entries()) {
      const names = namesOf(stack);
      expect(names).toEqual(expect.arrayContaining(['ENV', 'MODEL', 'VERSION', 'FORCE']));
      const folder = folders[index]!;
      const leaks = seen(folder, names, [], all(names, SHELL)).filter((line) => line.includes(SHELL));
      expect(leaks).toEqual([]);
    }
  });

  it('on the command line of make, sets the variable', () => {
    for (const [index, stack] of stacks.entries()) {
      const names = namesOf(stack).filter((name) => name !== 'CURDIR');
      const words = names.map((name) => `${name}=${LINE}`);
      const lines = seen(folders[index]!, names, words, all(names, SHELL));
      for (const name of names) {
        expect(lines).toContain(`make: ${name}=${LINE}`);
        expect(lines).toContain(`shell: ${name}=${LINE}`);
      }
      expect(lines).toContain(`shell: MLOPS_ENV=${LINE}`);
    }
  });
});

describe('a command of make', () => {
  /** A stack in which a file has a text. */
  const of = (file: string, text = ''): MakeFolder =>
    folders[stacks.findIndex((stack) => stack.files.get(file)?.content.text?.includes(text))]!;

  it.each<[string, string, Record<string, string>, string]>([
    ['mk/pipeline.mk', 'pipeline', { ENV: 'prod', MODEL: 'x', VARIANT: 'x' }, 'local|-m|pipelines|'],
    ['mk/monitor.mk', 'monitor', { CURRENT: 'x', REFERENCE: 'x', ENV: 'prod' }, '|--current|log|--reference|champion|'],
    ['mk/serve.mk', 'load-test', { URL: 'x', RATE: '1', SECONDS: '1' }, '|--rate|200|--seconds|30|\n'],
    ['mk/authentication.mk', 'api-key', { NAME: 'WSL' }, 'make api-key needs NAME='],
    ['mk/delivery.mk', 'release', { VERSION: '3', ORIGIN: 'x' }, 'which version of'],
    ['mk/pipeline.mk', 'rollback', { TO: '3', REASON: 'x' }, '.steps.rollback|--model|'],
    [
      'mk/contract.mk',
      'contract',
      { SOURCE: 'x', TARGET: 'x', TIME: 'x', FORCE: '1' },
      '|--source=|--target=|--time=|',
    ],
  ])('of %s ignores the shell: make %s with %j', (file, target, env, says) => {
    const folder = of(file);
    const plain = folder.make([target]);
    expect(plain.output).toContain(says);
    const { code, output } = folder.make([target], env);
    expect({ code, output: output.replace(/^Makefile:\d+: ENV=prod of your shell .*\n/m, '') }).toEqual(plain);
  });

  it('warns if the shell names an environment, because it may be a mistake', () => {
    const folder = of('mk/pipeline.mk');
    folder.write('config/prod.yaml', '');
    folder.write('config/local.yaml', '');
    const warns = (words: readonly string[], env: Record<string, string>): boolean =>
      folder.make(['pipeline', ...words], env).output.includes('of your shell has no effect: write it after make');
    expect(warns([], { ENV: 'prod' })).toBe(true);
    for (const ENV of ['local', '/etc/profile', 'a b', '']) expect(warns([], { ENV })).toBe(false);
    expect(warns(['ENV=prod'], {})).toBe(false);
    expect(warns(['ENV=prod'], { ENV: 'prod' })).toBe(false);
  });

  it('takes the same values from its command line', () => {
    const folder = of('mk/monitor.mk');
    const run = (...words: string[]): string => folder.make(words).output;
    expect(run('retrain', 'ENV=prod', 'FORCE=1')).toMatch(/^prod\|-m\|.*\|--force\|$/m);
    expect(run('monitor', 'MODEL=other', 'CURRENT=t')).toMatch(/^local\|.*\|--model\|other\|--current\|t\|/m);
    expect(run('release', 'VERSION=3', 'ENV=prod')).toMatch(/^prod\|.*\|--version\|3\|$/m);
    expect(run('rollback', 'TO=3', 'REASON=it is slow')).toMatch(/\|--to\|3\|--reason\|it is slow\|$/m);
    expect(run('contract', 'SOURCE=a b.csv', 'TARGET=c')).toMatch(/\|--source=a b\.csv\|--target=c\|/);
  });

  it('never expands a value that a form of the CI system gives', () => {
    const folder = of('mk/ci.mk', 'ci-rollback:');
    const code = '$(shell touch ran)`touch ran`$$(touch ran)';
    const env = { MLOPS_INPUT_VERSION: code, MLOPS_INPUT_MODEL: code, MLOPS_INPUT_TO: code, MLOPS_INPUT_REASON: code };
    for (const target of ['release', 'ci-rollback']) expect(folder.make([target], env).output).toContain(`|${code}|`);
    expect(existsSync(join(folder.dir, 'ran'))).toBe(false);
  });
});
