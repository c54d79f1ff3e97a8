import type { OutputFile, Stack } from '../stacks.ts';

/**
 * Looks at one file by itself. It runs once for each distinct content, so it must not look at the path beyond `accepts`
 * and `key`.
 */
export type FileCheck = {
  readonly name: string;
  readonly accepts: (file: OutputFile) => boolean;
  /** What else the answer depends on, as text. */
  readonly key?: (file: OutputFile, stack: Stack) => string;
  readonly find: (text: string, file: OutputFile, stack: Stack) => readonly string[];
};

/** Looks at what must fit together in one stack. */
export type StackCheck = { readonly name: string; readonly find: (stack: Stack) => readonly Fault[] };
/** A batch of files for one external tool, whose faults are known at the end. It keeps no stack: there may be many. */
export type BatchCheck = {
  readonly name: string;
  readonly add: (stack: Stack) => void;
  readonly finish: () => BatchResult | Promise<BatchResult>;
};
export type BatchResult = { readonly faults: readonly BatchFault[]; readonly skipped?: string };
export type BatchFault = { readonly file: OutputFile; readonly stack: string; readonly message: string };
export type Fault = { readonly path: string; readonly message: string };

export const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;

/** Remembers an answer per content. */
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
