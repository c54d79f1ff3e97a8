import type { AnyModule } from '../../src/core/contract.ts';

/** A module with only the fields that the contract requires. */
export const plain = (
  choice: string,
  id: string,
  provides: AnyModule['provides'],
): { id: string; module: AnyModule } => ({
  id: `${choice}/${id}`,
  module: {
    choice,
    id,
    title: id,
    summary: `${id}.`,
    docs: 'https://example.com',
    status: 'active',
    provides,
    traces: [],
  },
});
