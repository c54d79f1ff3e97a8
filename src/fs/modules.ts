import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Source, TemplateFile } from '../core/catalogue.ts';
import { compareText } from '../core/compare.ts';
import type { AnyChoice, AnyModule, AnyPart } from '../core/contract.ts';
import { UserError } from '../core/errors.ts';

/** Tried in this order. TypeScript only if the runtime can load it. */
const EXTENSIONS = ['.ts', '.js', '.mjs'];

/**
 * Loads a folder with the layout of templates/: `<choice>/choice.ts`, `<choice>/<option>/module.ts` and
 * `_base/<concern>/part.ts`, each with its `files/` and `parts/<part>/files/`. This runs the code in the folder, so
 * only a flag can name it, and never a config file.
 */
export async function loadSource(dir: string): Promise<Source> {
  if (!existsSync(dir) || !statSync(dir).isDirectory()) throw new UserError('E-MODULES', `${dir} is not a folder.`);
  const choices: AnyChoice[] = [];
  const modules: { id: string; module: AnyModule }[] = [];
  const parts: { id: string; part: AnyPart }[] = [];
  for (const group of folders(dir)) {
    const choice = await importDefault<AnyChoice>(join(dir, group), 'choice');
    if (choice) choices.push(choice);
    for (const name of folders(join(dir, group))) {
      const place = join(dir, group, name);
      const id = `${group}/${name}`;
      const part = group === '_base' ? await importDefault<AnyPart>(place, 'part') : undefined;
      const module = group === '_base' ? undefined : await importDefault<AnyModule>(place, 'module');
      if (part) parts.push({ id, part });
      if (module) modules.push({ id, module });
    }
  }
  if (choices.length + modules.length + parts.length === 0)
    throw new UserError(
      'E-MODULES',
      `${dir} contains no module. A module would be ${join(dir, 'tracker', 'my-tracker', 'module.js')}.`,
    );
  return { choices, modules, parts, files: (partId) => listFiles(filesDir(dir, partId)), origin: dir };
}

/** `tracker/wandb` -> tracker/wandb/files, `cloud/aws#eks` -> cloud/aws/parts/eks/files. */
export function filesDir(root: string, partId: string): string {
  const [folder, part] = partId.split('#') as [string, string | undefined];
  return join(root, ...folder.split('/'), ...(part ? ['parts', part] : []), 'files');
}

const folders = (dir: string): string[] =>
  readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();

async function importDefault<T>(dir: string, name: string): Promise<T | undefined> {
  const file = EXTENSIONS.map((extension) => join(dir, name + extension)).find(existsSync);
  if (!file) return undefined;
  let found: { default?: T };
  try {
    found = (await within(SECONDS, import(pathToFileURL(file).href))) as { default?: T };
  } catch (error) {
    if (error instanceof UserError) throw error;
    const hint =
      file.endsWith('.ts') && (error as { code?: string } | null)?.code === 'ERR_UNKNOWN_FILE_EXTENSION'
        ? ` This Node.js (${process.version}) cannot load TypeScript; ship it as ${name}.js.`
        : '';
    throw new UserError(
      'E-MODULES',
      `${file} cannot be imported: ${error instanceof Error ? error.message : String(error)}.${hint}`,
    );
  }
  if (typeof found.default !== 'object' || found.default === null)
    throw new UserError('E-MODULES', `${file} has no declaration as its default export.`);
  return found.default;
}

/** A module declares data, so it loads at once. */
const SECONDS = 10;

/** Rejects if a module has not loaded in time. The timer also keeps the process alive until then. */
async function within<T>(seconds: number, loading: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it did not finish loading in ${seconds} seconds`)), seconds * 1000);
  });
  try {
    return await Promise.race([loading, late]);
  } finally {
    clearTimeout(timer);
  }
}

const cache = new Map<string, readonly TemplateFile[]>();

/** The files below a folder, sorted; empty if the folder does not exist. Binary files are bytes. */
export function listFiles(dir: string): readonly TemplateFile[] {
  let files = cache.get(dir);
  if (!files) {
    const names = existsSync(dir)
      ? (readdirSync(dir, { recursive: true, withFileTypes: true }) as import('node:fs').Dirent[])
      : [];
    files = names
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.pyc'))
      .map((entry) => fileOf(dir, join(entry.parentPath, entry.name)))
      .sort((a, b) => compareText(a.path, b.path));
    cache.set(dir, files);
  }
  return files;
}

function fileOf(dir: string, file: string): TemplateFile {
  let content: string | Uint8Array | undefined;
  return {
    path: relative(dir, file).split(sep).join('/'),
    executable: (statSync(file).mode & 0o111) !== 0,
    content: () => (content ??= decode(readFileSync(file))),
  };
}

/** Text as a string. Content that is not UTF-8 text stays bytes. */
export function decode(bytes: Buffer): string | Uint8Array {
  if (bytes.subarray(0, 8000).includes(0)) return bytes;
  const text = bytes.toString('utf8');
  return text.includes('\ufffd') ? bytes : text;
}
