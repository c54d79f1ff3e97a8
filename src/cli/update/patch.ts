import { formatPatch, type StructuredPatch, structuredPatch } from 'diff';
import { compareText } from '../../core/compare.ts';
import { isBinary } from '../../core/lock.ts';
import type { Change, DiskFile } from '../../core/update/types.ts';
import { binaryPatch } from './binary-patch.ts';

/** One path of a patch: the file before and after. Without `after` it is deleted. */
export type Patched = Pick<Change, 'path' | 'before' | 'after'>;

/** Lines of context around a change, as in git. */
const CONTEXT = 3;

/**
 * Changes in the format of git, so that `git apply` accepts them. A deleted file and a new file with the same content
 * are one rename.
 */
export function patchOf(changes: readonly Patched[]): string {
  const sorted = [...changes].sort((a, b) => compareText(a.path, b.path));
  const targets = new Set<Patched>();
  const moves = new Map<Patched, Patched>();
  for (const gone of sorted.filter((change) => change.before && !change.after)) {
    const target = sorted.find(
      ({ before, after }) => after && !before && Buffer.compare(after.content, gone.before!.content) === 0,
    );
    if (!target || targets.has(target)) continue;
    moves.set(gone, target);
    targets.add(target);
  }
  return sorted
    .filter((change) => !targets.has(change))
    .map((change) => patchFor(change, moves.get(change)))
    .join('');
}

function patchFor({ path, before, after }: Patched, target: Patched | undefined): string {
  const names = {
    isGit: true,
    oldFileName: `a/${path}`,
    newFileName: `b/${target?.path ?? path}`,
    oldHeader: undefined,
    newHeader: undefined,
    hunks: [],
  };
  if (target) return formatPatch({ ...names, isRename: true });
  const isSameMode = before && after && modeOf(before) === modeOf(after, before);
  const modes = isSameMode ? {} : { oldMode: before && modeOf(before), newMode: after && modeOf(after) };
  const kind = { ...names, ...modes, isCreate: !before, isDelete: !after };
  if ([before, after].some((file) => file && isBinary(file.content)))
    return `${formatPatch(kind)}${binaryPatch(before?.content, after?.content)}`;
  const { hunks }: StructuredPatch = structuredPatch('a', 'b', textOf(before), textOf(after), undefined, undefined, {
    context: CONTEXT,
  });
  return formatPatch({
    ...kind,
    hunks,
    ...(!before && { oldFileName: '/dev/null' }),
    ...(!after && { newFileName: '/dev/null' }),
  });
}

const textOf = (file: DiskFile | undefined): string => (file ? Buffer.from(file.content).toString('utf8') : '');

/** If the file system has no executable bits, a file is as executable as the other one. */
const modeOf = ({ executable }: DiskFile, other?: DiskFile): string =>
  (executable ?? other?.executable) ? '100755' : '100644';
