import { diffLines } from './diff-lines.ts';
import { linesOf } from './text.ts';

/**
 * Bots raise pins. A pin that only its version tells from the generated one is no edit that must be kept when its tool
 * leaves the stack.
 */

/** The form of a pin, and the same text without its version. */
const SHAPES: readonly (readonly [shape: RegExp, bare: string])[] = [
  // owner/action@<commit> # v1.2
  [/@[0-9a-f]{40}(?:\s+#\s*\S+)?/g, '@'],
  // image:1.2@sha256:…
  [/(?<=[\w/.-]):v?\d[\w.+-]*@sha256:[0-9a-f]{64}/g, ':'],
  [/(?<=\b(?:image|FROM|uses)\b.*[\w/.-]):v?\d[\w.+-]*/g, ':'],
  // name==1.2
  [/\s*==\s*v?\d[\w.!+*-]*/g, '=='],
  // rev: v1.2, of a hook, and version: 1.2, of a chart or a tool
  [/(?<=^\s*(?:- )?(?:rev|version):\s*)["']?v?\d[\w.+-]*["']?/g, ''],
  // version = "1.2"
  [/(?<=^\s*version\s*=\s*)"[^"]*"/g, ''],
];

/** A line without the versions of its pins. */
const withoutVersions = (line: string): string =>
  SHAPES.reduce((text, [shape, bare]) => text.replace(shape, bare), line);

/** Whether your text differs from the base in nothing but the versions of pins. */
export function differsInPinsOnly(base: string, yours: string): boolean {
  const [a, b] = [linesOf(base), linesOf(yours)];
  return a.length === b.length && a.every((line, index) => line === b[index] || isSamePin(line, b[index]!));
}

const isSamePin = (a: string, b: string): boolean =>
  withoutVersions(a) !== a && withoutVersions(a) === withoutVersions(b);

/**
 * Your text with the base's version of each pin that you raised and that the generated text no longer has, and the
 * names of these pins. Without them, the removal of a pin would conflict with its new version.
 */
export function withoutLeavingPins(
  base: string,
  yours: string,
  generated: string,
): { readonly text: string; readonly left: readonly string[] } {
  const [baseLines, lines] = [linesOf(base), linesOf(yours)];
  const pairs = changedPairs(baseLines, lines);
  if (pairs.length === 0) return { text: yours, left: [] };
  const next = linesOf(generated);
  const known = new Set(next.map((_, index) => pinned(next, index)));
  const left: string[] = [];
  for (const [from, to] of pairs) {
    const what = pinned(baseLines, from);
    if (known.has(what)) continue;
    left.push(nameOf(what));
    lines[to] = baseLines[from]!;
  }
  return { text: lines.join(''), left };
}

/** Index in the base and index in your text of each line that differs in the version of its pin alone. */
function changedPairs(base: readonly string[], yours: readonly string[]): [number, number][] {
  const { from, to } = diffLines(base, yours);
  const pairs: [number, number][] = [];
  for (let a = 0, b = 0; a < base.length || b < yours.length; a++, b++) {
    // One run of changed lines.
    const [firstA, firstB] = [a, b];
    while (from[a]) a++;
    while (to[b]) b++;
    const open = new Set(Array.from({ length: b - firstB }, (_, index) => firstB + index));
    for (let index = firstA; index < a; index++) {
      const same = [...open].find((other) => isSamePin(base[index]!, yours[other]!));
      if (same === undefined) continue;
      open.delete(same);
      pairs.push([index, same]);
    }
  }
  return pairs;
}

/**
 * What a line pins. `rev: v1` and `version = "1"` do not name it, so the line before belongs to them.
 */
function pinned(lines: readonly string[], index: number): string {
  const line = withoutVersions(lines[index]!).trim();
  return /^(?:- )?(?:rev|version)\s*[:=]?$/.test(line) ? (lines[index - 1]?.trim() ?? '') : line;
}

/** The name in a message. */
const nameOf = (what: string): string =>
  what
    .replace(/^[\s\-"']*(?:(?:uses|image|repo):\s+|FROM\s+)?/, '')
    .replace(/\s*(?:==|=\s*\{|;|\sAS\s).*$/, '')
    .replace(/[:@"',\s]+$/, '');
