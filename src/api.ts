/** The API for module authors: `import { defineModule } from 'create-mlops-stack'`. */

export type * from './core/contract.ts';
export { defineChoice, defineModule, definePart, defineSlot } from './core/contract.ts';
export { type Quote, q } from './core/quote.ts';
