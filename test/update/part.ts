/** A part of a long test: number `index`, from 0, of `count` parts. */
export type Part = { readonly index: number; readonly count: number };

/** Reads a part as in UPDATE_PART: `2/4` is the second of four. Without a value, there is one part. */
export function partOf(text: string | undefined): Part {
  const [, number, count] = /^(\d+)\/(\d+)$/.exec(text ?? '1/1') ?? [];
  if (!number || !count || Number(number) < 1 || Number(number) > Number(count))
    throw new Error(`UPDATE_PART must be like 2/4, not ${text}`);
  return { index: Number(number) - 1, count: Number(count) };
}
