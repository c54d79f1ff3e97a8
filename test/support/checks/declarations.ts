import type { Catalogue } from '../../../src/core/catalogue.ts';
import type { AnyModule, SlotEntry } from '../../../src/core/contract.ts';
import type { StackPart } from '../../../src/core/resolve.ts';
import type { Stack } from '../stacks.ts';
import { type Fault, memo, type StackCheck } from './check.ts';

/** Compares the declarations of a module with the requirements of its choice and with its code. */

const fault = (part: { readonly id: string }, message: string): Fault => ({
  path: '',
  message: `${part.id} ${message}`,
});
const entriesOf = ({ plan }: Stack, slot: string): readonly SlotEntry<any>[] => plan.slots.get(slot) ?? [];
/** `cloud/aws#ci` belongs to `cloud/aws`. */
const moduleOf = (part: string): string => part.split('#')[0]!;

export const OWED = 'owed slots';

/** Each option contributes to every owed slot of its choice, or is exempt with a reason. */
export const owedCheck = (catalogue: Catalogue): StackCheck => {
  const choices = new Map(catalogue.choices.map((choice) => [choice.id, choice]));
  return {
    name: OWED,
    find: (stack) =>
      stack.plan.stack.parts
        .filter(({ part, module }) => part === module)
        .flatMap((node) => owed(node as StackPart & { module: AnyModule }, stack)),
  };

  function owed(node: StackPart & { readonly module: AnyModule }, stack: Stack): Fault[] {
    const { module, id } = node;
    return (choices.get(module.choice)?.owes ?? []).flatMap((owes): Fault[] => {
      const slots = [owes].flat();
      const has = slots.some((slot) =>
        slot === 'leftovers'
          ? (module.leftovers ?? []).length > 0
          : entriesOf(stack, slot).some(({ from }) => moduleOf(from) === id),
      );
      const reason = module.exempt?.[slots[0]!];
      if (!has && !reason) return [fault(node, `has no ${slots.join(' or ')}, which each ${module.choice} owes`)];
      return has && reason ? [fault(node, `is exempt from ${slots[0]}, which it has`)] : [];
    });
  }
};

/** Each secret environment variable is also a `secret` or `ci-secret`, or is local with a reason. */
const secretCheck: StackCheck = {
  name: 'secrets',
  find: (stack) => {
    const known = new Set(['secret', 'ci-secret'].flatMap((slot) => entriesOf(stack, slot).map(({ key }) => key)));
    return entriesOf(stack, 'env')
      .filter(({ key, value }) => value.secret && !value.localBecause && !known.has(key))
      .map(({ key, from }) =>
        fault({ id: from }, `has the secret variable ${key} without an entry of the slot secret`),
      );
  },
};

type Section = { readonly required: readonly string[]; readonly fields: readonly string[] };
/** The fields of the struct of a section file. */
const sectionOf = memo((text): Section => {
  const body = /^class \w+\(msgspec\.Struct\b[^\n]*:\n((?:(?: {4}[^\n]*)?\n)+)/m.exec(text)?.[1] ?? '';
  const fields = [...body.replace(/"""[\s\S]*?"""/, '').matchAll(/^ {4}(\w+): [^=\n]+?( = [^\n]+)?$/gm)];
  return {
    fields: fields.map(([, field]) => field!),
    required: fields.filter(([, , value]) => value === undefined).map(([, field]) => field!),
  };
});

/**
 * A settings section has a file, a `config` key in at least one environment for each field without a default, and no
 * key that is not a field.
 */
const settingsCheck: StackCheck = {
  name: 'settings',
  find: (stack) => {
    const sections = new Map(
      [...stack.files.values()].flatMap((file) => {
        const name = /^src\/\w+\/platform\/sections\/(\w+)\.py$/.exec(file.path)?.[1];
        return name === undefined || name === '__init__'
          ? []
          : [[name, { path: file.path, ...sectionOf(file)! }] as const];
      }),
    );
    const keys = [...new Set(entriesOf(stack, 'config').map(({ key }) => key))];
    const missing = [...sections].flatMap(([name, { path, required }]) =>
      required
        .filter((field) => !keys.includes(`${name}.${field}`))
        .map((field) => ({ path, message: `needs ${name}.${field}, which no part contributes to the slot config` })),
    );
    const unknown = keys.flatMap((key): Fault[] => {
      const [name = '', field = ''] = key.split('.');
      const section = sections.get(name);
      if (section === undefined)
        return [{ path: 'config', message: `no file platform/sections/${name}.py declares ${key}` }];
      if (section.fields.includes(field)) return [];
      return [{ path: section.path, message: `has no field for ${key}, which is in the slot config` }];
    });
    return [...missing, ...unknown];
  },
};

const PLACEHOLDER =
  /^https?:\/\/(?:[\w-]+\.)*(?:example(?:\.(?:com|org|net))?|invalid|test|localhost)(?:[:/]|$)|[<>{}\s]|\bTODO\b/i;

/** The address of a tool's documentation is a well-formed URL. The check does not request it. */
const addressCheck: StackCheck = {
  name: 'addresses',
  find: (stack) =>
    stack.plan.stack.parts.flatMap((node) => {
      const { part, module } = node;
      if (part !== module) return [];
      const isAddress = /^https:\/\/[\w-]+(?:\.[\w-]+)+(?:\/\S*)?$/.test(module.docs) && !PLACEHOLDER.test(module.docs);
      return isAddress ? [] : [fault(node, `has ${JSON.stringify(module.docs)} as the address of its documentation`)];
    }),
};

export const DECLARATION_CHECKS: readonly StackCheck[] = [secretCheck, settingsCheck, addressCheck];
/** The names of all checks of this file. */
export const DECLARATIONS: readonly string[] = [OWED, ...DECLARATION_CHECKS.map(({ name }) => name)];
