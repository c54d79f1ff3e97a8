import { compareText } from '../../core/compare.ts';
import { CONFIG_FILE } from '../../core/config-file.ts';
import { EXIT } from '../../core/errors.ts';
import { q } from '../../core/quote.ts';
import { NEW_STARTER } from '../../core/update/merge-file.ts';
import type { Action, ActionKind } from '../../core/update/types.ts';
import type { Ignored } from '../../fs/ignored.ts';
import type { CommandContext } from '../context.ts';
import { importLines } from './own-imports.ts';
import { patchOf } from './patch.ts';
import type { UpdatePreview } from './preview.ts';

/** In reading order: actions that need attention come last, where they stay visible. */
const ORDER: readonly ActionKind[] = [
  'write',
  'merge',
  'adopt',
  'restore',
  'unpark',
  'keep',
  'park',
  'delete',
  'skip',
  'conflict',
];
/** Shown only with --verbose, because these files do not change. */
const QUIET: ReadonlySet<ActionKind> = new Set(['adopt']);

/** Paths with a conflict from this run or earlier runs. */
export const conflictsOf = ({ outcome, merge }: UpdatePreview): string[] => {
  const all = [...outcome.conflicts.map((conflict) => conflict.path), ...outcome.open, ...(merge?.left ?? [])];
  return [...new Set(all)].sort();
};

export const exitOf = (preview: UpdatePreview): number =>
  conflictsOf(preview).length > 0 ? EXIT.conflicts : EXIT.done;

/** The document of `--json`. */
export function jsonOf(preview: UpdatePreview, ignored: readonly Ignored[] = []): string {
  const { target, outcome } = preview;
  const actions = outcome.actions.map(({ path, action, reason, to }) => ({
    path,
    action,
    reason: to === undefined ? reason : `${reason}; to ${to}`,
  }));
  const config = preview.patched.find((change) => change.path === CONFIG_FILE);
  const own: Omit<Action, 'to'>[] = config
    ? [{ path: CONFIG_FILE, action: 'write', reason: 'the current choices' }]
    : [];
  const document = {
    config: target.prepared.config,
    actions: [...actions, ...own].sort((a, b) => compareText(a.path, b.path)),
    conflicts: conflictsOf(preview),
    ignored,
    imports: preview.imports,
    leftovers: target.leftovers,
    next: nextCommands(preview),
  };
  return `${JSON.stringify(document)}\n`;
}

/** Lines that list what will happen, each with its reason. Empty if nothing will. */
export function describe(preview: UpdatePreview, isVerbose: boolean): string {
  const { target, outcome } = preview;
  const shown = outcome.actions.filter((action) => isVerbose || !QUIET.has(action.action));
  const sorted = ORDER.flatMap((kind) => shown.filter((action) => action.action === kind));
  const wide = Math.max(
    0,
    ...ORDER.filter((kind) => shown.some((action) => action.action === kind)).map((kind) => kind.length),
  );
  return [
    ...target.changed.map(({ key, was, is }) => `${key}: ${was} -> ${is}`),
    ...sorted.map(
      ({ path, action, reason, to }) =>
        `  ${action.padEnd(wide)}  ${path}${to === undefined ? '' : ` -> ${to}`}  (${reason})`,
    ),
    ...outcome.open.map((path) => `  ${'open'.padEnd(wide)}  ${path}  (an unresolved conflict of an earlier update)`),
    ...outcome.reports,
    ...importLines(preview.imports),
    ...leftoverLines(preview),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

/** Resources of options, environments and models that leave. `update` changes files of the repository only. */
function leftoverLines({ target: { leftovers } }: UpdatePreview): string[] {
  if (leftovers.length === 0) return [];
  return [
    'Resources outside the generated files, which stay until you remove them:',
    ...leftovers.flatMap(({ module, what, carry, remove }) => [
      `  ${module}: ${what}`,
      ...(carry === undefined ? [] : [`    carry over: ${carry}`]),
      `    remove:     ${remove}`,
    ]),
  ];
}

/** The number of each action. Counts only what was verified. */
export function summary(preview: UpdatePreview, tense: 'Would have' | 'Done and verified'): string {
  const { outcome } = preview;
  const words: Record<ActionKind, string> = {
    write: 'written',
    merge: 'merged',
    adopt: 'adopted',
    restore: 'restored',
    unpark: 'moved back',
    keep: 'kept as edited',
    park: 'moved to kept/',
    delete: 'deleted',
    skip: 'not changed',
    conflict: 'in conflict',
  };
  const counts = ORDER.flatMap((kind) => {
    const count = outcome.actions.filter((action) => action.action === kind).length;
    return count === 0 ? [] : [`${count} ${words[kind]}`];
  });
  return `${tense}: ${counts.join(', ') || 'no file but the records in .mlops-stack'}.\n${upgradeNote(preview)}`;
}

/** The generated page that describes what to change in the files of the user after an upgrade. */
const UPGRADE_PAGE = 'docs/upgrading.md';

/** Names the edited starter files that a new release leaves unchanged, although the code that uses them is new. */
function upgradeNote({ isUpgrade, outcome, target }: UpdatePreview): string {
  const hasPage = target.prepared.plan.files.some(({ path }) => path === UPGRADE_PAGE);
  const older = outcome.actions.filter(({ action, reason }) => action === 'keep' && reason === NEW_STARTER);
  if (!isUpgrade || !hasPage || older.length === 0) return '';
  const paths = older.map(({ path }) => path).join(', ');
  return `Your edited files of an earlier release may need changes, which ${UPGRADE_PAGE} describes: ${paths}\n`;
}

/** The next commands for the user. */
export function nextCommands(preview: UpdatePreview): string[] {
  const conflicts = conflictsOf(preview);
  if (preview.outcome.changes.length === 0 && conflicts.length === 0) return [];
  const isBeside = (path: string): boolean =>
    preview.outcome.actions.some(
      ({ action, path: at, to }) => action === 'conflict' && at === path && to !== undefined,
    );
  const beside = conflicts.filter(isBeside);
  return [
    ...(conflicts.length > beside.length ? ['git mergetool'] : []),
    ...beside.map((path) => `git diff --no-index ${q.shell(path)} ${q.shell(`${path}.generated`)}`),
    ...(preview.merge ? ['git add --all', 'git commit'] : []),
    preview.outcome.changes.some(({ path }) => /(?:^|\/)pyproject\.toml$/.test(path))
      ? 'make lock setup'
      : 'make setup',
    ...preview.format,
    'make check test',
  ];
}

/** The style (an SGR code) of each kind of line of a diff, by its start. */
const STYLES: readonly (readonly [start: RegExp, code: number])[] = [
  [/^(diff|---|\+\+\+) /, 1],
  [/^@@/, 36],
  [/^\+/, 32],
  [/^-/, 31],
];

/** The diff, with colors where a terminal shows it. */
export function showPatch(preview: UpdatePreview, { terminal }: CommandContext): string {
  const text = patchOf(preview.patched);
  if (!process.stdout.isTTY || terminal.env['NO_COLOR']) return text;
  const paint = (code: number, line: string): string => `\u001b[${code}m${line}\u001b[0m`;
  return text
    .split('\n')
    .map((line) => {
      const style = STYLES.find(([start]) => start.test(line));
      return style ? paint(style[1], line) : line;
    })
    .join('\n');
}
