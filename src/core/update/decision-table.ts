import type { EntryState } from '../lock.ts';

/**
 * The decision table. A lock entry (or none), the file on disk and the newly generated file form a situation. The first
 * rule that matches it selects the row, and ROWS in update-actions.ts says what a row does.
 */

/** The content of the home path. `base`: as recorded. `same`: as generated now, without a record. */
export type Here = 'absent' | 'base' | 'edited' | 'same' | 'other' | 'obstacle';
/** The generated file compared with the recorded one. */
export type Next = 'same' | 'changed' | 'gone';

export type Situation = {
  readonly entry: EntryState | 'none';
  readonly here: Here;
  readonly next: Next;
  /** The content of the path below kept/: of a kept entry, or of a missing file whose source is gone. */
  readonly parked?: 'there' | 'missing' | 'obstacle';
  /** A conflict of an earlier update is not resolved: its markers or a `.generated` file still exist. */
  readonly open?: boolean;
  /** The change of choices was applied by other means: as a patch of `diff`, or by a merge of two branches. */
  readonly isApplied?: boolean;
  /** The user requested the file with --restore. */
  readonly restore?: boolean;
};

export type Row =
  | 'nothing'
  | 'write-new'
  | 'adopt'
  | 'unknown-stays'
  | 'write-over'
  | 'keep'
  | 'keep-obstacle'
  | 'combine'
  | 'delete'
  | 'park'
  | 'becomes-deleted'
  | 'becomes-kept'
  | 'forget'
  | 'stays-deleted'
  | 'restore'
  | 'unpark'
  | 'home-taken'
  | 'adopt-beside-kept'
  | 'write-lost'
  | 'conflict-open'
  | 'refuse-open'
  | 'refuse-obstacle';

type OneOrMore<T> = T | readonly T[];
type Rule = { readonly row: Row } & { readonly [K in keyof Situation]?: OneOrMore<NonNullable<Situation[K]>> };

export const TABLE: readonly Rule[] = [
  { entry: 'none', here: 'absent', row: 'write-new' },
  { entry: 'none', here: 'same', row: 'adopt' },
  { entry: 'none', here: 'other', row: 'unknown-stays' },
  { entry: 'none', here: 'obstacle', row: 'refuse-obstacle' },

  { entry: 'managed', open: true, next: 'same', row: 'conflict-open' },
  { entry: 'managed', open: true, row: 'refuse-open' },
  { entry: 'managed', here: 'absent', next: ['same', 'changed'], restore: true, row: 'restore' },
  { entry: 'managed', here: 'absent', next: 'gone', isApplied: true, parked: 'there', row: 'becomes-kept' },
  { entry: 'managed', here: 'absent', next: 'gone', isApplied: true, row: 'forget' },
  { entry: 'managed', here: 'absent', row: 'becomes-deleted' },
  { entry: 'managed', here: 'obstacle', next: 'same', row: 'keep-obstacle' },
  { entry: 'managed', here: 'obstacle', row: 'refuse-obstacle' },
  { entry: 'managed', here: 'base', next: 'same', row: 'nothing' },
  { entry: 'managed', here: 'base', next: 'changed', row: 'write-over' },
  { entry: 'managed', here: 'base', next: 'gone', row: 'delete' },
  { entry: 'managed', here: 'edited', next: 'same', row: 'keep' },
  { entry: 'managed', here: 'edited', next: 'changed', row: 'combine' },
  { entry: 'managed', here: 'edited', next: 'gone', row: 'park' },

  { entry: 'kept', next: 'gone', row: 'nothing' },
  { entry: 'kept', here: 'obstacle', row: 'refuse-obstacle' },
  { entry: 'kept', parked: 'obstacle', row: 'refuse-obstacle' },
  { entry: 'kept', parked: 'there', here: 'absent', row: 'unpark' },
  { entry: 'kept', parked: 'there', here: 'same', row: 'adopt-beside-kept' },
  { entry: 'kept', parked: 'there', here: 'other', row: 'home-taken' },
  { entry: 'kept', here: 'absent', row: 'write-lost' },
  { entry: 'kept', here: 'same', row: 'adopt' },
  { entry: 'kept', here: 'other', row: 'unknown-stays' },

  { entry: 'deleted', next: 'gone', row: 'nothing' },
  { entry: 'deleted', here: 'absent', restore: true, row: 'restore' },
  { entry: 'deleted', here: ['absent', 'obstacle'], row: 'stays-deleted' },
  { entry: 'deleted', here: 'same', row: 'adopt' },
  { entry: 'deleted', here: 'other', row: 'unknown-stays' },
];

const RULES = TABLE.map(({ row, ...wanted }) => ({
  row,
  wanted: Object.entries(wanted).map(
    ([key, value]) => [key as keyof Situation, [value].flat() as readonly unknown[]] as const,
  ),
}));

/** The row of a situation. A situation without a row is an internal error. */
export function decide(situation: Situation): Row {
  const rule = RULES.find(({ wanted }) => wanted.every(([key, values]) => values.includes(situation[key] ?? false)));
  if (!rule) throw new Error(`No row of the table fits ${JSON.stringify(situation)}.`);
  return rule.row;
}
