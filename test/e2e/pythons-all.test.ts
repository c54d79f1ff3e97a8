import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import python from '../../templates/_base/python/part.ts';
import { writeEvidence } from '../support/evidence.ts';
import { verifyReport } from './report.ts';
import { stacks, substitutedOf } from './run-plan.ts';
import { dropEnvironment, hasNamespaces, makeStack, must, offline, readReport, sh } from './support.ts';

/**
 * Every stack on each Python version that generated repositories accept: its environments resolve, and the whole loop
 * runs. The other end-to-end tests use one version, the `python3` of the machine. CI has no time for these:
 * `npm run prove -- pythons-all` runs them, and needs an installation of each version. E2E_STACK names one stack.
 */

const { atLeast, below } = python.python!;
const minor = (version: string): number => Number(version.split('.')[1]);
const usual = sh('/', 'python3 --version').output.trim().split(' ')[1]!.split('.').slice(0, 2).join('.');
const VERSIONS = Array.from({ length: minor(below) - minor(atLeast) }, (_, index) => `3.${minor(atLeast) + index}`);

/** The path of an interpreter on PATH or of pyenv, whose shims uv cannot use. */
const interpreterOf = (version: string): string =>
  must(
    '/',
    `for each in python${version} "$(pyenv root 2>/dev/null)"/versions/${version}.*/bin/python; do ` +
      `"$each" -c 'import sys; print(sys.executable)' 2>/dev/null && exit; done; ` +
      `echo 'there is no Python ${version} on PATH and in pyenv'; exit 1`,
  ).trim();

const environmentsOf = (dir: string): string[] => {
  const own = join(dir, 'environments');
  return ['.', ...(existsSync(own) ? readdirSync(own).map((name) => join('environments', name)) : [])];
};

const wanted = stacks.filter(({ name }) => [undefined, name].includes(process.env['E2E_STACK']));
describe.each(VERSIONS.filter((version) => version !== usual))('Python %s', (version) => {
  it.each(wanted)('runs the whole loop of $name', (stack) => {
    const { name, values, models } = stack;
    const dir = makeStack(`${name}-${version.replace('.', '')}`, values, undefined, {
      UV_PYTHON: interpreterOf(version),
    });
    try {
      for (const environment of environmentsOf(dir))
        expect(must(dir, `${environment}/.venv/bin/python --version`), environment).toContain(`Python ${version}.`);
      // In a network namespace, no other process uses the port of the service.
      for (const command of ['make doctor', 'make demo']) must(dir, hasNamespaces() ? offline(command) : command);
      for (const model of models) verifyReport(readReport(dir).models[model]!, substitutedOf(stack));
      writeEvidence('run', `Python ${version} (${name})`, stack.options, stack.shared);
    } finally {
      dropEnvironment(dir);
    }
  });
});
