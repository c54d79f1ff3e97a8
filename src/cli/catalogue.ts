import { type Catalogue, createCatalogue, verifyDefaults } from '../core/catalogue.ts';
import { loadSource } from '../fs/modules.ts';
import { builtin } from './builtin.ts';

/** The built-in modules and those of the given folders. */
export async function loadCatalogue(folders: readonly string[]): Promise<Catalogue> {
  const extra = [];
  for (const folder of folders) extra.push(await loadSource(folder));
  const catalogue = createCatalogue(await builtin(), ...extra);
  verifyDefaults(catalogue);
  return catalogue;
}
