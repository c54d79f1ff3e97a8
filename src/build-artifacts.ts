import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { helpText } from './cli/args.ts';
import { builtin } from './cli/builtin.ts';
import { createCatalogue } from './core/catalogue.ts';
import { configSchema } from './core/schema.ts';

/** Used by the build alone: writes what the command would otherwise compute at each start. */
export async function writeStatics(dist: string): Promise<void> {
  const catalogue = createCatalogue(await builtin());
  writeFileSync(join(dist, 'schema.json'), `${JSON.stringify(configSchema(catalogue), null, 2)}\n`);
  writeFileSync(join(dist, 'help.txt'), helpText(catalogue));
}
