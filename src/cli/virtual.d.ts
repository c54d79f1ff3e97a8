declare module 'virtual:catalogue' {
  import type { AnyChoice, AnyModule, AnyPart } from '../core/contract.ts';
  export const choices: readonly AnyChoice[];
  export const modules: readonly { readonly id: string; readonly module: AnyModule }[];
  export const parts: readonly { readonly id: string; readonly part: AnyPart }[];
}
