/** What a folder of modules imports: `import { defineModule } from 'create-mlops-stack'`. */

export type * from './core/contract.ts';
export { defineChoice, defineModule, definePart, defineSlot } from './core/contract.ts';
