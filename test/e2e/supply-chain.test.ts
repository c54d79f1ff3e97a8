import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandsOfJob } from './ci-jobs.ts';
import { dropEnvironment, hasNamespaces, hasTool, makeStack, must, offline, sh } from './support.ts';

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

const PACKAGE = 'supply_chain';
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

describe('the jobs of a pull request', () => {
  /** Runs the commands of a job up to the first that fails, as the job would. */
  const job = (name: string, env: Readonly<Record<string, string>> = {}) =>
    sh(dir, commandsOfJob(dir, name).join(' && '), { UV_LOCKED: '1', ...env });
  /** Replaces a part of a file while `use` runs. */
  const planted = (path: string, from: RegExp | string, to: string, use: () => void): void => {
    const before = readFileSync(join(dir, path), 'utf8');
    const after = before.replace(from, to);
    expect(after).not.toBe(before);
    writeFileSync(join(dir, path), after);
    try {
      use();
    } finally {
      writeFileSync(join(dir, path), before);
    }
  };
  const fails = (name: string, says: RegExp, env: Readonly<Record<string, string>> = {}): void => {
    const { code, output } = job(name, env);
    expect([name, code === 0, output]).toEqual([name, false, expect.stringMatching(says)]);
  };

  it('pass for hooks and the lock without a fault', () => {
    // The other hooks take longer; a test above runs all of them.
    expect(job('hooks', { SKIP: 'mypy,secrets' })).toMatchObject({ code: 0 });
  });

  it('fail for a lock that does not match', () => {
    planted('pyproject.toml', /^ +"pytest-cov==.*\n/m, '', () => {
      fails('hooks', /^uv\.lock does not match pyproject\.toml: run make lock$/m);
      const { code, output } = sh(dir, 'make setup', { UV_LOCKED: '1' });
      expect([code, output]).toEqual([
        2,
        expect.stringMatching(/^uv\.lock does not match pyproject\.toml: run make lock/),
      ]);
    });
  });

  it('fail for a lock that was never committed', () => {
    must(dir, 'mv uv.lock kept.lock');
    try {
      fails('hooks', /^uv\.lock is missing: run make setup && git add uv\.lock$/m);
      const { code, output } = sh(dir, 'make setup', { UV_LOCKED: '1' });
      expect([code, output]).toEqual([
        2,
        expect.stringMatching(/^uv\.lock is not in git: run make setup && git add uv\.lock/),
      ]);
      expect(existsSync(join(dir, 'uv.lock'))).toBe(false);
    } finally {
      must(dir, 'mv kept.lock uv.lock');
    }
  });

  it('fail for conflict markers and for a warning of hadolint', () => {
    const marked = '<<<<<<< HEAD\nours\n=======\ntheirs\n>>>>>>> other\n\n# Title';
    planted('README.md', /^# \S+/, marked, () =>
      planted('deploy/Dockerfile', /^FROM /m, 'FROM python:latest AS planted\nFROM ', () => {
        fails('hooks', /no merge conflict markers\.+Failed[\s\S]*Dockerfiles\.+Failed[\s\S]*DL3007/, {
          SKIP: 'mypy,secrets',
        });
      }),
    );
  });

  const quick = { PYTEST_ADDOPTS: 'tests/serving/test_serving.py -k openapi', MAKEFLAGS: 'COVERAGE=0' };
  it('pass for an OpenAPI description with the refusal of invalid rows', () => {
    expect(job('test', quick)).toMatchObject({ code: 0 });
  });

  it('fail for an OpenAPI description without it', () => {
    planted(`src/${PACKAGE}/serving/protocols/rest.py`, /^ +"422": .*\n/m, '', () => fails('test', /422/, quick));
  });
});

describe.skipIf(!hasTool('promtool'))('the job that checks alert rules', () => {
  const rules = 'monitoring/rules/availability.yml';
  const checked = () => sh(dir, 'make monitoring-check');
  const broken = (change: (text: string) => string): string => {
    const before = readFileSync(join(dir, rules), 'utf8');
    expect(change(before)).not.toBe(before);
    writeFileSync(join(dir, rules), change(before));
    try {
      const { code, output } = checked();
      expect(code).toBe(2);
      return output;
    } finally {
      writeFileSync(join(dir, rules), before);
    }
  };

  it('runs them as a part of make check, after it got the programs', () => {
    expect(commandsOfJob(dir, 'check')).toEqual(['make check']);
    expect(must(dir, 'make --dry-run check')).toContain('promtool test rules');
    expect(must(dir, 'make --dry-run monitoring-tools ENGINE=true')).toMatch(/@sha256:[0-9a-f]{64}=promtool/);
    expect(checked()).toMatchObject({ code: 0, output: expect.not.stringContaining('skipped: rules') });
  });

  it('fails for an invalid expression, and for a rule that no longer fires in its test', () => {
    expect(broken((text) => text.replace('expr: ', 'expr: sum('))).toMatch(/parse error|FAILED/);
    expect(broken((text) => text.replace(/alert: (\w+)/, 'alert: Another$1'))).toMatch(/FAILED/);
  });
});

describe('make bump', () => {
  it('moves the date and updates the lock, also in CI', () => {
    const path = join(dir, 'pyproject.toml');
    const before = readFileSync(path, 'utf8');
    const lock = readFileSync(join(dir, 'uv.lock'), 'utf8');
    writeFileSync(path, before.replace(/^(exclude-newer = ")[^"]*/m, '$12026-11-21T00:00:00Z'));
    try {
      expect(must(dir, 'make bump DAYS=0', { UV_LOCKED: '1' })).toMatch(/^bump: uv\.lock has the releases up to /m);
      const date = /^exclude-newer = "(.*)"$/m;
      expect(readFileSync(join(dir, 'uv.lock'), 'utf8')).toContain(
        `exclude-newer = "${date.exec(readFileSync(path, 'utf8'))![1]}"`,
      );
      must(dir, 'make lock-check');
      expect(must(dir, 'make bump')).toMatch(/already allows/);
    } finally {
      writeFileSync(path, before);
      writeFileSync(join(dir, 'uv.lock'), lock);
    }
  });
});

describe('make scan', () => {
  it('fails when the vulnerability database cannot be reached', () => {
    const { code, output } = sh(dir, hermetic('UV_HTTP_RETRIES=0 make scan'));
    expect([code, output]).toEqual([2, expect.stringContaining('scan: uv audit ended')]);
  });
});
