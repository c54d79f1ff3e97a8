import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Never a person's own code: environments, caches, what waits in kept/. */
const LEFT_OUT = new Set(['kept', 'node_modules', '__pycache__', 'venv', 'build', 'dist']);

/** Paths of a repository's Python files, sorted. Folders that begin with a dot are left out; links are not followed. */
export function pythonFiles(dir: string, below = ''): string[] {
  return readdirSync(join(dir, below), { withFileTypes: true })
    .flatMap((entry) => {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory())
        return entry.name.startsWith('.') || LEFT_OUT.has(entry.name) ? [] : pythonFiles(dir, path);
      return entry.isFile() && entry.name.endsWith('.py') ? [path] : [];
    })
    .sort();
}
