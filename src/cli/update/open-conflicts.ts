import * as nodeFs from 'node:fs';
import { isBinary, type Lock } from '../../core/lock.ts';
import { conflictLine, readText } from '../../core/update/text.ts';
import { isFile } from '../../core/update/types.ts';
import { openDisk } from '../../fs/update/disk.ts';

/** A recorded text file with a conflict: the line of its first marker, or the generated file next to it. */
export type OpenConflict = { readonly path: string } & ({ readonly line: number } | { readonly beside: string });

/** The recorded files with conflict markers, of an update or of git, or with the generated file of a conflict. */
export function openConflicts(dir: string, lock: Lock): OpenConflict[] {
  const disk = openDisk(dir, nodeFs);
  return lock.entries.flatMap(({ path: home, state, kept }): OpenConflict[] => {
    const path = kept ?? home;
    const found = state === 'deleted' ? undefined : disk.read(path);
    if (!isFile(found) || isBinary(found.content)) return [];
    const line = conflictLine(readText(found.content).text);
    if (line !== undefined) return [{ path, line }];
    const beside = `${path}.generated`;
    return isFile(disk.read(beside)) ? [{ path, beside }] : [];
  });
}
