import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lock } from '../../core/lock.ts';
import type { Rendered } from '../../core/render.ts';
import { hashOf } from '../../core/update/merge-file.ts';
import { findRenamedImports, type RenamedImport, renamedModules } from '../../core/update/renamed-imports.ts';
import type { Outcome } from '../../core/update/types.ts';
import { pythonFiles } from './walk.ts';

/** Imports of modules that the update moves, in files of the user and in files that the user edited. */
export function findOwnImports(
  dir: string,
  lock: Lock,
  { outcome, next, moved }: { outcome: Outcome; next: Rendered; moved: ReadonlyMap<string, string> },
): RenamedImport[] {
  const renames = renamedModules(lock.entries, outcome.entries, moved);
  if (renames.size === 0) return [];
  const changes = new Map(outcome.changes.map((change) => [change.path, change]));
  const written = [...changes.keys()].filter((path) => path.endsWith('.py') && !path.startsWith('kept/'));
  return [...new Set([...pythonFiles(dir), ...written])].sort().flatMap((path) => {
    const change = changes.get(path);
    if (change && !change.after) return [];
    const content = change?.after?.content ?? readFileSync(join(dir, path));
    const generated = next.get(path);
    if (generated && hashOf(generated.content) === hashOf(content)) return [];
    return findRenamedImports(path, Buffer.from(content).toString('utf8'), renames);
  });
}

/** One line for each import, which `update` leaves to the user. */
export function importLines(imports: readonly RenamedImport[]): string[] {
  if (imports.length === 0) return [];
  return [
    'Your files import modules that moved. Change these imports, which update leaves as they are:',
    ...imports.map(({ path, line, module, now }) => `  ${path}:${line}: ${module} is now ${now}`),
  ];
}
