import { describe, expect, it } from 'vitest';
import { decide, type Here, type Row, type Situation, TABLE } from '../../src/core/update/decision-table.ts';
import { ROWS } from '../../src/core/update/update-actions.ts';

/** Every possible situation, by the state of the disk and the lock. */
function situations(): Situation[] {
  const yesNo = [false, true];
  const parked = ['there', 'missing', 'obstacle'] as const;
  const unrecorded: readonly Here[] = ['absent', 'same', 'other', 'obstacle'];
  return [
    ...unrecorded.flatMap((here) =>
      yesNo.map((restore): Situation => ({ entry: 'none', here, next: 'changed', restore })),
    ),
    ...(['same', 'changed', 'gone'] as const).flatMap((next) => [
      ...(['absent', 'base', 'obstacle'] as const).flatMap((here) =>
        yesNo.map((restore): Situation => ({ entry: 'managed', here, next, restore })),
      ),
      ...(next === 'gone'
        ? parked.flatMap((found) =>
            yesNo.map((isApplied): Situation => ({ entry: 'managed', here: 'absent', next, parked: found, isApplied })),
          )
        : []),
      ...yesNo.map((open): Situation => ({ entry: 'managed', here: 'edited', next, open })),
      ...unrecorded.flatMap((here) => yesNo.map((restore): Situation => ({ entry: 'deleted', here, next, restore }))),
      ...unrecorded.flatMap((here) => parked.map((found): Situation => ({ entry: 'kept', here, next, parked: found }))),
    ]),
  ];
}

describe('the decision table', () => {
  it('has a row for every situation and no unused rule', () => {
    const used = new Set<Row>(situations().map(decide));
    expect([...used].sort()).toEqual(Object.keys(ROWS).sort());
    const all = situations();
    for (const [index, rule] of TABLE.entries()) {
      const without = TABLE.filter((_, other) => other !== index);
      const verdict = (table: typeof TABLE, situation: Situation): Row | undefined =>
        table.find(({ row: _, ...wanted }) =>
          Object.entries(wanted).every(([key, value]) =>
            ([value].flat() as unknown[]).includes(situation[key as keyof Situation] ?? false),
          ),
        )?.row;
      expect(
        all.some((situation) => verdict(without, situation) !== decide(situation)),
        JSON.stringify(rule),
      ).toBe(true);
    }
  });

  it('throws for an unknown situation', () =>
    expect(() => decide({ entry: 'none', here: 'base', next: 'same' })).toThrow('No row of the table fits'));

  it.each<[string, (situation: Situation) => boolean, readonly Row[]]>([
    [
      'never overwrites or deletes an edited file',
      ({ entry, here }) => entry === 'managed' && here === 'edited',
      ['keep', 'combine', 'park', 'conflict-open', 'refuse-open'],
    ],
    [
      'never overwrites or deletes an unknown file',
      ({ entry, here }) => entry !== 'managed' && here === 'other',
      ['unknown-stays', 'home-taken', 'nothing', 'refuse-obstacle'],
    ],
    [
      'never touches anything that is not a regular file',
      ({ here }) => here === 'obstacle',
      ['refuse-obstacle', 'keep-obstacle', 'nothing', 'stays-deleted'],
    ],
    [
      'restores a deleted file only on request',
      ({ entry, here, restore }) => entry === 'deleted' && here === 'absent' && !restore,
      ['nothing', 'stays-deleted'],
    ],
    ['never changes a file with an unresolved conflict', ({ open }) => Boolean(open), ['conflict-open', 'refuse-open']],
  ])('%s', (_, is, rows) => {
    const met = situations().filter(is);
    expect(met.length).toBeGreaterThan(1);
    for (const situation of met) expect(rows).toContain(decide(situation));
  });
});
