import { describe, expect, it } from 'vitest';
import { unknownKeys } from '../support/checks/hcl.ts';
import { providerSchema, type SchemaAttribute, type SchemaBlock } from '../support/terraform/schema.ts';

/**
 * Terraform silently drops unknown keys inside an object. The check of this project reports them. The test covers every
 * attribute of the provider that is an object, at any depth, with one existing and one unknown key.
 */

/** The blocks and attributes around the object, from the outside to the inside, and one of its keys. */
type Place = { readonly path: readonly string[]; readonly wrap: (item: Body) => Body; readonly known: string };
type Body = Record<string, unknown>;

function inAttribute(
  key: string,
  { nested_type: nested, type, ...attribute }: SchemaAttribute,
  hold: (value: unknown) => Body,
  path: readonly string[],
): Place[] {
  // Configurations do not set values that only the provider sets.
  if (!attribute.optional && !attribute.required) return [];
  const inside = (value: unknown): Body => hold({ [key]: value });
  if (!nested) return inType(type, inside, [...path, key]);
  const wrap = (item: Body): Body => {
    if (nested.nesting_mode === 'map') return inside({ one: item });
    return inside(nested.nesting_mode === 'single' ? item : [item]);
  };
  return [
    { path: [...path, key], wrap, known: Object.keys(nested.attributes)[0]! },
    ...Object.entries(nested.attributes).flatMap(([name, inner]) =>
      inAttribute(name, inner, (value) => wrap(value as Body), [...path, key]),
    ),
  ];
}

function inType(type: unknown, hold: (value: unknown) => Body, path: readonly string[]): Place[] {
  if (!Array.isArray(type)) return [];
  const [kind, of] = type as [string, Readonly<Record<string, unknown>>];
  if (kind !== 'object') return inType(of, (value) => hold(kind === 'map' ? { one: value } : [value]), path);
  return [
    { path, wrap: hold, known: Object.keys(of)[0]! },
    ...Object.entries(of).flatMap(([name, inner]) =>
      inType(inner, (value) => hold({ [name]: value }), [...path, name]),
    ),
  ];
}

const inBlock = (block: SchemaBlock, hold: (body: Body) => Body, path: readonly string[]): Place[] => [
  ...Object.entries(block.attributes ?? {}).flatMap(([key, attribute]) =>
    inAttribute(key, attribute, (value) => hold(value as Body), path),
  ),
  ...Object.entries(block.block_types ?? {}).flatMap(([key, nested]) =>
    inBlock(nested.block, (body) => hold({ [key]: [body] }), [...path, key]),
  ),
];

const KINDS = { resource: 'resource_schemas', data: 'data_source_schemas' } as const;

describe('the check of object keys in HCL', () => {
  it('finds an unknown key at every place where Terraform ignores it, and nowhere else', () => {
    const missed: string[] = [];
    const places = { resource: 0, data: 0 };
    for (const kind of ['resource', 'data'] as const) {
      for (const [type, schema] of Object.entries(providerSchema()[KINDS[kind]])) {
        for (const { path, wrap, known } of inBlock(schema.block, (body) => body, [])) {
          places[kind] += 1;
          const ask = (key: string): string[] =>
            unknownKeys({ [kind]: { [type]: { planted: [wrap({ [key]: '${x}' })] } } });
          const where = `${type}.planted.${path.join('.')}`;
          if (ask('planted_key').join() !== `${where}.planted_key does not exist; Terraform would drop it in silence`)
            missed.push(where);
          if (ask(known).length > 0) missed.push(`${where}, where ${known} is known`);
        }
      }
    }
    expect(missed.slice(0, 20)).toEqual([]);
    expect(places.resource).toBeGreaterThan(50);
    console.log(`  objects in HCL: ${places.resource} places in resources, ${places.data} in data sources`);
  });

  it('accepts an expression whose keys only Terraform knows', () => {
    expect(
      unknownKeys({
        resource: { aws_dynamodb_global_secondary_index: { one: [{ warm_throughput: '${var.throughput}' }] } },
      }),
    ).toEqual([]);
  });
});
