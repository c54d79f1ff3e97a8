import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ejs from 'ejs';
import { helpText } from './cli/args.ts';
import { builtinOf } from './cli/builtin.ts';
import { sketchOf } from './cli/lazy-modules.ts';
import { createCatalogue } from './core/catalogue.ts';
import { TEMPLATE_OPTIONS } from './core/render.ts';
import { configSchema } from './core/schema.ts';

/** Used only by the build: writes files that the command would otherwise compute at each start. */
export async function writeStatics(dist: string, moduleIds: readonly string[]): Promise<void> {
  const source = await builtinOf(moduleIds);
  const catalogue = createCatalogue({ ...source, isVerified: false });
  const sketches = source.modules.map(({ id, module }) => sketchOf(id, module));
  writeFileSync(join(dist, 'modules.json'), JSON.stringify(sketches));
  writeFileSync(join(dist, 'schema.json'), `${JSON.stringify(configSchema(catalogue), null, 2)}\n`);
  writeFileSync(join(dist, 'help.txt'), helpText(catalogue));
}

/** The body of a template's function. Compiling templates would take a tenth of the time of `create`. */
export function templateCode(text: string): string {
  const template = new ejs.Template(text, { ...TEMPLATE_OPTIONS, compileDebug: false });
  template.compile();
  return `"use strict";\n${template.source}`;
}
