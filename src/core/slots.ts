import { isDeepStrictEqual } from 'node:util';
import { stringify } from 'yaml';
import type { Catalogue } from './catalogue.ts';
import { compareText } from './compare.ts';
import type {
  AnyContribution,
  AnyPart,
  AnySlot,
  ChoiceRow,
  CoreSlots,
  LeftoverRow,
  Pin,
  PinRow,
  Project,
  PythonRange,
  SlotEntry,
} from './contract.ts';
import { PartError, UserError } from './errors.ts';
import type { Stack, StackPart } from './resolve.ts';

/** Entries of every slot, by slot id, sorted by key. */
export type SlotEntries = ReadonlyMap<string, readonly SlotEntry[]>;

/** The slots that the generator fills, with their descriptions for docs/slots.md. */
export const CORE_SLOTS: Readonly<Record<keyof CoreSlots, string>> = {
  'core.choices': 'The choices of the stack with the options in use. The key is the choice.',
  'core.pins': 'Every pinned version. The key is its name.',
  'core.python': 'The range of Python versions that all parts support, as one entry.',
  'core.leftovers': 'What the options in use leave outside the repository. The key says what.',
  'core.cost': 'The cost lines of one environment with their prices and sums. The key is the environment.',
  'core.prices': 'The prices that the cost lines use. The key is that of the price.',
};

/** Collects the contributions of every part. If two parts give different values for one key, the error names both. */
export function collectEntries(stack: Stack, catalogue: Catalogue): SlotEntries {
  const slots = new Map<string, SlotEntry[]>();
  const add = (id: string, entry: SlotEntry): void => {
    const list = slots.get(id);
    if (list) list.push(entry);
    else slots.set(id, [entry]);
  };
  for (const node of stack.parts) {
    const unknown = node.part.reads?.find((id) => !catalogue.slots.has(id) && !(id in CORE_SLOTS));
    if (unknown) throw new UserError('E-PLAN', `${node.id} reads the slot ${unknown}, which no part defines.`);
    for (const { slot: id, key, value, environment } of contributionsOf(stack, node)) {
      const slot = catalogue.slots.get(id);
      if (!slot)
        throw new UserError('E-PLAN', `${node.id} contributes ${key} to the slot ${id}, which no part defines.`);
      const parsed = slot.schema.safeParse(value);
      if (!parsed.success)
        throw new UserError(
          'E-PLAN',
          `${node.id} contributes the entry ${key} to ${id}, which does not match the schema of the slot: ` +
            `${parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('; ')}.`,
        );
      add(id, { key, value: parsed.data, from: node.id, environment, model: node.model?.name });
    }
  }
  for (const [id, entries] of slots) slots.set(id, [...merge(catalogue.slots.get(id)!, entries)]);
  const groups = slots.get(PYTHON_GROUP);
  if (groups) verifyGroups(stack, groups);
  addCoreSlots(stack, catalogue, add);
  return slots;
}

function contributionsOf(stack: Stack, node: StackPart): readonly AnyContribution[] {
  try {
    return node.part.contributes?.(contextOf(stack, node)) ?? [];
  } catch (error) {
    throw new PartError(node.id, `${node.id} cannot compute its contributions: ${(error as Error).message}`, error);
  }
}

const contextOf = (stack: Stack, node: StackPart) => ({
  project: stack.project,
  model: node.model,
  settings: node.settings,
  cap: node.cap,
});

function merge(slot: AnySlot, entries: readonly SlotEntry[]): readonly SlotEntry[] {
  const kept = new Map<string, SlotEntry>();
  const result: SlotEntry[] = [];
  for (const entry of entries) {
    const place = JSON.stringify([entry.key, entry.environment ?? null, entry.model ?? null]);
    const first = kept.get(place);
    if (first && isDeepStrictEqual(first.value, entry.value)) continue;
    if (first && slot.sameKey === 'equal') {
      throw new UserError(
        'E-PLAN',
        `${first.from} and ${entry.from} both give ${entry.key} of ${slot.id}, with different values: ` +
          `${JSON.stringify(first.value)} and ${JSON.stringify(entry.value)}.`,
      );
    }
    kept.set(place, entry);
    result.push(entry);
  }
  result.sort((a, b) => compareText(a.key, b.key) || compareText(a.model ?? '', b.model ?? ''));
  try {
    return slot.arrange?.(result) ?? result;
  } catch (error) {
    throw new UserError('E-PLAN', `Entries of the slot ${slot.id} do not fit together: ${(error as Error).message}.`);
  }
}

function addCoreSlots(stack: Stack, catalogue: Catalogue, add: (id: string, entry: SlotEntry) => void): void {
  for (const choice of catalogue.choices) {
    // Uses the order of the catalog. The order by need depends on the other choices, and a change of one choice must
    // not move unrelated lines.
    const modules = (catalogue.options.get(choice.id) ?? []).filter((module) =>
      stack.parts.some(({ part }) => part === module),
    );
    if (modules.length === 0) continue;
    const options = modules.map(({ id, title, summary, docs, home, why, watch }) => ({
      id,
      title,
      summary,
      docs,
      home: home?.replaceAll('__package__', stack.project.package),
      why,
      watch,
    }));
    add('core.choices', {
      key: choice.id,
      from: 'core',
      value: { choice: choice.id, title: choice.title, question: choice.question, options } satisfies ChoiceRow,
    });
    for (const module of modules) {
      for (const leftover of (module.leftovers ?? []).filter(({ of }) => of === undefined))
        add('core.leftovers', {
          key: leftover.what,
          from: `${choice.id}/${module.id}`,
          value: { module: module.id, ...leftover } satisfies LeftoverRow,
        });
    }
  }
  for (const pin of collectPins(stack)) add('core.pins', { key: pin.name, from: 'core', value: pin });
  const python = pythonRange(stack);
  if (python) add('core.python', { key: 'requires-python', from: 'core', value: python });
}

/** The slot whose keys are the dependency groups that a pin may name. */
const PYTHON_GROUP = 'python-group';

function verifyGroups(stack: Stack, entries: readonly SlotEntry[]): void {
  const known = new Set(entries.map(({ key }) => key));
  for (const { id, part } of stack.parts) {
    for (const [name, pins] of Object.entries((part.pins ?? {}) as Record<string, Pin | readonly Pin[]>)) {
      const unknown = ([pins].flat() as Pin[]).flatMap((pin) => pin.groups ?? []).find((group) => !known.has(group));
      if (unknown)
        throw new UserError(
          'E-PLAN',
          `${id} pins ${name} in the dependency group ${unknown}, which no part defines. ` +
            `There are ${[...known].join(', ')}.`,
        );
    }
  }
}

/** The slot whose keys are virtual environments in addition to the shared one. */
export const PYTHON_ENVIRONMENT = 'python-environment';

/** Every pin of the stack once. A package has one version in each environment; a conflict names both parts. */
export function collectPins(stack: Stack): PinRow[] {
  const rows = new Map<string, { row: PinRow; from: string }>();
  for (const { id, part } of stack.parts) {
    for (const [name, pins] of Object.entries(part.pins ?? {}) as [string, Pin | readonly Pin[]][]) {
      for (const pin of [pins].flat() as Pin[]) {
        const place = JSON.stringify([pin.kind ?? 'python', name, pin.venv ?? null, pin.marker ?? null]);
        const known = rows.get(place);
        if (known && (known.row.version !== pin.version || known.row.digest !== pin.digest)) {
          throw new UserError(
            'E-PLAN',
            `${known.from} and ${id} pin ${name} differently: ${known.row.version} and ${pin.version}. ` +
              'An environment can have only one version of a package.',
          );
        }
        const groups = [...new Set([...(known?.row.groups ?? []), ...(pin.groups ?? [])])].sort(compareText);
        const extras = [...new Set([...(known?.row.extras ?? []), ...(pin.extras ?? [])])].sort(compareText);
        rows.set(place, { row: { ...known?.row, ...pin, name, groups, extras }, from: known?.from ?? id });
      }
    }
  }
  return [...rows.values()]
    .map(({ row }) => row)
    .sort(
      (a, b) => compareText(a.name.toLowerCase(), b.name.toLowerCase()) || compareText(a.marker ?? '', b.marker ?? ''),
    );
}

/** The intersection of the Python versions that the parts declare. */
export function pythonRange(stack: Stack): PythonRange | undefined {
  const ranges = stack.parts.flatMap(({ id, part }) => (part.python ? [{ id, ...(part.python as PythonRange) }] : []));
  if (ranges.length === 0) return undefined;
  const low = ranges.reduce((a, b) => (minor(b.atLeast) > minor(a.atLeast) ? b : a));
  const high = ranges.reduce((a, b) => (minor(b.below) < minor(a.below) ? b : a));
  if (minor(low.atLeast) >= minor(high.below))
    throw new UserError(
      'E-PLAN',
      `${low.id} needs Python ${low.atLeast} or later (${low.because}), ${high.id} one before ${high.below} ` +
        `(${high.because}).`,
    );
  return { atLeast: low.atLeast, below: high.below, because: [...new Set([low.because, high.because])].join('; ') };
}

const minor = (version: string): number => Number(version.split('.')[1]);

/** Import names of all packages that the stack installs. */
export function importNames(parts: readonly { readonly part: AnyPart }[]): Set<string> {
  return new Set(
    parts.flatMap(({ part }) =>
      Object.entries((part.pins ?? {}) as Record<string, Pin | readonly Pin[]>).flatMap(([name, pins]) =>
        [pins]
          .flat()
          .flatMap((pin) => (pin.kind && pin.kind !== 'python' ? [] : (pin.imports ?? [name.replaceAll('-', '_')]))),
      ),
    ),
  );
}

function bodyOf(slot: AnySlot, entries: readonly SlotEntry[], project: Project, pins: readonly PinRow[]): string {
  if (slot.render) return slot.render(entries, project, pins);
  if (slot.format === 'dotenv') return dotenv(entries);
  return slot.format === 'yaml' ? nested(entries) : lines(entries);
}

/** The text of a slot that is written to a file. */
export function emitSlot(
  slot: AnySlot,
  entries: readonly SlotEntry[],
  project: Project,
  pins: readonly PinRow[] = [],
): string {
  const header = (slot.header ?? []).map((line) => (line ? `# ${line}` : '#'));
  const body = bodyOf(slot, entries, project, pins);
  return [...header, ...(header.length > 0 ? [''] : []), body.trimEnd(), ''].join('\n');
}

/** One key per line, grouped under their shared reason. */
function lines(entries: readonly SlotEntry[]): string {
  const groups = new Map<string, string[]>();
  for (const { key, value } of entries) {
    const why = (value as { why?: string }).why ?? '';
    groups.set(why, [...(groups.get(why) ?? []), key]);
  }
  return [...groups].map(([why, keys]) => [...(why ? [`# ${why}`] : []), ...keys].join('\n')).join('\n\n');
}

function dotenv(entries: readonly SlotEntry[]): string {
  return entries
    .map(({ key, value }) => ({ key, ...(value as { default: string; comment: string }) }))
    .map((row) => `# ${row.comment}\n${row.key}=${row.default}`)
    .join('\n\n');
}

/** Dotted keys as a YAML document. */
function nested(entries: readonly SlotEntry[]): string {
  const root: Record<string, unknown> = {};
  for (const { key, value } of entries) {
    const path = key.split('.');
    let target = root;
    for (const step of path.slice(0, -1)) target = (target[step] ??= {}) as Record<string, unknown>;
    target[path.at(-1)!] = value;
  }
  return stringify(root, { lineWidth: 0, compat: 'yaml-1.1' });
}

/** The entries of one environment: an entry for that environment overrides the one for all. */
export function forEnvironment(entries: readonly SlotEntry[], environment: string): SlotEntry[] {
  const own = new Set(entries.filter((entry) => entry.environment === environment).map((entry) => entry.key));
  return entries.filter(
    (entry) => entry.environment === environment || (entry.environment === undefined && !own.has(entry.key)),
  );
}
