import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';

/**
 * The part of a patch for a binary file, as `git diff --binary` writes it, so that `git apply` accepts it. The format:
 * https://github.com/git/git/blob/v2.47.0/diff.c, emit_binary_diff_body, and base85.c.
 */
export function binaryPatch(before: Uint8Array | undefined, after: Uint8Array | undefined): string {
  return `index ${objectId(before)}..${objectId(after)}\nGIT binary patch\n${literal(after)}\n${literal(before)}\n`;
}

/** The ID that git gives a file with this content; zeros for no file. */
function objectId(content: Uint8Array | undefined): string {
  if (!content) return '0'.repeat(40);
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}

/** The most bytes of a line. Its first letter is their number: A for 1, a for 27. */
const PER_LINE = 52;
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~';

function literal(content: Uint8Array = new Uint8Array()): string {
  const data = deflateSync(content);
  let text = `literal ${content.length}\n`;
  for (let from = 0; from < data.length; from += PER_LINE) {
    const line = data.subarray(from, from + PER_LINE);
    const length = String.fromCharCode(line.length <= 26 ? 64 + line.length : 96 - 26 + line.length);
    text += `${length}${base85(line)}\n`;
  }
  return text;
}

/** Five digits for each four bytes; missing bytes of the last group are zero. */
function base85(bytes: Uint8Array): string {
  let text = '';
  for (let from = 0; from < bytes.length; from += 4) {
    let value = 0;
    for (let index = from; index < from + 4; index++) value = value * 256 + (bytes[index] ?? 0);
    let group = '';
    for (let digit = 0; digit < 5; digit++) {
      group = DIGITS[value % 85]! + group;
      value = Math.floor(value / 85);
    }
    text += group;
  }
  return text;
}
