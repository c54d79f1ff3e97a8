import picomatch from 'picomatch';
import type { Catalogue, TemplateFile } from './catalogue.ts';
import { compareText } from './compare.ts';
import { LOCAL } from './config.ts';
import type { AnySlot, Owner, SlotEntry } from './contract.ts';
import { costSlots } from './cost.ts';
import { UserError } from './errors.ts';
import { whyUnsafePath } from './paths.ts';
import type { Stack, StackPart } from './resolve.ts';
import { collectEntries, forEnvironment, type SlotEntries } from './slots.ts';

/** A planned file and its source, without content. */
export type FileIntent = {
  readonly path: string;
  readonly kind: 'template' | 'copy' | 'slot';
  /**
   * The template's path under templates/, or `slot:<id>`, with `@<model>`, `@<environment>` or `@<key>` if there is one
   * for each.
   */
  readonly sourceId: string;
  readonly modules: readonly string[];
  readonly executable: boolean;
  readonly owner: Owner;
  /** The user moved the file to `path`, which is not the planned path. */
  readonly followed?: true;
  readonly source:
    | { readonly file: TemplateFile; readonly node: StackPart }
    | { readonly slot: AnySlot; readonly entries: readonly SlotEntry[] };
};
export type Plan = { readonly stack: Stack; readonly slots: SlotEntries; readonly files: readonly FileIntent[] };

/** Config -> all planned files, sorted by path. If two parts plan one path, the error names both. */
export function planFiles(stack: Stack, catalogue: Catalogue): Plan {
  const collected = collectEntries(stack, catalogue);
  const slots: SlotEntries = new Map([...collected, ...costSlots(collected, stack.project.environments)]);
  const planned = [
    ...stack.parts.flatMap((node) => catalogue.files(node.id).map((file) => intentOf(stack, node, file))),
    ...slotFiles(stack, catalogue, slots),
  ];
  // Two models of one framework share the files whose path does not name a model.
  const files = [...new Map(planned.map((file) => [file.sourceId, file])).values()];
  files.sort((a, b) => compareText(a.path, b.path));
  verifyPaths(files);
  return { stack, slots, files };
}

/** A file of a part, by its path under templates/. */
export function sourceOf(partId: string, path: string): string {
  const [folder, part] = partId.split('#');
  return `${folder}${part ? `/parts/${part}` : ''}/files/${path}`;
}

function intentOf(stack: Stack, node: StackPart, file: TemplateFile): FileIntent {
  const isTemplate = file.path.endsWith('.ejs');
  const path = (isTemplate ? file.path.slice(0, -4) : file.path)
    .replaceAll('__package__', stack.project.package)
    .replaceAll('__model__', node.model?.module ?? '__model__');
  const model = node.model && file.path.includes('__model__') ? `@${node.model.name}` : '';
  const sourceId = `${sourceOf(node.id, file.path)}${model}`;
  const owner = Object.entries(node.part.owners ?? {}).find(([glob]) => matcher(glob)(file.path))?.[1] as
    | Owner
    | undefined;
  return {
    path,
    kind: isTemplate ? 'template' : 'copy',
    sourceId,
    modules: [node.id],
    executable: file.executable,
    owner: owner ?? 'managed',
    source: { file, node },
  };
}

const matchers = new Map<string, (path: string) => boolean>();
function matcher(glob: string): (path: string) => boolean {
  let match = matchers.get(glob);
  if (!match) matchers.set(glob, (match = picomatch(glob, { dot: true })));
  return match;
}

function slotFiles(stack: Stack, catalogue: Catalogue, slots: SlotEntries): FileIntent[] {
  const modules = (entries: readonly SlotEntry[]): string[] => [...new Set(entries.map((entry) => entry.from))].sort();
  return [...catalogue.slots.values()].flatMap((slot): FileIntent[] => {
    const entries = slots.get(slot.id) ?? [];
    // The path of an unused slot would load the option that defines it.
    if (entries.length === 0 || !slot.path) return [];
    const intent = (path: string, sourceId: string, own: readonly SlotEntry[]): FileIntent => ({
      path,
      kind: 'slot',
      sourceId,
      modules: modules(own),
      executable: false,
      owner: slot.owner,
      source: { slot, entries: own },
    });
    if (slot.path.includes('{environment}')) {
      const named = [LOCAL, ...stack.project.environments].map((name) => ({
        name,
        own: forEnvironment(entries, name),
      }));
      return named
        .filter(({ own }) => own.length > 0)
        .map(({ name, own }) => intent(slot.path!.replace('{environment}', name), `slot:${slot.id}@${name}`, own));
    }
    if (slot.path.includes('{key}'))
      return [...new Set(entries.map(({ key }) => key))].map((key) =>
        intent(
          slot.path!.replace('{key}', key),
          `slot:${slot.id}@${key}`,
          entries.filter((entry) => entry.key === key),
        ),
      );
    return [intent(slot.path, `slot:${slot.id}`, entries)];
  });
}

function verifyPaths(files: readonly FileIntent[]): void {
  const seen = new Map<string, FileIntent>();
  for (const file of files) {
    const why = whyUnsafePath(file.path);
    if (why) throw new UserError('E-PLAN', `${file.sourceId} plans the path ${JSON.stringify(file.path)}: ${why}.`);
    const other = seen.get(file.path.toLowerCase());
    if (other) throw samePath(other, file);
    seen.set(file.path.toLowerCase(), file);
  }
}

/** If the path of one file comes from a name that the user gave, another name is the solution. */
function samePath(one: FileIntent, other: FileIntent): UserError {
  for (const { sourceId, path } of [other, one]) {
    const [, slot, name] = /^(slot:)?[^@]*@([^@]+)$/.exec(sourceId) ?? [];
    if (name === undefined) continue;
    const what = slot ? 'environment' : 'model';
    const message = `The ${what} "${name}" cannot have this name: the repository has another file ${path}.`;
    return new UserError('E-NAME', [{ value: name, message }]);
  }
  return new UserError('E-PLAN', `${one.sourceId} and ${other.sourceId} both plan the file ${one.path}.`);
}
