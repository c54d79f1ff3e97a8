import * as z from 'zod';
import type { Catalogue } from './catalogue.ts';
import { DEFAULT_ENVIRONMENTS, DEFAULT_MODELS, DEFAULT_TRUNK, OWN_REPOSITORY } from './config.ts';
import type { AnyChoice, AnyModule } from './contract.ts';
import { BRANCH, FOLDER, OWNER } from './names.ts';

const NAME = { type: 'string', pattern: '^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$' };

/** The JSON Schema (draft 2020-12) of mlops-stack.yaml, for editors and programs. */
export function configSchema(catalogue: Catalogue): Record<string, unknown> {
  const properties: Record<string, unknown> = {
    name: { ...NAME, description: 'The project; its folder and, with "_" for "-", its Python package.' },
  };
  for (const choice of catalogue.choices) properties[choice.id] = choiceSchema(choice, catalogue);
  properties['models'] = {
    description: 'The models of the repository.',
    type: 'array',
    minItems: 1,
    default: DEFAULT_MODELS,
    items: { anyOf: [NAME, modelSchema(catalogue)] },
  };
  properties['environments'] = {
    description: 'Where the system is deployed, in addition to local. The last one is guarded.',
    type: 'array',
    minItems: 1,
    uniqueItems: true,
    default: DEFAULT_ENVIRONMENTS,
    items: NAME,
  };
  properties['trunk'] = {
    description: 'The branch that is deployed. Jobs with credentials run from it only.',
    type: 'string',
    pattern: BRANCH.source,
    default: DEFAULT_TRUNK,
  };
  properties['folder'] = {
    description: 'The path of this folder in a git repository with other projects; "." if it is a git repository.',
    anyOf: [{ const: OWN_REPOSITORY }, { type: 'string', pattern: FOLDER.source }],
    default: OWN_REPOSITORY,
  };
  properties['owners'] = {
    description:
      'The users and teams who review changes, as in CODEOWNERS: @user, @organization/team or an email address.',
    type: 'array',
    items: { type: 'string', pattern: OWNER.source },
  };
  properties['unmanaged'] = {
    description: 'Globs of files that the generator never touches.',
    type: 'array',
    items: { type: 'string' },
  };
  for (const module of [...catalogue.options.values()].flat()) {
    if (Object.keys(module.settings ?? {}).length > 0)
      properties[module.id] = settingsSchema(module, properties[module.id] as { properties?: object } | undefined);
  }
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'mlops-stack.yaml',
    type: 'object',
    additionalProperties: false,
    properties,
  };
}

function choiceSchema(choice: AnyChoice, catalogue: Catalogue): Record<string, unknown> {
  const one = {
    anyOf: (catalogue.options.get(choice.id) ?? []).map((module) => ({
      const: module.id,
      description: module.summary,
    })),
  };
  const shape = choice.takes === 'many' ? { type: 'array', uniqueItems: true, items: one } : one;
  return { description: choice.question, ...shape, default: choice.default({}) };
}

function modelSchema(catalogue: Catalogue): Record<string, unknown> {
  const perModel = catalogue.choices.filter((choice) => choice.per === 'model');
  return {
    type: 'object',
    required: ['name'],
    additionalProperties: false,
    properties: {
      name: NAME,
      ...Object.fromEntries(perModel.map((choice) => [choice.id, choiceSchema(choice, catalogue)])),
    },
  };
}

function settingsSchema(module: AnyModule, known: { properties?: object } | undefined): Record<string, unknown> {
  const entries = Object.entries(module.settings ?? {}).map(([key, setting]) => {
    const { $schema: _, ...schema } = z.toJSONSchema(setting.schema as z.ZodType, { io: 'input' }) as Record<
      string,
      unknown
    >;
    return [key, { description: setting.title, ...schema }];
  });
  return {
    description: `Settings of ${module.title}.`,
    type: 'object',
    additionalProperties: false,
    properties: { ...known?.properties, ...Object.fromEntries(entries) },
  };
}
