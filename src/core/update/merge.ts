import { diff3MergeRegions } from 'node-diff3';
import { diffLines } from './diff-lines.ts';
import { LABELS, linesOf } from './text.ts';

/** An overlap: the different texts of both sides for the same lines. Lines include their ends. */
export type Overlap = {
  readonly base: readonly string[];
  readonly yours: readonly string[];
  readonly generated: readonly string[];
};

/** Resolves an overlap, or returns undefined if it cannot. `reports`: messages for the user. */
export type Settle = (
  overlap: Overlap,
) => { readonly lines: readonly string[]; readonly reports?: readonly string[] } | undefined;

export type Merged = {
  readonly text: string;
  readonly conflicts: number;
  readonly settled: number;
  readonly reports: readonly string[];
};

/**
 * Three-way merge of texts with LF line ends. A change of one side is taken, an equal change of both sides once, and an
 * overlap is passed to `settle` before it becomes a conflict with markers. Lines outside overlaps are not examined.
 */
export function mergeText(base: string, yours: string, generated: string, settle?: Settle): Merged {
  if ([base, yours, generated].every(isEnded)) return mergeLines(base, yours, generated, settle);
  // Whether the last line ends with a newline is a value of its own, not a change of that line.
  const merged = mergeLines(ended(base), ended(yours), ended(generated), settle);
  const keepsEnd = isEnded(yours) === isEnded(base) ? isEnded(generated) : isEnded(yours);
  return keepsEnd || merged.conflicts > 0 ? merged : { ...merged, text: merged.text.replace(/\n$/, '') };
}

const isEnded = (text: string): boolean => text === '' || text.endsWith('\n');
const ended = (text: string): string => (isEnded(text) ? text : `${text}\n`);

function mergeLines(base: string, yours: string, generated: string, settle: Settle | undefined): Merged {
  const out: string[] = [];
  const reports: string[] = [];
  let conflicts = 0;
  let settled = 0;
  for (const overlap of regionsOf(linesOf(base), linesOf(yours), linesOf(generated))) {
    if (Array.isArray(overlap)) {
      for (const line of overlap) out.push(line);
      continue;
    }
    const solution = isSame(overlap.yours, overlap.generated) ? { lines: overlap.yours } : settle?.(overlap);
    if (solution) {
      settled += solution.lines === overlap.yours ? 0 : 1;
      reports.push(...(solution.reports ?? []));
      out.push(...solution.lines);
    } else {
      conflicts++;
      out.push(...marked(overlap));
    }
  }
  return { text: out.join(''), conflicts, settled, reports };
}

/** Merged lines and overlaps, in order. */
function regionsOf(
  base: readonly string[],
  yours: readonly string[],
  generated: readonly string[],
): (string[] | Overlap)[] {
  // The lines are numbered, so that the merge has only one way to match them.
  const a = numbered(base, yours, 'a');
  const b = numbered(base, generated, 'b');
  const text = (lines: readonly string[], start: number, length: number): string[] =>
    lines.slice(start, start + length);
  const sides = { a: yours, o: base, b: generated };
  return diff3MergeRegions(
    a,
    base.map((_, index) => `o${index}`),
    b,
  ).map((region) =>
    region.stable
      ? text(sides[region.buffer], region.bufferStart, region.bufferLength)
      : {
          base: text(base, region.oStart, region.oLength),
          yours: text(yours, region.aStart, region.aLength),
          generated: text(generated, region.bStart, region.bLength),
        },
  );
}

/** An identity for each line: that of its counterpart in the base, or a new one. */
function numbered(base: readonly string[], lines: readonly string[], side: string): string[] {
  const { from, to } = diffLines(base, lines);
  const unchanged = [...from.keys()].filter((index) => !from[index]);
  let next = 0;
  return lines.map((_, index) => (to[index] ? `${side}${index}` : `o${unchanged[next++]}`));
}

const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((line, index) => line === b[index]);

function marked({ base, yours, generated }: Overlap): string[] {
  return [
    `${LABELS.yours}\n`,
    ...yours,
    `${LABELS.base}\n`,
    ...base,
    `${LABELS.middle}\n`,
    ...generated,
    `${LABELS.generated}\n`,
  ];
}
