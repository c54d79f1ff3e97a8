import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { mergeTuned } from '../../src/core/update/merge-yaml.ts';

/** Tuned YAML files: keys follow the choices, a changed value stays, a new default is reported. */

const A = `train:
  # inverse strength
  C: 1
  # most iterations
  max_iter: 500

drift:
  psi: 0.1
`;
/** Another framework with other keys in one group. */
const B = `train:
  trees: 100

drift:
  psi: 0.1
`;
/** A stack without training. */
const NONE = `drift:
  psi: 0.1
`;
const NEWER = `train:
  # inverse strength
  C: 2
  # most iterations
  max_iter: 1000
  tolerance: 0.1

drift:
  psi: 0.2
`;

type Case = {
  readonly what: string;
  readonly from?: string;
  readonly edit: (text: string) => string;
  readonly to: string;
  readonly gives: string;
  readonly reports?: readonly RegExp[];
};
const replace =
  (from: string, to: string) =>
  (text: string): string => {
    if (!text.includes(from)) throw new Error(`${from} is not in the text`);
    return text.replace(from, to);
  };

const CASES: readonly Case[] = [
  {
    what: 'keeps a changed value and reports the new default',
    edit: replace('C: 1', 'C: 5'),
    to: NEWER,
    gives: NEWER.replace('C: 2', 'C: 5'),
    reports: [/^train\.C stays 5; its default is now 2$/],
  },
  {
    what: 'keeps a changed value and reports nothing if the default is unchanged',
    edit: replace('psi: 0.1', 'psi: 0.3'),
    to: B,
    gives: B.replace('psi: 0.1', 'psi: 0.3'),
  },
  {
    what: 'keeps a comment after a value whose default changes',
    edit: replace('max_iter: 500', 'max_iter: 500 # ours'),
    to: NEWER,
    gives: NEWER.replace('max_iter: 1000', 'max_iter: 1000 # ours'),
  },
  {
    what: 'keeps a comment on its own line',
    edit: replace('drift:', '# ours\ndrift:'),
    to: NEWER,
    gives: NEWER.replace('drift:', '# ours\ndrift:'),
  },
  {
    what: 'keeps a comment above a group',
    edit: replace('train:', '# ours\ntrain:'),
    to: B,
    gives: `# ours\n${B}`,
  },
  {
    what: 'keeps a comment on the line of a group',
    edit: replace('train:', 'train: # ours'),
    to: B,
    gives: B.replace('train:', 'train: # ours'),
  },
  {
    what: 'keeps a group that you emptied',
    edit: replace('  psi: 0.1\n', ''),
    to: B,
    gives: B.replace('  psi: 0.1\n', ''),
  },
  {
    what: 'keeps a key that you added',
    edit: replace('  psi: 0.1', '  psi: 0.1\n  mine: 1'),
    to: NEWER,
    gives: NEWER.replace('  psi: 0.2', '  psi: 0.2\n  mine: 1'),
  },
  {
    what: 'keeps a group that you added',
    edit: (text) => `${text}\nmine:\n  a: [1, 2]\n`,
    to: B,
    gives: `${B}\nmine:\n  a: [1, 2]\n`,
  },
  {
    what: 'does not restore a key that you removed, and reports its new default',
    edit: replace('  C: 1\n', ''),
    to: NEWER,
    gives: NEWER.replace('  C: 2\n', ''),
    reports: [/^train\.C is not in your file; its default is now/],
  },
  {
    what: 'removes old keys and adds new keys',
    edit: replace('psi: 0.1', 'psi: 0.3'),
    to: B,
    gives: B.replace('psi: 0.1', 'psi: 0.3'),
  },
  {
    what: 'keeps a changed value of a removed key in a comment',
    edit: replace('max_iter: 500', 'max_iter: 9'),
    to: B,
    gives: B.replace('  trees: 100\n', '  trees: 100\n  # most iterations\n  # kept: train.max_iter: 9\n'),
    reports: [/train\.max_iter was removed; your value/],
  },
  {
    what: 'keeps a changed value of a removed group in a comment',
    edit: replace('C: 1', 'C: 5'),
    to: NONE,
    gives: `# kept: train:\n  # inverse strength\n  # kept: train.C: 5\n\n${NONE}`,
    reports: [/train\.C was removed; your value/],
  },
  {
    what: 'treats a list over several lines as one value',
    from: 'a:\n  - 1\n  - 2\nb: 1\n',
    edit: replace('  - 2', '  - 3'),
    to: 'a:\n  - 1\n  - 4\nb: 2\n',
    gives: 'a:\n  - 1\n  - 3\nb: 2\n',
    reports: [/^a stays \[1,3\]/],
  },
  {
    what: 'keeps your value of a key that both sides added',
    edit: replace('  psi: 0.1', '  psi: 0.1\n  tests: 3'),
    to: `${A}  tests: 4\n`,
    gives: `${A}  tests: 3\n`,
    reports: [/^drift\.tests stays 3; its default is now 4$/],
  },
  {
    what: 'treats text and number as different values',
    edit: replace('C: 1', 'C: "1"'),
    to: NEWER,
    gives: NEWER.replace('C: 2', 'C: "1"'),
    reports: [/stays "1"/],
  },
];

describe('mergeTuned', () => {
  it.each(CASES.map((one) => [one.what, one] as const))('%s', (_, { from = A, edit, to, gives, reports = [] }) => {
    const merged = mergeTuned(from, edit(from), to);
    expect(merged?.text).toBe(gives);
    expect(merged?.conflicts).toBe(0);
    expect(merged?.reports.length).toBe(reports.length);
    for (const [index, report] of reports.entries()) expect(merged!.reports[index]).toMatch(report);
    expect(() => parse(gives) as unknown).not.toThrow();
  });

  it.each(
    CASES.filter((one) => !one.from).flatMap((one) =>
      [B, NONE].map((other) => [one.what, other === B ? 'other keys' : 'no group', one, other] as const),
    ),
  )('%s, and restores the file after a change to %s and back', (_, __, { edit }, other) => {
    const mine = edit(A);
    const there = mergeTuned(A, mine, other)!;
    expect(Object.keys((parse(there.text) as { train?: object }).train ?? {})).toEqual(other === B ? ['trees'] : []);
    // If both you and the new version removed a key, the merge cannot tell that you removed it.
    if (!mine.includes('  C: ')) return;
    expect(mergeTuned(other, there.text, A)!.text).toBe(mine);
  });

  it('keeps the value of a key that stays, edited or not, and reports the new default', () => {
    const old = 'gates:\n  native: false\n';
    const now = 'gates:\n  native: true\n  limit: 50\n';
    expect(mergeTuned(old, old, now)!.text).toBe(now);
    expect(mergeTuned(old, old, now, ['gates.native'])).toMatchObject({
      text: now.replace('true', 'false'),
      reports: ['gates.native stays false; its default is now true'],
    });
    // A key that you removed is not written again.
    expect(mergeTuned(old, 'gates:\n', now, ['gates.native'])!.text).toBe('gates:\n  limit: 50\n');
  });

  it('leaves a file that is not YAML or not a block mapping to the text merge', () => {
    expect(mergeTuned(A, `${A}\n: [`, B)).toBeUndefined();
    expect(mergeTuned(A, `${A}drift: 1\n`, B)).toBeUndefined();
    expect(mergeTuned('[1]\n', '[2]\n', '[3]\n')).toBeUndefined();
    expect(mergeTuned(A, A, B)?.text).toBe(B);
  });
});
