import { describe, expect, it } from 'vitest';
import { showTree } from '../../src/cli/wizard/summary.ts';

describe('showTree', () => {
  it('shows a file count for each folder, joins folders with one child, and lists top-level files', () => {
    expect(
      showTree('demo', [
        'src/demo/a.py',
        'src/demo/steps/b.py',
        'src/demo/steps/c.py',
        'Makefile',
        '.gitignore',
        'docs/README.md',
      ]),
    ).toBe(
      ['demo/  6 files', '  docs/      1  README.md', '  src/demo/  3  steps/ a.py', '  .gitignore  Makefile', ''].join(
        '\n',
      ),
    );
  });

  it('uses at most 80 columns and counts every file once', () => {
    const paths = Array.from({ length: 300 }, (_, i) =>
      i % 5 === 0 ? `file-number-${i}.txt` : `folder-${i % 7}/a-rather-long-name-${i}.py`,
    );
    const lines = showTree('demo', paths).trimEnd().split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    const counted = lines
      .flatMap((line) => (/\/ +(\d+) {2}/.exec(line)?.[1] ? [Number(/\/ +(\d+) {2}/.exec(line)![1])] : []))
      .reduce((a, b) => a + b);
    expect(counted).toBe(240);
    expect(lines.join(' ').match(/file-number-/g)?.length).toBe(60);
  });
});
