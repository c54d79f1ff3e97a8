import { readFileSync } from 'node:fs';
import type { Source, Template, TemplateFile } from '../core/catalogue.ts';

type Stored = {
  readonly path: string;
  readonly executable: boolean;
  readonly text?: string;
  readonly base64?: string;
  /** The body of the function that EJS compiled from a template. */
  readonly code?: string;
};

/**
 * The built-in modules, as the build bundled them: declarations in one chunk, the files of each part in one JSON file.
 */
export async function builtin(): Promise<Source> {
  const { choices, modules, parts } = (await import('virtual:catalogue')) as Omit<Source, 'files'>;
  const cache = new Map<string, readonly TemplateFile[]>();
  const read = (partId: string): readonly TemplateFile[] => {
    let files = cache.get(partId);
    if (!files) cache.set(partId, (files = readPart(partId)));
    return files;
  };
  return { choices, modules, parts, files: read };
}

function readPart(partId: string): readonly TemplateFile[] {
  const file = new URL(`./parts/${partId.replaceAll('/', '.').replace('#', '.part.')}.json`, import.meta.url);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    // A part without files has no JSON file.
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

/** The JSON Schema of the built-in catalog. The build writes it, so that `create` loads only the chosen modules. */
export const builtinSchema = (): string => readFileSync(new URL('./schema.json', import.meta.url), 'utf8');
