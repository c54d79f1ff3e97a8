import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Folders without code of the user at the top: virtual environments, built packages, and kept/. */
const LEFT_OUT_AT_TOP = new Set(['kept', 'venv', 'build', 'dist']);
/** The same at any depth. A model can have no such name. */
const LEFT_OUT = new Set(['node_modules', '__pycache__']);

/** Paths of the Python files in a repository, sorted. Skips hidden folders and symbolic links. */
export function pythonFiles(dir: string, below = ''): string[] {
  return readdirSync(join(dir, below), { withFileTypes: true })
    .flatMap((entry) => {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) return isLeftOut(entry.name, below) ? [] : pythonFiles(dir, path);
      return entry.isFile() && entry.name.endsWith('.py') ? [path] : [];
    })
    .sort();
}

const isLeftOut = (name: string, below: string): boolean =>
  name.startsWith('.') || LEFT_OUT.has(name) || (below === '' && LEFT_OUT_AT_TOP.has(name));
