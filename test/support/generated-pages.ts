import { createCatalogue } from '../../src/core/catalogue.ts';
import { prepare } from '../../src/core/generate.ts';
import { renderPlan } from '../../src/core/render.ts';
import { stacksOf } from '../e2e/stack-list.ts';
import { givenOf } from './cases.ts';
import { loadTemplates } from './stacks.ts';

export type GeneratedPage = { readonly stack: string; readonly path: string; readonly text: string };

async function collect(): Promise<GeneratedPage[]> {
  const catalogue = createCatalogue(await loadTemplates());
  const pages = new Map<string, GeneratedPage>();
  for (const { name, values } of stacksOf(catalogue)) {
    const { plan } = prepare(givenOf({ label: name, values: { ...values, name: 'demo' } }), catalogue, 'demo');
    for (const [path, { content }] of renderPlan(plan)) {
      const text = path.endsWith('.md') ? Buffer.from(content).toString('utf8') : '';
      if (text !== '' && !pages.has(`${path}\n${text}`)) pages.set(`${path}\n${text}`, { stack: name, path, text });
    }
  }
  return [...pages.values()];
}

/**
 * The Markdown files of the end-to-end stacks, which contain every option. An equal page of two stacks occurs once.
 * This is a constant and not a function, because templates can be loaded only during the import of this module.
 */
export const generatedPages: readonly GeneratedPage[] = await collect();
