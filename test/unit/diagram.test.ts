import DOMPurify from 'dompurify';
import { beforeAll, describe, expect, it } from 'vitest';
import { createCatalogue } from '../../src/core/catalogue.ts';
import { coveringCases } from '../support/cases.ts';
import { BUILT_IN, refusals } from '../support/compatibility.ts';
import { Contents, loadTemplates, renderCase } from '../support/stacks.ts';

/** Parses the diagram of every stack with Mermaid's own parser. */

const diagrams = new Map<string, string>();
let parse: (text: string) => Promise<unknown>;

beforeAll(async () => {
  // Mermaid sanitizes labels in a browser, which is not available here. The parsed text is the same.
  Object.assign(DOMPurify, { addHook: () => undefined, sanitize: (text: string) => text });
  const { default: mermaid } = await import('mermaid');
  parse = (text) => mermaid.parse(text);
  const catalogue = createCatalogue(await loadTemplates());
  const contents = new Contents();
  for (const item of coveringCases(catalogue, (values) => refusals(BUILT_IN, values).length > 0).cases) {
    const page = renderCase(item, catalogue, contents).files.get('docs/architecture.md')!.content.text!;
    const blocks = [...page.matchAll(/^```mermaid\n([\s\S]*?)^```$/gm)];
    if (blocks.length !== 1) throw new Error(`${item.label}: docs/architecture.md has ${blocks.length} diagrams`);
    diagrams.set(blocks[0]![1]!, item.label);
  }
}, 120_000);

describe('the architecture diagram', () => {
  it('is valid Mermaid in every stack', async () => {
    expect(diagrams.size).toBeGreaterThan(50);
    for (const [text, label] of diagrams)
      await parse(text).catch((error: Error) => expect.fail(`${label}: ${error.message}`));
  });

  it.each([
    ['a box that is not closed', 'flowchart LR\n  a["A" --> b\n'],
    ['a word that Mermaid keeps for itself', 'flowchart LR\n  a --> end\n'],
  ])('is rejected by the Mermaid parser with %s', async (_, text) =>
    expect(parse(text)).rejects.toThrow(/Parse error/),
  );
});
