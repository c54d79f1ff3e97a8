import * as z from 'zod';
import { definePart, defineSlot } from '../../../src/core/contract.ts';
import { q } from '../../../src/core/quote.ts';

declare module '../../../src/core/contract.ts' {
  interface Capabilities {
    /** The one Terraform root, into which each concern puts whole files. */
    terraformRoot: { readonly folder: string };
  }
}

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const value = z.object({ value: z.union([scalar, z.array(scalar)]), comment: z.string() });
const setting = z.object({ setting: z.string().regex(/^\w+\.\w+$/), root: z.literal('bootstrap').optional() });

/** A variable of the root in one environment; the file that declares it has its type. */
export const tfvars = defineSlot<z.infer<typeof value>>({
  id: 'tfvars',
  path: 'infra/terraform/envs/{environment}.tfvars',
  header: ['Sizes and limits of this environment. Names and places come from config/<env>.yaml.'],
  schema: value,
  sameKey: 'equal',
  owner: 'tuned',
  render: (entries) =>
    entries.map((entry) => `# ${entry.value.comment}\n${entry.key} = ${q.hcl(entry.value.value)}`).join('\n\n'),
});
/**
 * A variable of both roots, or of the administrator's (`root`), that is a setting of config/<env>.yaml, so that Python
 * and Terraform cannot differ.
 */
export const terraformSetting = defineSlot<z.infer<typeof setting>>({
  id: 'terraform-setting',
  schema: setting,
  sameKey: 'equal',
  owner: 'managed',
});
/**
 * A variable that a deployment sets and every later apply keeps, read back from the output of the same name; empty at
 * first.
 */
export const terraformKept = defineSlot<{ why: string }>({
  id: 'terraform-kept',
  schema: z.object({ why: z.string() }),
  sameKey: 'equal',
  owner: 'managed',
});
/** An argument of the backend, read from config/<env>.yaml likewise. */
export const terraformBackend = defineSlot<z.infer<typeof setting>>({
  id: 'terraform-backend',
  schema: setting,
  sameKey: 'equal',
  owner: 'managed',
});

/** What every cloud's Terraform root shares: the verbs, and how they learn the environment. */
export default definePart({
  onDemand: true,
  slots: [tfvars.slot, terraformSetting.slot, terraformBackend.slot, terraformKept.slot],
  reads: ['terraform-setting', 'terraform-backend', 'terraform-kept'],
  provides: { terraformRoot: () => ({ folder: 'infra/terraform' }) },
  contributes: () => [
    ...['.terraform/', '*.tfstate', '*.tfstate.*', '*.tfplan', 'infra/terraform/*_override.tf'].map((key) => ({
      slot: 'gitignore',
      key,
      value: { why: 'made by Terraform' },
    })),
    { slot: 'dockerignore', key: 'infra/', value: { why: 'not part of an image' } },
    // Sorts before what every stack has at the end: a check of yours at the end of the file then merges with this one.
    {
      slot: 'doctor',
      key: 'infrastructure',
      value: {
        title: 'Terraform is there, for make infra-plan',
        kind: 'version',
        value: 'terraform version >= 1.11',
        hint: 'install Terraform 1.11 or later: https://developer.hashicorp.com/terraform/install',
      },
    },
    {
      slot: 'docs',
      key: 'docs/infrastructure.md',
      value: { title: 'Infrastructure: plan, apply, destroy, and what keeps data safe' },
    },
  ],
});
