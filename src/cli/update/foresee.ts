import * as nodeFs from 'node:fs';
import { join } from 'node:path';
import { CONFIG_FILE } from '../../core/config-file.ts';
import { editConfig } from '../../core/config-edit.ts';
import { UserError, type ErrorId } from '../../core/errors.ts';
import type { FlagValue } from '../../core/given.ts';
import { renderPlan } from '../../core/render.ts';
import type { Goal } from '../../core/update/goal.ts';
import { planUpdate } from '../../core/update/plan-update.ts';
import { emptyLock, nextLock, withRendering } from '../../core/update/result.ts';
import type { Outcome, Refusal } from '../../core/update/types.ts';
import { openDisk } from '../../fs/update/disk.ts';
import { openStore } from '../../fs/update/store.ts';
import { schemaText } from '../commands/schema.ts';
import type { CommandContext } from '../context.ts';
import type { Patched } from './patch.ts';
import { readGoal, type Repository } from './repository.ts';

/** The generator's own files as they will be. */
export type State = { readonly lock: string; readonly config: string; readonly schema: string };

/** Everything that an update would do, and nothing of it done. */
export type Foreseen = {
  readonly goal: Goal;
  readonly outcome: Outcome;
  readonly state: State;
  /** What a person sees change: the files, and the config. */
  readonly patched: readonly Patched[];
  /** Not a byte would be written. */
  readonly isNothing: boolean;
};

export async function foresee(context: CommandContext, repository: Repository, more: readonly FlagValue[] = []): Promise<Foreseen> {
  const { args, catalogue, version } = context;
  const { dir } = repository;
  const { goal, given } = readGoal(context, repository, more);
  const lock = repository.lock ?? emptyLock(goal, version);
  const store = openStore(dir, nodeFs);
  const outcome = planUpdate({
    lock,
    disk: openDisk(dir, nodeFs),
    base: withRendering(store, lock, catalogue),
    next: renderPlan(goal.prepared.plan),
    unmanaged: goal.prepared.config.unmanaged,
    conflict: args.conflict,
    restore: args.restore,
    moved: goal.moved,
  });
  refuse(outcome.refused);
  const state = { lock: nextLock(goal, version, outcome.entries), config: editConfig(goal.prepared.config, catalogue, given), schema: await schemaText(context) };
  const config = configChange(dir, state.config);
  const isStored = outcome.entries.every((entry) => store.has(entry.sha256));
  const isNothing = outcome.changes.length === 0 && !config && isStored && state.lock === repository.lockText && state.schema === readText(join(dir, '.mlops-stack/schema.json'));
  return { goal, outcome, state, patched: [...outcome.changes, ...(config ? [config] : [])], isNothing };
}

const REFUSED: Readonly<Record<Refusal['kind'], ErrorId>> = { 'conflict-open': 'E-CONFLICT', obstacle: 'E-OBSTACLE', restore: 'E-RESTORE' };

/** One error carries one kind of refusal; with more than one, those that stop the whole run come first. */
function refuse(refused: readonly Refusal[]): void {
  for (const kind of ['restore', 'obstacle', 'conflict-open'] as const) {
    const problems = refused.filter((refusal) => refusal.kind === kind).map(({ kind: _, ...problem }) => problem);
    if (problems.length > 0) throw new UserError(REFUSED[kind], problems);
  }
}

const readText = (file: string): string | undefined => (nodeFs.lstatSync(file, { throwIfNoEntry: false })?.isFile() ? nodeFs.readFileSync(file, 'utf8') : undefined);

function configChange(dir: string, text: string): Patched | undefined {
  const file = join(dir, CONFIG_FILE);
  const content = nodeFs.existsSync(file) ? nodeFs.readFileSync(file) : undefined;
  const BOM = '\ufeff';
  const now = content?.toString('utf8');
  if (now === text || now === BOM + text) return undefined;
  const after = { content: Buffer.from(now?.startsWith(BOM) ? BOM + text : text), executable: false };
  return { path: CONFIG_FILE, ...(content && { before: { content, executable: false } }), after };
}
