import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Folders without code of the user: virtual environments, caches, and kept/. */
const LEFT_OUT = new Set(['kept', 'node_modules', '__pycache__', 'venv', 'build', 'dist']);

/** Paths of the Python files in a repository, sorted. Skips hidden folders and symbolic links. */
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
