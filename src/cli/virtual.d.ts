declare module 'virtual:catalogue' {
  import type { AnyModule, AnyPart, Choice } from '../core/contract.ts';
  export const choices: readonly Choice[];
  export const modules: readonly { readonly id: string; readonly module: AnyModule }[];
  export const parts: readonly { readonly id: string; readonly part: AnyPart }[];
}
