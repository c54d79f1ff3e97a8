import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dropEnvironment, hasNamespaces, makeStack, must, offline, sh } from './support.ts';

/**
 * Bill of materials, scans and hooks of a generated repository, run with its Make targets. The tests of the generated
 * repository check the gate of `make scan` against a local database.
 */

const PYTHON = join(import.meta.dirname, '../../.tools/python/bin/python');
const VALIDATE = `
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
found = JsonStrictValidator(SchemaVersion.V1_5).validate_str(open(sys.argv[1]).read())
sys.exit(str(found) if found else 0)
`;

let dir: string;
const token = (): string =>
  `ghp_${Array.from({ length: 36 }, (_, place) => 'aZ3kQ9xLmV7tRw2B'[(place * 7 + (place >> 2)) % 16]).join('')}`;
const git = (command: string): string => must(dir, `git -c user.name=e2e -c user.email=e2e@example.com ${command}`);
const hermetic = (command: string): string => (hasNamespaces() ? offline(command) : command);

beforeAll(() => {
  dir = makeStack('supply-chain', '--orchestrator none');
});
afterAll(() => dropEnvironment(dir));

describe('make sbom', () => {
  const validator = existsSync(PYTHON) && sh('/', `${PYTHON} -c 'import cyclonedx.validation.json'`).code === 0;

  it.skipIf(!validator)('writes a file that the CycloneDX schema accepts, and the schema rejects a broken one', () => {
    must(dir, hermetic('make sbom'));
    const path = join(dir, 'reports/sbom.json');
    writeFileSync(join(dir, '../validate.py'), VALIDATE);
    must(dir, `${PYTHON} ../validate.py ${path}`);
    writeFileSync(path, readFileSync(path, 'utf8').replace('"type": "library"', '"type": "thing"'));
    expect(sh(dir, `${PYTHON} ../validate.py ${path}`).code).not.toBe(0);
  });

  it('names the missing lock file', () => {
    must(dir, 'mv uv.lock kept.lock');
    try {
      for (const target of ['sbom', 'scan', 'lock-check']) {
        const { code, output } = sh(dir, `make ${target}`);
        expect([target, code, output]).toEqual([target, 2, expect.stringContaining('make setup')]);
      }
    } finally {
      must(dir, 'mv kept.lock uv.lock');
    }
  });
});

describe('make pre-commit and make secret-scan', () => {
  it('pass on the generated files without a network', () => {
    git('add -A');
    git('commit -qm lock');
    must(dir, hermetic('make pre-commit'));
    must(dir, hermetic('make secret-scan'));
  });

  it('find a token in a file, and in the history after it was removed', () => {
    writeFileSync(join(dir, 'notes.txt'), `token: ${token()}\n`);
    git('add -A');
    git('commit -qm token --no-verify');
    for (const target of ['pre-commit', 'secret-scan']) {
      const { code, output } = sh(dir, `make ${target}`);
      expect([target, code]).toEqual([target, 2]);
      expect(output).toMatch(/GITHUB-PAT/);
      expect(output).not.toContain(token());
    }
    git('rm -q notes.txt');
    git('commit -qm gone --no-verify');
    must(dir, 'make pre-commit');
    expect(sh(dir, 'make secret-scan').code).toBe(2);
    git('reset -q --hard HEAD~2');
    expect(existsSync(join(dir, 'uv.lock'))).toBe(true);
    git('reflog expire --expire=now --all');
    git('gc -q --prune=now');
    must(dir, 'make secret-scan');
  });

  it('stop a commit when the hooks are installed', () => {
    must(dir, 'make hooks');
    writeFileSync(join(dir, 'src/supply_chain/added.py'), '"""Added."""\n\nimport os\n');
    git('add -A');
    expect(sh(dir, 'git -c user.name=e2e -c user.email=e2e@example.com commit -qm unused').output).toMatch(/F401/);
    writeFileSync(join(dir, 'src/supply_chain/added.py'), '"""Added."""\n\nONE = 1\n');
    git('add -A');
    git('commit -qm good');
  });
});

describe('make scan', () => {
  it('fails when the vulnerability database cannot be reached', () => {
    const { code, output } = sh(dir, hermetic('UV_HTTP_RETRIES=0 make scan'));
    expect([code, output]).toEqual([2, expect.stringContaining('scan: uv audit ended')]);
  });
});
