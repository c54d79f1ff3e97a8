import { describe, expect, it } from 'vitest';
import { definePart } from '../../src/core/contract.ts';
import type { FileIntent } from '../../src/core/plan.ts';
import type { SlotEntries } from '../../src/core/slots.ts';
import { mergeText } from '../../src/core/update/merge.ts';
import { settleSlots } from '../../src/core/update/merge-lists.ts';

/** Overlaps in lists and tables that slots fill are merged entry by entry, in whole lines. The rest is a conflict. */

const slots: SlotEntries = new Map([
  ['core.pins', ['alpha', 'beta', 'gamma', 'delta', 'epsilon'].map((key) => ({ key, value: {}, from: 'x' }))],
]);
const intentOf = (path: string, fill: 'slot' | 'reads' | 'none'): FileIntent => {
  const node = {
    id: 'a/b',
    part: definePart(fill === 'reads' ? { reads: ['core.pins'] } : {}),
    settings: {},
    cap: {},
  } as unknown as Extract<FileIntent['source'], { node: unknown }>['node'];
  const source: FileIntent['source'] =
    fill === 'slot'
      ? { slot: { id: 'x', schema: undefined as never, sameKey: 'equal', owner: 'managed' }, entries: [] }
      : { file: { path, executable: false, content: () => '' }, node };
  return { path, kind: 'copy', sourceId: 's', modules: [], executable: false, owner: 'managed', source };
};
const list = (...entries: string[]): string => entries.map((entry) => `${entry}\n`).join('');
const pins = (...entries: string[]): string =>
  list('dependencies = [', ...entries.map((entry) => `    ${entry.startsWith('#') ? entry : `"${entry}",`}`), ']');

type Case = {
  readonly what: string;
  readonly path: string;
  readonly fill?: 'reads' | 'none';
  readonly base: string;
  readonly yours: string;
  readonly generated: string /** Without it: a conflict. */;
  readonly gives?: string;
  readonly says?: RegExp;
};
const CASES: readonly Case[] = [
  {
    what: 'keeps both entries if both sides added one at the same place',
    path: '.gitignore',
    base: list('a/', 'd/'),
    yours: list('a/', 'b/', 'd/'),
    generated: list('a/', 'c/', 'd/'),
    gives: list('a/', 'b/', 'c/', 'd/'),
  },
  {
    what: 'keeps an entry once if both sides added it',
    path: '.gitignore',
    base: list('a/'),
    yours: list('a/', 'b/', 'x/'),
    generated: list('a/', 'b/', 'c/'),
    gives: list('a/', 'b/', 'c/', 'x/'),
  },
  {
    what: 'keeps an entry that you added beside a removed one',
    path: '.gitignore',
    base: list('a/', 'b/', 'c/'),
    yours: list('a/', 'b/', 'bb/', 'c/'),
    generated: list('a/', 'c/'),
    gives: list('a/', 'bb/', 'c/'),
  },
  {
    what: 'keeps your removal beside an added entry',
    path: '.gitignore',
    base: list('a/', 'b/', 'd/'),
    yours: list('a/', 'd/'),
    generated: list('a/', 'b/', 'c/', 'd/'),
    gives: list('a/', 'c/', 'd/'),
  },
  {
    what: 'keeps your entry with your comment above it',
    path: '.gitignore',
    base: list('a/'),
    yours: list('a/', '# mine', 'b/'),
    generated: list('a/', 'c/'),
    gives: list('a/', '# mine', 'b/', 'c/'),
  },
  {
    what: 'makes a conflict if you commented an entry that is removed',
    path: '.gitignore',
    base: list('a/', 'b/', 'c/'),
    yours: list('a/', '# mine', 'b/', 'c/'),
    generated: list('a/', 'c/'),
  },
  {
    what: 'makes a conflict if you added a line where a paragraph is added',
    path: '.gitignore',
    base: list('a/', '', 'z/'),
    yours: list('a/', '', 'mine/', 'z/'),
    generated: list('a/', '', '# why', 'b/', '', 'z/'),
  },
  {
    what: 'makes a conflict if you changed an entry that is removed',
    path: '.gitignore',
    base: list('a/', 'b/', 'c/'),
    yours: list('a/', 'b/*', 'c/'),
    generated: list('a/', 'c/'),
  },
  {
    what: 'keeps your new pin beside a changed pin',
    path: 'pyproject.toml',
    fill: 'reads',
    base: pins('alpha==1.0', 'gamma==1.0'),
    yours: pins('alpha==1.0', 'beta==3.0', 'gamma==1.0'),
    generated: pins('alpha==2.0', 'gamma==1.0'),
    gives: pins('alpha==2.0', 'beta==3.0', 'gamma==1.0'),
  },
  {
    what: 'keeps your pin if it is higher',
    path: 'pyproject.toml',
    fill: 'reads',
    base: pins('alpha==1.9'),
    yours: pins('alpha==1.11'),
    generated: pins('alpha==1.10'),
    gives: pins('alpha==1.11'),
    says: /^alpha changed on both sides: 1\.11 is kept/,
  },
  {
    what: 'takes the generated pin if it is higher',
    path: 'pyproject.toml',
    fill: 'reads',
    base: pins('alpha==1.9'),
    yours: pins('alpha==1.10'),
    generated: pins('alpha==1.11'),
    gives: pins('alpha==1.11'),
    says: /1\.11 is kept/,
  },
  {
    what: 'makes a conflict if you changed a pin to a range',
    path: 'pyproject.toml',
    fill: 'reads',
    base: pins('alpha==1.0'),
    yours: pins('alpha>=1.0'),
    generated: pins('alpha==2.0'),
  },
  {
    what: 'treats pins of one package for two Python versions as two entries',
    path: 'pyproject.toml',
    fill: 'reads',
    base: pins("alpha==1.0 ; python_version < '3.12'", "alpha==2.0 ; python_version >= '3.12'"),
    yours: pins("alpha==1.1 ; python_version < '3.12'", "alpha==2.0 ; python_version >= '3.12'"),
    generated: pins("alpha==1.0 ; python_version < '3.12'", "alpha==2.1 ; python_version >= '3.12'"),
    gives: pins("alpha==1.1 ; python_version < '3.12'", "alpha==2.1 ; python_version >= '3.12'"),
  },
  {
    what: 'merges dotenv settings with their comments',
    path: '.env.example',
    base: list('# a', 'A=1', '', '# c', 'C=1'),
    yours: list('# a', 'A=1', '', '# b', 'B=1', '', '# c', 'C=1'),
    generated: list('# a', 'A=1', '', '# bb', 'BB=1', '', '# c', 'C=1'),
    gives: list('# a', 'A=1', '', '# b', 'B=1', '', '# bb', 'BB=1', '', '# c', 'C=1'),
  },
  {
    what: 'merges rows of a Markdown table',
    path: 'README.md',
    fill: 'reads',
    base: list('| alpha | 1 |'),
    yours: list('| alpha | 1 |', '| mine | 2 |'),
    generated: list('| alpha | 1 |', '| beta | 3 |'),
    gives: list('| alpha | 1 |', '| beta | 3 |', '| mine | 2 |'),
  },
  {
    what: 'keeps a row that you rewrote before an added row',
    path: 'README.md',
    fill: 'reads',
    base: list('- m alpha'),
    yours: list('- m alpha, and more'),
    generated: list('- m alpha', '- b beta'),
    gives: list('- m alpha, and more', '- b beta'),
  },
  {
    what: 'makes a conflict if keys are at two depths',
    path: 'x.yaml',
    base: list('a: 1'),
    yours: list('a: 1', 'b: 2'),
    generated: list('a: 1', '  c: 2'),
  },
  {
    what: 'makes a conflict if one key occurs twice',
    path: 'x.yaml',
    base: list('a: 1'),
    yours: list('a: 1', 'b: 2', 'b: 3'),
    generated: list('a: 1', 'c: 2'),
  },
  {
    what: 'makes a conflict in lines that no slot fills',
    path: 'pyproject.toml',
    fill: 'reads',
    base: pins('alpha==1.0'),
    yours: pins('alpha==1.0', 'mine==1.0'),
    generated: pins('alpha==1.0', 'other==1.0'),
  },
  {
    what: 'makes a conflict in a template that reads no slot',
    path: 'pyproject.toml',
    fill: 'none',
    base: pins('alpha==1.0'),
    yours: pins('alpha==1.0', 'mine==1.0'),
    generated: pins('alpha==1.0', 'beta==1.0'),
  },
  {
    what: 'makes a conflict in code, even if it reads a slot',
    path: 'a.py',
    fill: 'reads',
    base: list('alpha = 1'),
    yours: list('alpha = 1', 'mine = 2'),
    generated: list('alpha = 1', 'beta = 2'),
  },
];

describe('settleSlots', () => {
  it.each(CASES.map((one) => [one.what, one] as const))(
    '%s',
    (_, { path, fill, base, yours, generated, gives, says }) => {
      // A plain text merge reports each of them as an overlap.
      expect(mergeText(base, yours, generated).conflicts).toBe(1);
      const merged = mergeText(base, yours, generated, settleSlots(intentOf(path, fill ?? 'slot'), slots));
      if (gives === undefined) expect(merged.conflicts).toBe(1);
      else expect(merged).toMatchObject({ text: gives, conflicts: 0 });
      expect(merged.reports).toEqual(says ? [expect.stringMatching(says)] : []);
    },
  );
});
