import { dirname, join } from 'node:path';
import { type Catalogue, createCatalogue, type Source } from '../../src/core/catalogue.ts';
import { type Plan, planFiles } from '../../src/core/plan.ts';
import { type Rendered, renderPlan } from '../../src/core/render.ts';
import { filesDir, listFiles } from '../../src/fs/modules.ts';

export const TEMPLATES = join(import.meta.dirname, '../../templates');

/**
 * Proofs are the tests of this project's templates. They are in `proofs/`, next to the `files/` of a part, with the
 * same tokens and the same target paths. They are neither generated for users nor part of the npm package. The tests of
 * this project add the proofs of a repository before they run its tests.
 */

/** The same modules, with the files of `proofs/` instead of those of `files/`. */
export const proofCatalogue = (source: Source): Catalogue =>
  createCatalogue({
    ...source,
    files: (partId) => listFiles(join(dirname(filesDir(TEMPLATES, partId)), 'proofs')),
  });

/** The proofs of a planned stack: path in the repository -> content. */
export function renderProofs(plan: Plan, proofs: Catalogue): Rendered {
  const planned = planFiles(plan.stack, proofs);
  return renderPlan({ ...planned, files: planned.files.filter(({ kind }) => kind !== 'slot') });
}
