import type { Catalogue } from '../../../src/core/catalogue.ts';
import type { Content, Stack } from '../stacks.ts';
import type { Fault, StackCheck } from './check.ts';

/** Every stack with the module contains its traces, and no other stack does. */

type Wanted = { readonly module: string; readonly trace: string };

export class Traces implements StackCheck {
  readonly name = 'traces';
  readonly #wanted: readonly Wanted[];
  readonly #silent: Set<string>;
  readonly #found = new Map<number, readonly string[]>();
  readonly #contributors = new Set<string>();
  readonly #seen = new Set<string>();
  readonly #absent = new Set<string>();

  constructor(catalogue: Catalogue) {
    const modules = [...catalogue.options.values()]
      .flat()
      .map((module) => ({ id: `${module.choice}/${module.id}`, module }));
    this.#wanted = modules.flatMap(({ id, module }) => module.traces.map((trace) => ({ module: id, trace })));
    this.#silent = new Set(modules.filter(({ module }) => module.traces.length === 0).map(({ id }) => id));
    for (const { id, part } of catalogue.parts)
      if (catalogue.files(id).length > 0 || Object.keys(part.pins ?? {}).length > 0)
        this.#contributors.add(id.split('#')[0]!);
  }

  find(stack: Stack): Fault[] {
    for (const [id, entries] of stack.plan.slots)
      if (!id.startsWith('core.')) for (const entry of entries) this.#contributors.add(entry.from.split('#')[0]!);
    for (const id of stack.modules) this.#seen.add(id);
    const places = new Map<string, string>();
    const paths = [...stack.files.keys()].join('\n');
    for (const { trace } of this.#wanted) if (paths.includes(trace)) places.set(trace, 'its paths');
    for (const file of stack.files.values())
      for (const trace of this.#in(file.content)) if (!places.has(trace)) places.set(trace, file.path);
    return this.#wanted.flatMap(({ module, trace }): Fault[] => {
      const place = places.get(trace);
      const isChosen = stack.modules.has(module);
      if (!isChosen) this.#absent.add(module);
      if (isChosen && !place)
        return [
          { path: '', message: `${module} is chosen, but its trace ${JSON.stringify(trace)} is not in the output` },
        ];
      if (!isChosen && place)
        return [
          {
            path: place === 'its paths' ? '' : place,
            message: `${module} is not chosen, but its trace ${JSON.stringify(trace)} is in ${place}`,
          },
        ];
      return [];
    });
  }

  /** Modules that declare no trace: those without output, and those with output. */
  silent(): { readonly empty: readonly string[]; readonly faulty: readonly string[] } {
    const ids = [...this.#silent].sort();
    return {
      empty: ids.filter((id) => !this.#contributors.has(id)),
      faulty: ids.filter((id) => this.#contributors.has(id)),
    };
  }

  /** Modules whose traces were checked in a stack with them and in one without. */
  get bothWays(): number {
    return [...new Set(this.#wanted.map(({ module }) => module))].filter(
      (module) => this.#seen.has(module) && this.#absent.has(module),
    ).length;
  }

  get modules(): number {
    return new Set(this.#wanted.map(({ module }) => module)).size;
  }

  #in(content: Content): readonly string[] {
    let found = this.#found.get(content.id);
    if (!found)
      this.#found.set(
        content.id,
        (found = this.#wanted.flatMap(({ trace }) => (content.text?.includes(trace) ? [trace] : []))),
      );
    return found;
  }
}
