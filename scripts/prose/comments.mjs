// Lints the comments of TypeScript and JavaScript files.
import { parseSync } from 'vite';
import { lintText } from './lint.mjs';

/** The marker of a line of a comment: `//`, the opening of a block, or the asterisk of its further lines. */
const MARKER = /^\s*(?:\/\/+|\/\*+|\*(?!\/))? ?/;
/** These rules are for pages. Comments are short and list fields, so they have many colons and semicolons. */
const PAGE_RULES = ['link-text', 'long-sentence', 'punctuation', 'sentence-length'];

/**
 * The comments of a source file as Markdown. In `text`, each comment has the lines that it has in the file, and lines
 * of code are empty. `columns[i]` is the number of characters removed from the start of line i + 1.
 */
function commentsOf(file, source) {
  const { comments, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file} cannot be parsed: ${errors[0].message}`);
  const text = source.split('\n').map(() => '');
  const columns = text.map(() => 0);
  for (const { start, end } of comments) {
    const before = source.slice(0, start).split('\n');
    for (const [index, line] of source.slice(start, end).split('\n').entries()) {
      const row = before.length - 1 + index;
      const marker = MARKER.exec(line)[0].length;
      text[row] = line.slice(marker).replace(/\s*\*\/$/, '');
      columns[row] = marker + (index === 0 ? before.at(-1).length : 0);
    }
  }
  return { text: text.join('\n'), columns };
}

/** Returns the problems of the comments in `source`, like `lintText`. Positions are those in the file. */
export async function lintComments(file, source) {
  const { text, columns } = commentsOf(file, source);
  const messages = await lintText(text, { skip: PAGE_RULES });
  return messages.map((message) => ({ ...message, column: message.column + columns[message.line - 1] }));
}
