import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Returns a folder of Terraform providers in the layout of a mirror, if the computer has one. No package registry
 * offers them. Plain JavaScript, because .ci/run also calls it to decide whether tests may be skipped.
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
