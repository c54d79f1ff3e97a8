import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gunzipSync } from 'node:zlib';
import type { Source, Template, TemplateFile } from '../core/catalogue.ts';
import type { AnyModule } from '../core/contract.ts';
import { lazyModule, type Sketch } from './lazy-modules.ts';

type Stored = {
  readonly path: string;
  readonly executable: boolean;
  readonly text?: string;
  readonly base64?: string;
  /** The body of the function that EJS compiled from a template. */
  readonly code?: string;
};

type ModuleFile = { readonly default: AnyModule };
const require = createRequire(import.meta.url);
const fileOf = (id: string): string => `./modules/${id.replace('/', '.')}.js`;

/** Node.js 22.0 to 22.11 cannot load a module synchronously. */
const canLoadOnDemand = (): boolean => 'require_module' in process.features && process.features.require_module === true;

/**
 * The built-in modules, as the build bundled them: choices and shared parts in one chunk, one file for each option, and
 * the files of each part in one compressed JSON file. An option is loaded when it is used.
 */
export async function builtin(): Promise<Source> {
  const sketches = readJson('./modules.json') as readonly Sketch[];
  if (!canLoadOnDemand()) return builtinOf(sketches.map(({ id }) => id));
  const read = (id: string): AnyModule => (require(fileOf(id)) as ModuleFile).default;
  return sourceOf(sketches.map((sketch) => ({ id: sketch.id, module: lazyModule(sketch, read) })));
}

/** The same, with these options loaded. */
export const builtinOf = async (ids: readonly string[]): Promise<Source> =>
  sourceOf(
    await Promise.all(ids.map(async (id) => ({ id, module: ((await import(fileOf(id))) as ModuleFile).default }))),
  );

async function sourceOf(modules: Source['modules']): Promise<Source> {
  const { choices, parts } = await import('virtual:catalogue');
  const cache = new Map<string, readonly TemplateFile[]>();
  const read = (partId: string): readonly TemplateFile[] => {
    let files = cache.get(partId);
    if (!files) cache.set(partId, (files = readPart(partId)));
    return files;
  };
  return { choices, modules, parts, files: read, isVerified: true };
}

function readPart(partId: string): readonly TemplateFile[] {
  const file = new URL(`./parts/${partId.replaceAll('/', '.').replace('#', '.part.')}.json.gz`, import.meta.url);
  let text: string;
  try {
    text = gunzipSync(readFileSync(file)).toString('utf8');
  } catch (error) {
    // A part without files has no such file.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return (JSON.parse(text) as Stored[]).map((file) => ({
    path: file.path,
    executable: file.executable,
    content: () => contentOf(file),
  }));
}

function contentOf({ text, base64, code }: Stored): ReturnType<TemplateFile['content']> {
  if (code !== undefined) return new Function('locals', 'escapeFn', code) as Template;
  return text ?? Buffer.from(base64!, 'base64');
}

const readJson = (name: string): unknown => JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));

/** The JSON Schema of the built-in catalog. The build writes it, so that `create` loads only the chosen modules. */
export const builtinSchema = (): string => readFileSync(new URL('./schema.json', import.meta.url), 'utf8');
