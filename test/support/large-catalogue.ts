import type { Source } from '../../src/core/catalogue.ts';
import type { AnyModule, AnyPart } from '../../src/core/contract.ts';

/**
 * A catalogue with more options: copies of existing ones under other names, so that the cost of many options can be
 * measured before they exist. A copy renders the same files as its original, so both are never in one stack.
 */

/** How many copies each choice gets: 80 in all, most where the roadmap adds most. */
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
/** The option that an option is a copy of, or itself. */
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
  /** What joins beside an option joins beside its copies too. */
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

/** The same declaration. A slot has one definition in a catalogue, so those of a copy get names of their own. */
function copyOf(module: AnyModule, id: string): AnyModule {
  const rename = <P extends Pick<AnyModule, 'slots'>>(part: P): P => ({
    ...part,
    slots: part.slots?.map((slot) => ({ ...slot, id: `${slot.id}-of-${id}`, path: undefined })),
  });
  const parts = Object.entries(module.parts ?? {}).map(([name, part]) => [name, rename(part)]);
  return { ...rename(module), id, parts: Object.fromEntries(parts) };
}

/** Whether a list of options holds two that render the same files. */
export const hasTwins = (values: Readonly<Record<string, unknown>>): boolean =>
  Object.values(values).some(
    (value) => Array.isArray(value) && new Set(value.map((id) => originalOf(String(id)))).size < value.length,
  );
