import { describe, expect, it } from 'vitest';
import { planUpdate } from '../../src/core/update/plan-update.ts';
import type { Engine } from './support.ts';
import { CASES, ROWS, verify } from './table.ts';

describe.each(ROWS.map((row) => [row.row, row] as const))('update %s', (_, row) => {
  it.each(CASES.filter((one) => one.row === row).map((one) => [one.kind, one.ends, one] as const))(
    'in a %s file with %s line ends',
    (_kind, _ends, one) => verify(one, planUpdate),
  );
});

describe('the update table fails for an engine that', () => {
  const failing = async (engine: Engine): Promise<string[]> => {
    const results = await Promise.all(
      CASES.map(async (one) => ((await fails(() => verify(one, engine))) ? one.row.row : undefined)),
    );
    return [...new Set(results.filter((name) => name !== undefined))];
  };
  const engines: Readonly<Record<string, { engine: Engine; red: readonly RegExp[] }>> = {
    'always overwrites': {
      engine: (input) => {
        const outcome = planUpdate(input);
        const changes = [...input.next.values()].map(({ intent, content }) => ({
          path: intent.path,
          after: { content, executable: intent.executable },
        }));
        const before = (path: string) => ({ before: input.disk.read(path) as never });
        return {
          ...outcome,
          changes: changes.map((change) => ({ ...change, ...(input.disk.read(change.path) && before(change.path)) })),
        };
      },
      red: [
        /^keeps an edited file without a new version/,
        /^merges an edited file with the new version/,
        /^keeps an unrecorded file/,
        /^reports a new version of a deleted file/,
      ],
    },
    'always makes a conflict': {
      engine: (input) => planUpdate({ ...input, base: { read: () => undefined } }),
      red: [
        /^merges an edited file with the new version/,
        /^moves a parked file back and merges/,
        /^moves an edited file that was renamed/,
      ],
    },
    'forgets deletions': {
      engine: (input) =>
        planUpdate({
          ...input,
          lock: {
            ...input.lock,
            entries: input.lock.entries.filter(
              (one) => one.state !== 'deleted' && !(one.state === 'managed' && input.disk.read(one.path) === undefined),
            ),
          },
        }),
      red: [
        /^records that the user deleted a file/,
        /^keeps a deleted file deleted if its source returns/,
        /^keeps a renamed file deleted/,
      ],
    },
  };
  it.each(Object.entries(engines))('%s', async (_, { engine, red }) => {
    const names = await failing(engine);
    for (const row of red) expect(names).toContainEqual(expect.stringMatching(row));
    expect(await failing(planUpdate)).toEqual([]);
  });
});

async function fails(action: () => Promise<void>): Promise<boolean> {
  try {
    await action();
    return false;
  } catch {
    return true;
  }
}
