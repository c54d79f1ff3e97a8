import type { Ignored } from '../fs/ignored.ts';

/** The number of entries that are listed in full. */
const MOST = 8;

/**
 * Says which written files git ignores, because of which pattern, and how to track them. Empty if there are none.
 * Exceptions are exact, because the exception of a pattern could publish a file with secrets.
 */
export function describeIgnored(ignored: readonly Ignored[], total: number): string {
  if (ignored.length === 0) return '';
  const files = ignored.reduce((sum, entry) => sum + entry.files, 0);
  const place = ({ pattern, source, line }: Ignored): string => `the pattern ${pattern} in ${source}:${line}`;
  const whole = ignored.find(({ path }) => path === './');
  if (whole)
    return (
      `git ignores this folder because of ${place(whole)}. No commit contains its files. ` +
      'To track them, remove the pattern.\n'
    );
  const lines = ignored.map((entry) => {
    const count = entry.path.endsWith('/') ? ` (${entry.files} file${entry.files === 1 ? '' : 's'})` : '';
    return `  ${entry.path}${count}: ${place(entry)}\n`;
  });
  const exceptions = ignored.map(({ path }) => `  !/${escaped(path)}\n`);
  return [
    `git ignores ${files} of the ${total} files that were written, so no commit contains them. `,
    'They exist only in this folder:\n',
    ...short(lines),
    'To track them, remove the patterns, or append these lines to .gitignore of the repository. ',
    'Then run git add and git commit:\n',
    // A part of the list would leave files untracked.
    ...exceptions,
  ].join('');
}

const short = (lines: readonly string[]): string[] =>
  lines.length > MOST ? [...lines.slice(0, MOST), `  and ${lines.length - MOST} more\n`] : [...lines];

/** Generated names hold no other characters that `.gitignore` interprets. */
const escaped = (path: string): string => path.replaceAll(/[*?[\]\\]/g, '\\$&');
