import type { OutputFile, Stack } from '../stacks.ts';

/** Checks one file. It runs once for each distinct content, so only `accepts` and `key` can depend on the path. */
export type FileCheck = {
  readonly name: string;
  readonly accepts: (file: OutputFile) => boolean;
  /** Other inputs of the result, as text. */
  readonly key?: (file: OutputFile, stack: Stack) => string;
  readonly find: (text: string, file: OutputFile, stack: Stack) => readonly string[];
};

/** Checks the files of one stack together. */
export type StackCheck = { readonly name: string; readonly find: (stack: Stack) => readonly Fault[] };
/**
 * A batch of files for one external tool, which reports its problems at the end. It does not keep stacks, because there
 * can be many.
 */
export type BatchCheck = {
  readonly name: string;
  readonly add: (stack: Stack) => void;
  readonly finish: () => BatchResult | Promise<BatchResult>;
};
export type BatchResult = { readonly faults: readonly BatchFault[]; readonly skipped?: string };
export type BatchFault = { readonly file: OutputFile; readonly stack: string; readonly message: string };
export type Fault = { readonly path: string; readonly message: string };

export const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;

/** Caches the result by content. */
export function memo<T>(answer: (text: string, path: string) => T): (file: OutputFile) => T | undefined {
  const known = new Map<string, T>();
  return ({ content, path }) => {
    if (content.text === undefined) return undefined;
    const key = `${content.id} ${path}`;
    let value = known.get(key);
    if (value === undefined) known.set(key, (value = answer(content.text, path)));
    return value;
  };
}
