import * as nodeFs from 'node:fs';
import { join } from 'node:path';
import { editConfig } from '../../core/config-edit.ts';
import { CONFIG_FILE } from '../../core/config-file.ts';
import { type ErrorId, UserError } from '../../core/errors.ts';
import type { FlagValue } from '../../core/input.ts';
import { STATE_DIR } from '../../core/lock.ts';
import { renderPlan } from '../../core/render.ts';
import { planUpdate } from '../../core/update/plan-update.ts';
import type { RenamedImport } from '../../core/update/renamed-imports.ts';
import { emptyLock, nextLock, withRendering } from '../../core/update/result.ts';
import type { TargetState } from '../../core/update/target-state.ts';
import type { Outcome, Refusal } from '../../core/update/types.ts';
import { findFormatters, formatCommands } from '../../fs/formatters.ts';
import { openDisk } from '../../fs/update/disk.ts';
import { trustsModes } from '../../fs/update/git.ts';
import { findMoves } from '../../fs/update/moves.ts';
import { openStore } from '../../fs/update/store.ts';
import type { Basis, OwnFiles } from '../../fs/update/transaction.ts';
import { schemaText } from '../commands/schema.ts';
import type { CommandContext } from '../context.ts';
import { findOwnImports } from './own-imports.ts';
import type { Patched } from './patch.ts';
import { type Repository, readBytes, readTargetState } from './repository.ts';
import type { Merge } from './resolve-merge.ts';

/** Everything that an update would do, before anything is written. */
export type UpdatePreview = {
  readonly target: TargetState;
  readonly outcome: Outcome;
  readonly own: OwnFiles;
  readonly was: Basis;
  /** Changes that are shown to the user: the files and the config. */
  readonly patched: readonly Patched[];
  /** Imports of moved modules in files of the user. */
  readonly imports: readonly RenamedImport[];
  /** The commands that give the written files the layout of the user's formatters. */
  readonly format: readonly string[];
  /** Another release generated the repository. */
  readonly isUpgrade: boolean;
  /** The unfinished merge that the update resolves. */
  readonly merge: Merge | undefined;
  /** Nothing would be written. */
  readonly isNothing: boolean;
};

export async function previewUpdate(
  context: CommandContext,
  repository: Repository,
  more: readonly FlagValue[] = [],
): Promise<UpdatePreview> {
  const { args, catalogue, version } = context;
  const { dir } = repository;
  const { target, given } = readTargetState(context, repository, more);
  const lock = repository.lock ?? emptyLock(target, version);
  const store = openStore(dir, nodeFs);
  const disk = openDisk(dir, nodeFs, { modes: await trustsModes(dir, lock, nodeFs) });
  const base = withRendering(repository.merge?.base ?? store, lock, catalogue);
  const next = renderPlan(target.prepared.plan);
  const formatters = findFormatters(dir, nodeFs);
  const outcome = planUpdate({
    lock,
    disk,
    base,
    moves: await findMoves(dir, lock, disk, base),
    follow: args.followMoves,
    next,
    unmanaged: target.prepared.config.unmanaged,
    conflict: args.conflict,
    restore: args.restore,
    isFormatted: (path) => formatters.some(({ files }) => files.test(path)),
    moved: target.moved,
    slots: target.prepared.plan.slots,
    ...(repository.merge && { resolved: repository.merge.resolved, unresolved: repository.merge.left }),
  });
  refuse(outcome.refused);
  const was = { lock: repository.raw, config: readBytes(join(dir, CONFIG_FILE)) };
  const config = configChange(was.config, editConfig(target.prepared.config, catalogue, given));
  const own = {
    lock: nextLock(target, version, outcome.entries),
    config: Buffer.from((config?.after?.content ?? was.config)!).toString('utf8'),
    schema: await schemaText(context),
  };
  const named = new Set(outcome.entries.map((entry) => entry.sha256));
  const isStored = [...named].every((hash) => store.has(hash)) && store.names().every((hash) => named.has(hash));
  const isNothing =
    outcome.changes.length === 0 &&
    !config &&
    isStored &&
    isText(was.lock, own.lock) &&
    isText(readBytes(join(dir, STATE_DIR, 'schema.json')), own.schema);
  const isUpgrade = repository.lock !== undefined && repository.lock.generator !== version;
  const imports = findOwnImports(dir, lock, { outcome, next, moved: target.moved });
  const patched = [...outcome.changes, ...(config ? [config] : [])];
  const format = formatCommands(formatters, [...outcome.relaid, ...outcome.mixed]);
  return { target, outcome, own, was, patched, imports, format, isUpgrade, isNothing, merge: repository.merge };
}

const REFUSED: Readonly<Record<Refusal['kind'], ErrorId>> = {
  'conflict-open': 'E-CONFLICT',
  obstacle: 'E-OBSTACLE',
  restore: 'E-RESTORE',
};

/** One error reports one kind of refusal. If there are several kinds, those that stop the whole run come first. */
function refuse(refused: readonly Refusal[]): void {
  for (const kind of ['restore', 'obstacle', 'conflict-open'] as const) {
    const problems = refused.filter((refusal) => refusal.kind === kind).map(({ kind: _, ...problem }) => problem);
    if (problems.length > 0) throw new UserError(REFUSED[kind], problems);
  }
}

/** Whether a file holds a text. A checkout with CRLF line ends does too. */
const isText = (content: Buffer | undefined, text: string): boolean =>
  content?.toString('utf8').replaceAll('\r\n', '\n') === text;

function configChange(content: Buffer | undefined, text: string): Patched | undefined {
  const BOM = '\ufeff';
  const now = content?.toString('utf8');
  if (now === text || now === BOM + text) return undefined;
  const after = { content: Buffer.from(now?.startsWith(BOM) ? BOM + text : text), executable: false };
  return { path: CONFIG_FILE, ...(content && { before: { content, executable: false } }), after };
}
