// Digests of the inputs of a proof. Evidence contains them, which makes stale claims of docs/support.json detectable.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const templates = join(root, 'templates');
const known = new Map();

/** The digest of all files below some folders and files, by path and content. */
function digestOf(paths) {
  const key = paths.join();
  if (!known.has(key)) {
    const hash = createHash('sha256');
    for (const path of paths.flatMap(filesOf))
      hash.update(relative(root, path)).update('\0').update(readFileSync(path));
    known.set(key, hash.digest('hex').slice(0, 16));
  }
  return known.get(key);
}

/** A file, or all files below a folder in a fixed order. A path that does not exist has none. */
export function filesOf(path) {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [path];
  const entries = readdirSync(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.pyc'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

const folders = (dir) =>
  readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();

/** The digest of one option, such as `tracker/mlflow`: everything in its folder. */
export const digestOfOption = (id) => digestOf([join(templates, ...id.split('/'))]);

/** Digests of the shared parts that a proof used (all parts if it lists none), and the versions of the tools. */
export function digestOfShared(parts) {
  const used = parts ?? folders(templates).filter((name) => name.startsWith('_'));
  const tools = createHash('sha256')
    .update(readFileSync(join(root, 'scripts', 'ci-tools.sh')))
    .digest('hex');
  return createHash('sha256')
    .update(digestOf([...used].sort().map((id) => join(templates, ...id.split('/')))))
    .update(tools)
    .digest('hex')
    .slice(0, 16);
}
