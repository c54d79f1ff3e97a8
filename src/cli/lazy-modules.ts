import type { AnyModule, AnyPart, AnySlot } from '../core/contract.ts';

/** What a start needs to know of a part that the stack does not use, as JSON. `keys` are the other fields. */
type PartSketch = {
  readonly values: Readonly<Record<string, unknown>>;
  readonly keys: readonly string[];
  readonly slots: readonly { readonly id: string; readonly keys: readonly string[] }[];
  /** Names of the settings. */
  readonly settings: readonly string[];
};
/** What a start needs to know of an option. The build writes it, so that a start loads only the options in use. */
export type Sketch = PartSketch & { readonly id: string; readonly parts: Readonly<Record<string, PartSketch>> };

/** Fields that a resolution reads of every part, and the texts that the wizard and `list` show. */
const KNOWN = ['id', 'choice', 'title', 'summary', 'status', 'when', 'per', 'onDemand'];
const COMPOUND = ['slots', 'settings', 'parts'];

export function sketchOf(id: string, module: AnyModule): Sketch {
  const parts = Object.entries(module.parts ?? {}).map(([name, part]) => [name, sketchPart(part)] as const);
  return { id, ...sketchPart(module), parts: Object.fromEntries(parts) };
}

function sketchPart(part: AnyPart & Pick<AnyModule, 'settings'>): PartSketch {
  return {
    values: Object.fromEntries(Object.entries(part).filter(([key]) => KNOWN.includes(key))),
    keys: Object.keys(part).filter((key) => !KNOWN.includes(key) && !COMPOUND.includes(key)),
    slots: (part.slots ?? []).map(({ id, ...rest }) => ({ id, keys: Object.keys(rest) })),
    settings: Object.keys(part.settings ?? {}),
  };
}

/** The declaration of an option, which is loaded when a field is read that the sketch does not have. */
export function lazyModule(sketch: Sketch, read: (id: string) => AnyModule): AnyModule {
  let loaded: AnyModule | undefined;
  const load = (): AnyModule => (loaded ??= read(sketch.id));
  const parts = Object.entries(sketch.parts).map(
    ([name, part]) => [name, lazyPart(part, () => load().parts![name]!)] as const,
  );
  return Object.assign(lazyPart(sketch, load), { parts: Object.fromEntries(parts) }) as AnyModule;
}

function lazyPart({ values, keys, slots, settings }: PartSketch, load: () => AnyPart): object {
  const part = Object.assign(lazyObject(keys, load), values);
  if (slots.length > 0)
    Object.assign(part, { slots: slots.map((slot, index) => lazySlot(slot, () => load().slots![index]!)) });
  if (settings.length > 0)
    Object.assign(part, { settings: lazySettings(settings, () => (load() as AnyModule).settings!) });
  return part;
}

const lazySlot = ({ id, keys }: PartSketch['slots'][number], load: () => AnySlot): object =>
  Object.assign(lazyObject(keys, load), { id });

/** The names of settings are enumerated, so they are properties of the object itself. */
const lazySettings = (names: readonly string[], load: () => NonNullable<AnyModule['settings']>): object =>
  Object.defineProperties(
    {},
    Object.fromEntries(names.map((name) => [name, { enumerable: true, get: () => load()[name] }])),
  );

const LOAD = Symbol('load');
type Lazy = { [LOAD]: () => object };
const prototypes = new Map<string, object>();

/** An object with getters for these keys. Most parts have the same few sets of keys, so they share prototypes. */
function lazyObject(keys: readonly string[], load: () => object): object {
  const place = keys.join();
  let prototype = prototypes.get(place);
  if (!prototype) {
    const getter = (key: string) => ({
      get(this: Lazy): unknown {
        return (this[LOAD]() as Record<string, unknown>)[key];
      },
    });
    prototype = Object.defineProperties({}, Object.fromEntries(keys.map((key) => [key, getter(key)])));
    prototypes.set(place, prototype);
  }
  return Object.assign(Object.create(prototype) as Lazy, { [LOAD]: load });
}
