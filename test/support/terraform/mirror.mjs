import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * A folder of Terraform's providers in the layout of a mirror, where the machine has one: no package registry brings
 * it.
 * Plain JavaScript, since .ci/run asks it too, whether what was skipped without one may be.
 * @returns {string | undefined}
 */
export function findMirror() {
  const parents = ['/opt', '/usr/share/terraform', '/usr/local/share/terraform', join(homedir(), '.terraform.d')];
  return parents
    .flatMap((parent) =>
      existsSync(parent)
        ? readdirSync(parent, { withFileTypes: true })
            .filter((entry) => entry.isDirectory())
            .map((entry) => join(parent, entry.name))
        : [],
    )
    .find((dir) => existsSync(join(dir, 'registry.terraform.io/hashicorp/aws')));
}
