import { describe, expect, it } from 'vitest';
import { inMakefile, inShell, MAKE, type Refused, SHELL, STARTED, TOOLS } from '../support/checks/portability.ts';

/** Shows that the check for macOS finds each construct that it refuses. The matrix runs it on every generated file. */

const rows = (kind: string, refused: readonly Refused[]) =>
  refused.map((row) => ({ ...row, name: `${kind}: ${row.what}` }));

describe('the check for macOS', () => {
  it.each([...rows('make', MAKE), ...rows('shell', SHELL), ...rows('tool', TOOLS), ...rows('python', STARTED)])(
    'finds $name',
    ({ pattern, found, fine }) => {
      expect(found.length).toBeGreaterThan(0);
      for (const text of found) expect(text).toMatch(pattern);
      for (const text of fine ?? []) expect(text).not.toMatch(pattern);
    },
  );

  it('reads recipes as the shell does, skips comments, and names the line', () => {
    const text = '# sha256sum a\n.PHONY: a\na:\n\t@x=$$(cat b | sha256sum); echo "$${x,,}"\n';
    expect(inMakefile(text)).toEqual([
      expect.stringMatching(/^line 4: not every macOS has a change of case/),
      expect.stringMatching(/^line 4: not every macOS has the program/),
    ]);
    expect(inShell('#!/bin/sh\n# timeout 5\ntrue\n')).toEqual([]);
  });
});
