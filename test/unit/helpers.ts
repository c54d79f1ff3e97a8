import { type Catalogue, createCatalogue, type TemplateFile } from '../../src/core/catalogue.ts';
import { readConfig } from '../../src/core/config.ts';
import type { AnyChoice, AnyModule, AnyPart } from '../../src/core/contract.ts';
import { UserError } from '../../src/core/errors.ts';
import { type Given, readGiven } from '../../src/core/input.ts';
import { type Plan, planFiles } from '../../src/core/plan.ts';
import { verifyStack } from '../../src/core/suggest-fix.ts';

/** Small catalogs in memory, so that a test shows all of its inputs. */

export const choice = (id: string, more: Partial<AnyChoice> = {}): AnyChoice => ({
  id,
  title: id,
  question: `${id}?`,
  group: 'Group',
  order: 1,
  asked: 'first',
  takes: 'one',
  per: 'project',
  contract: [],
  default: () => 'plain',
  ...more,
});
export const option = (
  place: `${string}/${string}`,
  more: Partial<AnyModule> = {},
): { id: string; module: AnyModule } => {
  const [folder, id] = place.split('/') as [string, string];
  return {
    id: place,
    module: {
      choice: folder,
      id,
      title: id,
      summary: `${id}.`,
      docs: 'https://example.com',
      status: 'active',
      traces: [],
      ...more,
    },
  };
};
export const part = (id: string, value: AnyPart): { id: string; part: AnyPart } => ({ id, part: value });
export const file = (path: string, content: string | Uint8Array, executable = false): TemplateFile => ({
  path,
  executable,
  content: () => content,
});

type Small = {
  choices?: AnyChoice[];
  modules?: { id: string; module: AnyModule }[];
  parts?: { id: string; part: AnyPart }[];
  files?: Readonly<Record<string, TemplateFile[]>>;
};
export const catalogueOf = ({ choices = [], modules = [], parts = [], files = {} }: Small): Catalogue =>
  createCatalogue({ choices, modules, parts, files: (id) => files[id] ?? [] });

/** The input of `--set` flags and a file. */
export const given = (catalogue: Catalogue, text?: string, flags: Readonly<Record<string, string>> = {}): Given =>
  readGiven(
    text === undefined ? undefined : { path: 'c.yaml', text },
    Object.entries(flags).map(([key, value]) => ({ key, text: value, flag: `--set ${key}` })),
    catalogue.choices,
  );

export function planOf(catalogue: Catalogue, flags: Readonly<Record<string, string>> = {}): Plan {
  const { config } = readConfig(given(catalogue, undefined, flags), catalogue, 'demo');
  return planFiles(verifyStack(config, catalogue), catalogue);
}

/** The error that a function throws. */
export function refusal(action: () => unknown): UserError {
  try {
    action();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
