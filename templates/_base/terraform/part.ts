import * as z from 'zod';
import { type Contribution, definePart, defineSlot } from '../../../src/core/contract.ts';
import { q } from '../../../src/core/quote.ts';

declare module '../../../src/core/contract.ts' {
  interface Slots {
    tfvars: { value: HclValue | HclValue[]; comment: string };
    'terraform-setting': SettingRef;
    'terraform-kept': { why: string };
    'terraform-remains': { why: string };
    'terraform-backend': SettingRef;
  }
  interface Capabilities {
    /** The Terraform root, to which each concern adds complete files. */
    terraformRoot: { readonly folder: string /** The make target that checks it. */; readonly check: string };
  }
}

export type HclValue = string | number | boolean;
const scalar = z.union([z.string(), z.number(), z.boolean()]);
const value = z.object({ value: z.union([scalar, z.array(scalar)]), comment: z.string() });
/**
 * A setting of config/<env>.yaml, as `section.name`. `store`: the address of the resource in infra/bootstrap that has
 * this name, if it is the store of the state.
 */
export type SettingRef = { setting: string; root?: 'bootstrap' | undefined; store?: string | undefined };
const setting = z.object({
  setting: z.string().regex(/^\w+\.\w+$/),
  root: z.literal('bootstrap').optional(),
  store: z
    .string()
    .regex(/^\w+\.\w+$/)
    .optional(),
});

export const tfvars = defineSlot({
  id: 'tfvars',
  meaning:
    'A Terraform variable of an environment. The key is its name. The file that declares the variable has its type.',
  path: 'infra/terraform/envs/{environment}.tfvars',
  header: ['Sizes and limits of this environment. Names and locations come from config/<env>.yaml.'],
  schema: value,
  sameKey: 'equal',
  owner: 'tuned',
  render: (entries) =>
    entries.map((entry) => `# ${entry.value.comment}\n${entry.key} = ${q.hcl(entry.value.value)}`).join('\n\n'),
});
export const terraformSetting = defineSlot({
  id: 'terraform-setting',
  meaning:
    'A Terraform variable whose value is a setting of `config/<environment>.yaml`, ' +
    'so that Python and Terraform use the same value. With `root` only the bootstrap root has it.',
  schema: setting,
  sameKey: 'equal',
  owner: 'managed',
});
export const terraformKept = defineSlot({
  id: 'terraform-kept',
  meaning:
    'A Terraform variable that a deployment sets and that later applies keep, read from the output of the same name.',
  schema: z.object({ why: z.string() }),
  sameKey: 'equal',
  owner: 'managed',
});
export const terraformRemains = defineSlot({
  id: 'terraform-remains',
  meaning:
    'A resource that remains when the last environment is destroyed. The key is its address. ' +
    '`why` continues the sentence "<address> remains: …".',
  schema: z.object({ why: z.string() }),
  sameKey: 'equal',
  owner: 'managed',
});
export const terraformBackend = defineSlot({
  id: 'terraform-backend',
  meaning:
    'An argument of the Terraform backend whose value is a setting of `config/<environment>.yaml`. ' +
    'The key is its name.',
  schema: setting,
  sameKey: 'equal',
  owner: 'managed',
});

/** The shared part of every cloud's Terraform root: the Make targets, and how they get the environment. */
export default definePart({
  onDemand: true,
  slots: [tfvars.slot, terraformSetting.slot, terraformBackend.slot, terraformKept.slot, terraformRemains.slot],
  reads: ['terraform-setting', 'terraform-backend', 'terraform-kept', 'terraform-remains'],
  provides: { terraformRoot: () => ({ folder: 'infra/terraform', check: 'infra-check' }) },
  contributes: () => [
    ...['.terraform/', '*.tfstate', '*.tfstate.*', '*.tfplan', 'infra/terraform/*_override.tf'].map(
      (key): Contribution => ({
        slot: 'gitignore',
        key,
        value: { why: 'created by Terraform' },
      }),
    ),
    { slot: 'dockerignore', key: 'infra/', value: { why: 'not part of an image' } },
    // Sorts before the last check of every stack: a check that you append to the file then merges with this one.
    {
      slot: 'doctor',
      key: 'infrastructure',
      value: {
        title: 'Terraform is installed, for make infra-plan',
        kind: 'version',
        value: 'terraform version >= 1.11',
        hint: 'install Terraform 1.11 or later: https://developer.hashicorp.com/terraform/install',
      },
    },
    {
      slot: 'docs',
      key: 'docs/infrastructure.md',
      value: { title: 'Infrastructure: plan, apply and destroy' },
    },
  ],
});
