import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { reportBug, reportError } from '../../src/cli/report.ts';
import { UserError } from '../../src/core/errors.ts';
import { linksOf, PUBLIC_ADDRESS, withLinks } from '../../src/project.ts';

const ADDRESS = 'https://git.example.com/acme/stacks';

/** Runs `report` and returns all that it printed. */
function printed(report: (sink: { out: (text: string) => void; err: (text: string) => void }) => number): string {
  let text = '';
  const add = (more: string): void => {
    text += more;
  };
  report({ out: add, err: add });
  return text;
}

describe('the public address', () => {
  it('determines repository, bugs and homepage of package.json', () => {
    const manifest = withLinks({ name: 'x', license: 'MIT', type: 'module' }, linksOf(ADDRESS));
    expect(manifest).toEqual({
      name: 'x',
      license: 'MIT',
      homepage: `${ADDRESS}#readme`,
      repository: { type: 'git', url: `git+${ADDRESS}.git` },
      bugs: { url: `${ADDRESS}/issues` },
      type: 'module',
    });
    expect(Object.keys(manifest).indexOf('homepage')).toBe(2);
    expect(withLinks(manifest, linksOf(null))).toEqual({ name: 'x', license: 'MIT', type: 'module' });
  });

  it('is the source of the links in the current package.json', () => {
    const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'));
    expect(withLinks(manifest)).toEqual(manifest);
    expect('bugs' in manifest).toBe(PUBLIC_ADDRESS !== null);
  });

  it('adds the page of an error to its message, and nothing if there is no address', () => {
    const error = new UserError('E-NAME', 'The name "1a" is invalid.');
    const text = (address: string | null): string =>
      printed((sink) => reportError(error, sink, { json: false, argv: [], links: linksOf(address) }));
    expect(text(ADDRESS)).toContain(`${ADDRESS}/blob/main/docs/errors/E-NAME.md`);
    expect(text(null)).not.toMatch(/http|More:/);
  });

  it.each([false, true])('tells where to report an internal error only if there is an address (json: %s)', (json) => {
    const text = (address: string | null): string =>
      printed((sink) => reportBug(new Error('boom'), sink, { json, version: '9.9.9', links: linksOf(address) }));
    expect(text(ADDRESS)).toContain(`Report it at ${ADDRESS}/issues`);
    expect(text(null)).not.toMatch(/report it|http/i);
    for (const address of [ADDRESS, null]) expect(text(address)).toMatch(/internal error[\s\S]*9\.9\.9[\s\S]*boom/);
  });
});
