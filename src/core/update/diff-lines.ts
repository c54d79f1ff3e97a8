/**
 * Finds which lines of two texts match. If lines repeat, there are several answers of equal length. This one is the
 * answer that git chooses, so that both merges agree: the shortest edit script in linear space (E. W. Myers, "An O(ND)
 * Difference Algorithm and Its Variations", 1986) over the lines that occur in both texts. Then each run of changed
 * lines moves down as far as possible, or until it meets a change of the other text.
 */
export type LineDiff = {
  /** For each line, whether it has no counterpart. The unchanged lines of both texts match in order. */
  readonly from: readonly boolean[];
  readonly to: readonly boolean[];
};

export function diffLines(from: readonly string[], to: readonly string[]): LineDiff {
  const [a, b] = [sideOf(from, new Set(to)), sideOf(to, new Set(from))];
  compare(a, b, { aFrom: 0, aTo: a.lines.length, bFrom: 0, bTo: b.lines.length });
  settle(from, a.changed, b.changed);
  settle(to, b.changed, a.changed);
  return { from: a.changed, to: b.changed };
}

/** The lines of one text that also occur in the other, and their positions. */
type Side = { readonly lines: string[]; readonly places: number[]; readonly changed: boolean[] };

function sideOf(lines: readonly string[], others: ReadonlySet<string>): Side {
  const places = [...lines.keys()].filter((index) => others.has(lines[index]!));
  return { lines: places.map((index) => lines[index]!), places, changed: lines.map((line) => !others.has(line)) };
}

/** The part of both texts that is compared: from a position up to, but not including, another. */
type Span = { readonly aFrom: number; readonly aTo: number; readonly bFrom: number; readonly bTo: number };

function compare(a: Side, b: Side, span: Span): void {
  let { aFrom, aTo, bFrom, bTo } = span;
  while (aFrom < aTo && bFrom < bTo && a.lines[aFrom] === b.lines[bFrom]) aFrom++, bFrom++;
  while (aFrom < aTo && bFrom < bTo && a.lines[aTo - 1] === b.lines[bTo - 1]) aTo--, bTo--;
  if (aFrom === aTo) for (; bFrom < bTo; bFrom++) b.changed[b.places[bFrom]!] = true;
  else if (bFrom === bTo) for (; aFrom < aTo; aFrom++) a.changed[a.places[aFrom]!] = true;
  else {
    const [aMiddle, bMiddle] = middle(a.lines, b.lines, { aFrom, aTo, bFrom, bTo });
    compare(a, b, { aFrom, aTo: aMiddle, bFrom, bTo: bMiddle });
    compare(a, b, { aFrom: aMiddle, aTo, bFrom: bMiddle, bTo });
  }
}

/**
 * A point on a shortest path, where the furthest paths from both corners meet. The number of a diagonal is the position
 * in a minus the position in b.
 */
function middle(a: readonly string[], b: readonly string[], { aFrom, aTo, bFrom, bTo }: Span): [number, number] {
  const [low, high] = [aFrom - bTo, aTo - bFrom];
  const [start, end] = [aFrom - bFrom, aTo - bTo];
  const isOdd = ((start - end) & 1) !== 0;
  // The furthest position in a on each diagonal, with one more diagonal on either side for the neighbors of the
  // outermost.
  const ahead = new Map<number, number>([[start, aFrom]]);
  const back = new Map<number, number>([[end, aTo]]);
  const [forth, rear] = [
    { min: start, max: start },
    { min: end, max: end },
  ];
  for (;;) {
    widen(forth, low, high, ahead, -1);
    for (let d = forth.max; d >= forth.min; d -= 2) {
      const [left, right] = [ahead.get(d - 1) ?? -1, ahead.get(d + 1) ?? -1];
      let x = left >= right ? left + 1 : right;
      while (x < aTo && x - d < bTo && a[x] === b[x - d]) x++;
      ahead.set(d, x);
      if (isOdd && rear.min <= d && d <= rear.max && back.get(d)! <= x) return [x, x - d];
    }
    widen(rear, low, high, back, Infinity);
    for (let d = rear.max; d >= rear.min; d -= 2) {
      const [left, right] = [back.get(d - 1) ?? Infinity, back.get(d + 1) ?? Infinity];
      let x = left < right ? left : right - 1;
      while (x > aFrom && x - d > bFrom && a[x - 1] === b[x - d - 1]) x--;
      back.set(d, x);
      if (!isOdd && forth.min <= d && d <= forth.max && x <= ahead.get(d)!) return [x, x - d];
    }
  }
}

/** Adds one diagonal on each side, or removes one at the edge of the grid, so that every second diagonal is visited. */
function widen(
  range: { min: number; max: number },
  low: number,
  high: number,
  furthest: Map<number, number>,
  none: number,
): void {
  if (range.min > low) furthest.set(--range.min - 1, none);
  else range.min++;
  if (range.max < high) furthest.set(++range.max + 1, none);
  else range.max--;
}

/**
 * Moves each run of changed lines down as far as possible without a change of the edit. A run that meets another moves
 * with it. A run that passes a change of the other text stops at the last of these, because a replacement is one
 * change.
 */
function settle(lines: readonly string[], changed: boolean[], other: readonly boolean[]): void {
  // The position in the other text that belongs to an unchanged line, as the number of unchanged lines before it.
  const gaps = gapsOf(other);
  let unchanged = 0;
  for (let start = 0; start <= lines.length; ) {
    if (!changed[start]) {
      start++;
      unchanged++;
      continue;
    }
    let end = start;
    while (changed[end]) end++;
    let size: number;
    let best: number | undefined;
    let first: number;
    do {
      size = end - start;
      while (start > 0 && lines[start - 1] === lines[end - 1]) {
        changed[--start] = true;
        changed[--end] = false;
        unchanged--;
        while (start > 0 && changed[start - 1]) start--;
      }
      first = end;
      best = gaps[unchanged] ? end : undefined;
      while (end < lines.length && lines[start] === lines[end]) {
        changed[start++] = false;
        changed[end++] = true;
        unchanged++;
        while (changed[end]) end++;
        if (gaps[unchanged]) best = end;
      }
    } while (size !== end - start);
    if (best !== undefined && end !== first) {
      for (; end > best; unchanged--) {
        changed[--start] = true;
        changed[--end] = false;
      }
    }
    start = end;
  }
}

/** For each number of unchanged lines, whether a changed line directly follows them. */
function gapsOf(changed: readonly boolean[]): boolean[] {
  const gaps = [false];
  for (const is of changed) is ? (gaps[gaps.length - 1] = true) : gaps.push(false);
  return gaps;
}
