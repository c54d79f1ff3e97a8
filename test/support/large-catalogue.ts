import type { Source } from '../../src/core/catalogue.ts';
import type { AnyModule, AnyPart } from '../../src/core/contract.ts';

/**
 * A catalog with more options: copies of existing options under other names, which show the cost of many options in
 * advance. A copy renders the same files as its original, so both never occur in one stack.
 */

/** The number of copies of each choice: 80 in total, most for the choices for which the roadmap adds most options. */
export const SPREAD: Readonly<Record<string, number>> = {
  orchestrator: 10,
  target: 10,
  tracker: 8,
  server: 8,
  framework: 8,
  monitoring: 7,
  protocols: 5,
  quality: 5,
  registry: 5,
  drift: 5,
  versioning: 3,
  cloud: 2,
  ci: 2,
  secrets: 2,
};

const COPY = /^copy\d+-/;
/** The original of a copied option, or the option itself. */
export const originalOf = (id: string): string => id.replace(COPY, '');

export function enlarge(source: Source, spread: Readonly<Record<string, number>> = SPREAD): Source {
  const copies = Object.entries(spread).flatMap(([choice, count]) => {
    const own = source.modules.filter(({ module }) => module.choice === choice && module.id !== 'none');
    return Array.from({ length: count }, (_, index) => {
      const { module } = own[index % own.length]!;
      const id = `copy${Math.floor(index / own.length) + 1}-${module.id}`;
      return { id: `${choice}/${id}`, module: copyOf(module, id) };
    });
  });
  const named = new Map<string, string[]>();
  for (const { module } of copies) {
    const original = `${module.choice}/${originalOf(module.id)}`;
    named.set(original, [...(named.get(original) ?? []), module.id]);
  }
  /** A part that joins with an option also joins with its copies. */
  const widen = <P extends AnyPart>(part: P): P => {
    if (!part.when) return part;
    const when = Object.entries(part.when).map(([choice, wanted]) => [
      choice,
      [wanted].flat().flatMap((id) => [id, ...(named.get(`${choice}/${id}`) ?? [])]),
    ]);
    return { ...part, when: Object.fromEntries(when) };
  };
  return {
    ...source,
    parts: source.parts.map(({ id, part }) => ({ id, part: widen(part) })),
    modules: [...source.modules, ...copies].map(({ id, module }) => {
      const parts = Object.entries(module.parts ?? {}).map(([name, part]) => [name, widen(part)]);
      return { id, module: { ...module, parts: Object.fromEntries(parts) } };
    }),
    files: (partId) => source.files(partId.replace(/(?<=\/)copy\d+-/, '')),
  };
}

/** The same declaration. A slot has one definition in a catalog, so the slots of a copy get new names. */
function copyOf(module: AnyModule, id: string): AnyModule {
  const rename = <P extends Pick<AnyModule, 'slots'>>(part: P): P => ({
    ...part,
    slots: part.slots?.map((slot) => ({ ...slot, id: `${slot.id}-of-${id}`, path: undefined })),
  });
  const parts = Object.entries(module.parts ?? {}).map(([name, part]) => [name, rename(part)]);
  return { ...rename(module), id, parts: Object.fromEntries(parts) };
}

/** Whether a list contains two options that render the same files. */
export const hasTwins = (values: Readonly<Record<string, unknown>>): boolean =>
  Object.values(values).some(
    (value) => Array.isArray(value) && new Set(value.map((id) => originalOf(String(id)))).size < value.length,
  );
