import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Catalogue, createCatalogue, type Source } from '../../src/core/catalogue.ts';
import { type Case, coveringCases } from '../support/cases.ts';
import { BUILT_IN, refusals } from '../support/compatibility.ts';
import { seeded } from '../support/covering.ts';
import { Contents, loadTemplates, renderCase, type Stack } from '../support/stacks.ts';

/** The output depends only on the config and the version. */

let catalogue: Catalogue;
let shuffled: Catalogue;
let cases: readonly Case[];
const contents = new Contents();

beforeAll(async () => {
  const source = await loadTemplates();
  catalogue = createCatalogue(source);
  shuffled = createCatalogue(reordered(source));
  cases = coveringCases(catalogue, (values) => refusals(BUILT_IN, values).length > 0).cases;
});

afterAll(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** The same modules and files in the order of another file system. */
function reordered(source: Source): Source {
  const random = seeded(7);
  const mix = <T>(items: readonly T[]): T[] =>
    [...items]
      .map((item) => ({ item, at: random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ item }) => item);
  return {
    choices: mix(source.choices),
    modules: mix(source.modules),
    parts: mix(source.parts),
    files: (part) => mix(source.files(part)),
  };
}

/** The first difference of two stacks, or nothing. Contents with equal bytes are the same object. */
function differences(a: Stack, b: Stack): string[] {
  const paths = [...new Set([...a.files.keys(), ...b.files.keys()])];
  const differing = paths.filter(
    (path) =>
      a.files.get(path)?.content !== b.files.get(path)?.content ||
      a.files.get(path)?.executable !== b.files.get(path)?.executable,
  );
  const order = [...a.files.keys()].join() === [...b.files.keys()].join() ? [] : ['the order of the paths'];
  return [...order, ...differing].map((path) => `${path} [${a.label}]`);
}

describe('two renderings of one config', () => {
  it('have equal bytes on another day, in another time zone and with a reordered catalog', () => {
    const first = cases.map((item) => renderCase(item, catalogue, contents));
    vi.useFakeTimers({ now: new Date('2031-07-09T23:30:00Z'), toFake: ['Date'] });
    vi.stubEnv('TZ', 'Pacific/Kiritimati');
    vi.stubEnv('LANG', 'tr_TR.UTF-8');
    vi.stubEnv('HOME', '/elsewhere');
    vi.spyOn(Math, 'random').mockImplementation(() => {
      throw new Error('rendering used Math.random');
    });
    const faults = cases.flatMap((item, index) => differences(first[index]!, renderCase(item, shuffled, contents)));
    expect(faults.slice(0, 20)).toEqual([]);
    console.log(`  ${cases.length} cases rendered twice, ${contents.size} distinct contents`);
  }, 300_000);
});
