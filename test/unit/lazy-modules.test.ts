import { describe, expect, it } from 'vitest';
import { lazyModule, sketchOf } from '../../src/cli/lazy-modules.ts';
import { createCatalogue } from '../../src/core/catalogue.ts';
import { readConfig } from '../../src/core/config.ts';
import type { AnyModule } from '../../src/core/contract.ts';
import { planFiles } from '../../src/core/plan.ts';
import { configSchema } from '../../src/core/schema.ts';
import { resolveConfig } from '../../src/core/solver.ts';
import { givenOf } from '../support/cases.ts';
import { loadTemplates } from '../support/stacks.ts';

const source = await loadTemplates();

/** The catalog as a start of the command has it, and the options that were loaded. */
function lazily() {
  const loaded = new Set<string>();
  const read = (id: string): AnyModule => {
    loaded.add(id);
    return source.modules.find((entry) => entry.id === id)!.module;
  };
  const sketches = source.modules.map(({ id, module }) => sketchOf(id, module));
  // As the build stores them.
  const stored = JSON.parse(JSON.stringify(sketches)) as typeof sketches;
  const modules = stored.map((sketch) => ({ id: sketch.id, module: lazyModule(sketch, read) }));
  return { catalogue: createCatalogue({ ...source, modules, isVerified: true }), loaded };
}

describe('a module that is loaded on demand', () => {
  it.each(source.modules.map(({ id, module }) => [id, module] as const))('has every field of %s', (id, module) => {
    const stub = lazyModule(JSON.parse(JSON.stringify(sketchOf(id, module))), () => module);
    const fields = (from: object): Record<string, unknown> =>
      Object.fromEntries(
        Object.keys(module)
          .filter((key) => !['parts', 'slots', 'settings'].includes(key))
          .map((key) => [key, (from as Record<string, unknown>)[key]]),
      );
    expect(fields(stub)).toEqual(fields(module));
    expect(stub.slots?.map(({ id: slot, schema, path, owner }) => ({ slot, schema, path, owner }))).toEqual(
      module.slots?.map(({ id: slot, schema, path, owner }) => ({ slot, schema, path, owner })),
    );
    expect(Object.entries(stub.settings ?? {})).toEqual(Object.entries(module.settings ?? {}));
    expect(Object.keys(stub.parts ?? {})).toEqual(Object.keys(module.parts ?? {}));
    for (const [name, part] of Object.entries(module.parts ?? {}))
      expect([name, stub.parts![name]!.when, stub.parts![name]!.needs, stub.parts![name]!.contributes]).toEqual([
        name,
        part.when,
        part.needs,
        part.contributes,
      ]);
  });

  it('is not loaded for a plan of other options, and the plan is the same', () => {
    const { catalogue, loaded } = lazily();
    const complete = createCatalogue(source);
    const [mine, all] = [catalogue, complete].map((each) => {
      const { config } = readConfig(givenOf({ label: '', values: { name: 'demo' } }), each, 'demo');
      return planFiles(resolveConfig(config, each).stack!, each).files.map(({ path, sourceId }) => [path, sourceId]);
    });
    expect(mine).toEqual(all);
    const chosen = complete.choices.flatMap((choice) => [choice.default({})].flat().map((id) => `${choice.id}/${id}`));
    expect([...loaded].filter((id) => !chosen.includes(id))).toEqual([]);
    expect(loaded.size).toBeGreaterThan(10);
  });

  it('gives the same schema of the configuration', () => {
    expect(configSchema(lazily().catalogue)).toEqual(configSchema(createCatalogue(source)));
  });
});
