import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCatalogue } from '../../src/core/catalogue.ts';
import { ACCEPTED, REFUSED } from '../support/dotenv-cases.ts';
import { type MakeFolder, makeFolder } from '../support/make-folder.ts';
import { Contents, loadTemplates, renderCase } from '../support/stacks.ts';

/** How make reads `.env`. test/e2e/validators.test.ts shows that the other readers take the same values. */

let folder: MakeFolder;
beforeAll(async () => {
  const catalogue = createCatalogue(await loadTemplates());
  folder = makeFolder(renderCase({ label: 'default', values: { name: 'demo' } }, catalogue, new Contents()));
  folder.write('probe.mk', '.PHONY: probe\nprobe:\n\t@$(foreach name,$(NAMES),printf "<%s>\\n" "$${$(name)-}";)\n');
});
afterAll(() => folder.remove());

const probe = (names: readonly string[], env: Record<string, string> = {}) =>
  folder.make(['--silent', '-f', 'Makefile', '-f', 'probe.mk', 'probe', `NAMES=${names.join(' ')}`], env);

describe('make', () => {
  it.each(ACCEPTED)('reads %j in .env', (text, values) => {
    folder.write('.env', text);
    const { code, output } = probe(Object.keys(values));
    expect([code, output]).toEqual([
      0,
      Object.values(values)
        .map((value) => `<${value}>\n`)
        .join(''),
    ]);
  });

  it.each(REFUSED)('refuses %j in .env with the line and without the value', (text, says) => {
    folder.write('.env', text);
    const { code, output } = probe([]);
    expect(code).not.toBe(0);
    expect(output).toMatch(says);
    expect(output).not.toMatch(/hid/);
  });

  it('prefers a variable of the shell to .env, and does not export an empty one', () => {
    folder.write('.env', "SERVICE_API_KEY='from the file'\nSERVICE_URL=\n");
    expect(probe(['SERVICE_API_KEY', 'SERVICE_URL'], { SERVICE_URL: 'shell' }).output).toBe(
      '<from the file>\n<shell>\n',
    );
    expect(probe(['SERVICE_API_KEY'], { SERVICE_API_KEY: 'a$(b)$c' }).output).toBe('<a$(b)$c>\n');
    folder.write('probe2.mk', 'probe2:\n\t@env\n');
    expect(folder.make(['-f', 'Makefile', '-f', 'probe2.mk', 'probe2']).output).not.toMatch(/^SERVICE_URL=/m);
  });
});
