import { type Catalogue, createCatalogue, verifyDefaults } from '../core/catalogue.ts';
import { loadSource } from '../fs/modules.ts';
import { registerOwnName } from '../fs/own-name.ts';
import { builtin } from './builtin.ts';

/** The built-in modules and those of the given folders. */
export async function loadCatalogue(folders: readonly string[]): Promise<Catalogue> {
  if (folders.length > 0) registerOwnName(new URL('./api.js', import.meta.url).href);
  const extra = [];
  for (const folder of folders) extra.push(await loadSource(folder));
  const catalogue = createCatalogue(await builtin(), ...extra);
  verifyDefaults(catalogue);
  return catalogue;
}
