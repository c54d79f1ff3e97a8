import { parse } from '@cdktn/hcl2json';
import { providerSchema, type SchemaAttribute, type SchemaBlock } from '../terraform/schema.ts';
import type { BatchCheck, BatchFault } from './check.ts';

/**
 * Parses HCL with HashiCorp's parser, and reports an error that Terraform ignores: it drops unknown keys of attributes
 * that are objects. The end-to-end tests check all other rules of resources with `terraform validate`.
 */
export function hclCheck(): BatchCheck {
  const files = new Map<number, Pick<BatchFault, 'file' | 'stack'>>();
  return {
    name: 'hcl',
    add: (stack) => {
      for (const file of stack.files.values())
        if (/\.(tf|tfvars|hcl)$/.test(file.path) && !files.has(file.content.id))
          files.set(file.content.id, { file, stack: stack.label });
    },
    finish: async () => {
      const faults: BatchFault[] = [];
      for (const place of files.values()) {
        for (const message of await faultsOf(place.file.path, place.file.content.text!))
          faults.push({ ...place, message });
      }
      return { faults };
    },
  };
}

type Body = Record<string, unknown>;

async function faultsOf(path: string, text: string): Promise<string[]> {
  try {
    const root = await parse(path, text);
    return path.endsWith('.tf')
      ? [...unknownKeys(root), ...(path.startsWith('infra/terraform/') ? unboundedRoles(root) : [])]
      : [];
  } catch (error) {
    return [String((error as Error).message ?? error)];
  }
}

/** Roles that CI could not create: the bootstrap permits only roles that cannot exceed the boundary. */
function unboundedRoles(root: Body): string[] {
  const roles = ((root['resource'] ?? {}) as Record<string, Record<string, Body[]>>)['aws_iam_role'] ?? {};
  return Object.entries(roles)
    .filter(([, bodies]) => bodies.some((body) => body['permissions_boundary'] !== '${local.boundary}'))
    .map(([name]) => `aws_iam_role.${name} has no permissions_boundary = local.boundary`);
}

/** Checks resources and data sources against the schema of their type: keys of attributes that are objects. */
export function unknownKeys(root: Body): string[] {
  return (['resource', 'data'] as const).flatMap((kind) =>
    Object.entries((root[kind] ?? {}) as Record<string, Record<string, Body[]>>).flatMap(([type, named]) => {
      const schema = providerSchema()[kind === 'data' ? 'data_source_schemas' : 'resource_schemas'][type];
      if (!schema) return [`${type} is no ${kind === 'data' ? 'data source' : 'resource'} of the provider`];
      return Object.entries(named).flatMap(([name, bodies]) =>
        bodies.flatMap((body) => inBlock(schema.block, body, `${type}.${name}`)),
      );
    }),
  );
}

function inBlock(block: SchemaBlock, body: Body, where: string): string[] {
  return Object.entries(body).flatMap(([key, value]) => {
    const nested = block.block_types?.[key];
    if (nested) return list(value).flatMap((item) => inBlock(nested.block, item, `${where}.${key}`));
    const attribute = block.attributes?.[key];
    return attribute ? inAttribute(attribute, value, `${where}.${key}`) : [];
  });
}

/** An attribute can be an object by its own schema, or by its type. */
function inAttribute({ nested_type: nested, type }: SchemaAttribute, value: unknown, where: string): string[] {
  if (!nested) return inType(type, value, where);
  const items = nested.nesting_mode === 'map' ? list(value).flatMap((item) => list(Object.values(item))) : list(value);
  return items.flatMap((item) =>
    keysOf(
      item,
      where,
      (key) => nested.attributes[key],
      (attribute, inner, place) => inAttribute(attribute, inner, place),
    ),
  );
}

/** A type in the notation of Terraform: `["list", ["object", {"key": "string"}]]`. */
function inType(type: unknown, value: unknown, where: string): string[] {
  if (!Array.isArray(type)) return [];
  const [kind, of] = type as [string, Readonly<Record<string, unknown>>];
  if (kind === 'object') return list(value).flatMap((item) => keysOf(item, where, (key) => of[key], inType));
  return (kind === 'map' ? list(value).flatMap((item) => Object.values(item)) : [value].flat()).flatMap((item) =>
    inType(of, item, where),
  );
}

function keysOf<T>(
  item: Body,
  where: string,
  known: (key: string) => T | undefined,
  inside: (found: T, value: unknown, where: string) => string[],
): string[] {
  return Object.entries(item).flatMap(([key, value]) => {
    const found = known(key);
    return found === undefined
      ? [`${where}.${key} does not exist; Terraform would drop it in silence`]
      : inside(found, value, `${where}.${key}`);
  });
}

/** An expression is text here, and its keys are unknown. */
const list = (value: unknown): Body[] =>
  [value].flat().filter((item): item is Body => typeof item === 'object' && item !== null);
