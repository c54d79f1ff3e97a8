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
/** The dataclasses of a Python file by name, and the sections that it reads, as `section("name", Class)`. */
const pythonOf = memo((text) => ({
  classes: new Map(
    [...text.matchAll(/^@dataclass\b[^\n]*\nclass (\w+)[^\n]*:\n((?:(?: {4}[^\n]*)?\n)+)/gm)].map(
      ([, name, body]): [string, Section] => {
        const fields = [...body!.replace(/"""[\s\S]*?"""/, '').matchAll(/^ {4}(\w+): [^=\n]+?( = [^\n]+)?$/gm)];
        return [
          name!,
          {
            fields: fields.map(([, field]) => field!),
            required: fields.filter(([, , value]) => value === undefined).map(([, field]) => field!),
          },
        ];
      },
    ),
  ),
  reads: [...text.matchAll(/\bsection\("(\w+)", (\w+)\)/g)].map(([, section, kind]) => ({
    section: section!,
    kind: kind!,
  })),
}));

/**
 * A settings section has a `config` key, in at least one environment, for each field without a default, and no key that
 * is not a field.
 */
const settingsCheck: StackCheck = {
  name: 'settings',
  find: (stack) => {
    const files = [...stack.files.values()].filter(({ path }) => /\.py$/.test(path) && /^(src|pipelines)\//.test(path));
    const code = files.map((file) => ({ path: file.path, ...pythonOf(file)! }));
    const classes = new Map(code.flatMap((file) => [...file.classes]));
    const config = entriesOf(stack, 'config').map(({ key }) => key);
    return code.flatMap(({ path, reads, classes: own }) =>
      reads.flatMap(({ section, kind }): Fault[] => {
        const shape = own.get(kind) ?? classes.get(kind);
        if (!shape) return [];
        const keys = new Set(
          config.filter((key) => key.startsWith(`${section}.`)).map((key) => key.slice(section.length + 1)),
        );
        return [
          ...shape.required
            .filter((field) => !keys.has(field))
            .map((field) => `needs ${section}.${field}, which no part contributes to the slot config`),
          ...[...keys]
            .filter((key) => !shape.fields.includes(key))
            .map((key) => `has no field for ${section}.${key}, which is in the slot config`),
        ].map((message) => ({ path, message }));
      }),
    );
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
