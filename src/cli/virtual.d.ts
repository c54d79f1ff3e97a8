declare module 'virtual:catalogue' {
  import type { AnyChoice, AnyPart } from '../core/contract.ts';
  export const choices: readonly AnyChoice[];
  export const parts: readonly { readonly id: string; readonly part: AnyPart }[];
}
