import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/**
 * The structure of `terraform providers schema -json`, reduced to the fields in use.
 * https://developer.hashicorp.com/terraform/cli/commands/providers/schema
 */
export type SchemaAttribute = {
  readonly type?: unknown;
  readonly nested_type?: {
    readonly attributes: Readonly<Record<string, SchemaAttribute>>;
    readonly nesting_mode: string;
  };
  readonly required?: boolean;
  readonly optional?: boolean;
  readonly computed?: boolean;
  readonly sensitive?: boolean;
  readonly deprecated?: boolean;
  readonly write_only?: boolean;
};
export type SchemaBlock = {
  readonly attributes?: Readonly<Record<string, SchemaAttribute>>;
  readonly block_types?: Readonly<
    Record<
      string,
      {
        readonly block: SchemaBlock;
        readonly nesting_mode: string;
        readonly min_items?: number;
        readonly max_items?: number;
      }
    >
  >;
  readonly deprecated?: boolean;
};
export type Schema = { readonly version?: number; readonly block: SchemaBlock };
export type ProviderSchema = {
  readonly provider?: Schema;
  readonly resource_schemas: Readonly<Record<string, Schema>>;
  readonly data_source_schemas: Readonly<Record<string, Schema>>;
  readonly ephemeral_resource_schemas?: Readonly<Record<string, Schema>>;
};

export const PROVIDER = 'registry.terraform.io/hashicorp/aws';
const FILE = join(import.meta.dirname, '../../schemas/terraform/aws-6.66.0.json.gz');

let schema: ProviderSchema | undefined;

/** The schema of the AWS provider. It is 13 MB of JSON, so it is read only on first use. */
export function providerSchema(): ProviderSchema {
  schema ??= (
    JSON.parse(gunzipSync(readFileSync(FILE)).toString('utf8')) as { provider_schemas: Record<string, ProviderSchema> }
  ).provider_schemas[PROVIDER]!;
  return schema;
}
