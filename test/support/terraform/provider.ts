import { join } from 'node:path';
import { loadPackageDefinition, Server, ServerCredentials, type ServiceClientConstructor } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { PROVIDER, providerSchema, type Schema, type SchemaAttribute, type SchemaBlock } from './schema.ts';

/**
 * A provider that has only the schema of the real one, so that Terraform can validate files and run tests with mocks
 * without the real provider. Terraform finds it through TF_REATTACH_PROVIDERS.
 */
export type StandIn = { readonly env: Readonly<Record<string, string>>; readonly stop: () => void };

const OPTIONS = { keepCase: true, longs: Number, enums: String, defaults: true } as const;
type Calls = { readonly [service: string]: ServiceClientConstructor };

const packageOf = (file: string): unknown => loadPackageDefinition(loadSync(join(import.meta.dirname, file), OPTIONS));
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const rows = <T, R>(table: Readonly<Record<string, T>> | undefined, row: (name: string, value: T) => R): R[] =>
  Object.entries(table ?? {}).map(([name, value]) => row(name, value));

const attribute = (name: string, { type, nested_type: nested, ...flags }: SchemaAttribute): object => ({
  ...flags,
  name,
  ...(nested
    ? { nested_type: { attributes: rows(nested.attributes, attribute), nesting: nested.nesting_mode.toUpperCase() } }
    : { type: json(type) }),
});
const block = ({ attributes, block_types: blocks, deprecated }: SchemaBlock): object => ({
  attributes: rows(attributes, attribute),
  block_types: rows(blocks, (name, nested) => ({
    ...nested,
    type_name: name,
    block: block(nested.block),
    nesting: nested.nesting_mode.toUpperCase(),
  })),
  deprecated,
});
const schema = (value: Schema | undefined): object => ({
  version: value?.version ?? 0,
  block: block(value?.block ?? {}),
});
const schemas = (table: Readonly<Record<string, Schema>> | undefined): object =>
  Object.fromEntries(rows(table, (name, value) => [name, schema(value)]));

/**
 * Listens on a free port of the loopback device until it is stopped. `used` contains the types that it must know;
 * without it, all types. Terraform requests the whole schema many times, and the full schema has 13 MB.
 */
export async function startStandIn(used: (type: string) => boolean = () => true): Promise<StandIn> {
  const known = providerSchema();
  const some = (table: Readonly<Record<string, Schema>> | undefined): object =>
    schemas(Object.fromEntries(Object.entries(table ?? {}).filter(([type]) => used(type))));
  const answer = {
    provider: schema(known.provider),
    resource_schemas: some(known.resource_schemas),
    data_source_schemas: some(known.data_source_schemas),
    ephemeral_resource_schemas: some(known.ephemeral_resource_schemas),
  };
  type Reply = (error: null, value: object) => void;
  const valid = (_: unknown, reply: Reply): void => reply(null, { diagnostics: [] });
  const server = new Server({ 'grpc.max_send_message_length': -1 });
  server.addService((packageOf('provider.proto') as { tfplugin6: Calls }).tfplugin6['Provider']!.service, {
    GetProviderSchema: (_: unknown, reply: Reply) => reply(null, answer),
    ValidateProviderConfig: valid,
    ValidateResourceConfig: valid,
    ValidateDataResourceConfig: valid,
    ValidateEphemeralResourceConfig: valid,
    StopProvider: (_: unknown, reply: Reply) => reply(null, { Error: '' }),
  });
  server.addService(
    (packageOf('health.proto') as { grpc: { health: { v1: Calls } } }).grpc.health.v1['Health']!.service,
    { Check: (_: unknown, reply: Reply) => reply(null, { status: 'SERVING' }) },
  );
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  const place = {
    Protocol: 'grpc',
    ProtocolVersion: 6,
    Pid: process.pid,
    Test: true,
    Addr: { Network: 'tcp', String: `127.0.0.1:${port}` },
  };
  return { env: { TF_REATTACH_PROVIDERS: JSON.stringify({ [PROVIDER]: place }) }, stop: () => server.forceShutdown() };
}
