// Lints one Markdown text with the rules of this folder.
import { readFileSync } from 'node:fs';
import { TextlintKernel } from '@textlint/kernel';
import markdown from '@textlint/textlint-plugin-markdown';
import { RULES } from './rules.mjs';

const kernel = new TextlintKernel();
const SEVERITY = { 1: 'warning', 2: 'error' };

/** The synonyms in the last column of the glossary's tables under `heading`, each with its term. */
export function glossaryTerms(text, heading) {
  const section = text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).flatMap((row) => {
    const [term, , synonyms] = row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    return (synonyms ?? '')
      .split(',')
      .map((synonym) => synonym.trim())
      .filter(Boolean)
      .map((synonym) => ({ synonym, term }));
  });
}

const glossary = readFileSync(new URL('../../GLOSSARY.md', import.meta.url), 'utf8');
const terms = {
  generated: glossaryTerms(glossary, 'The generated repository'),
  project: [...glossaryTerms(glossary, 'The generator'), ...glossaryTerms(glossary, 'The generated repository')],
};

/**
 * Returns the problems of `text` in order: [{rule, severity, line, column, message}]. `audience` selects the terms of
 * the glossary: `project` for documents of this repository, `generated` for those of generated repositories. `skip`
 * contains ids of rules that do not apply.
 */
export async function lintText(text, { audience = 'project', skip = [] } = {}) {
  const { messages } = await kernel.lintText(text, {
    ext: '.md',
    plugins: [{ pluginId: 'markdown', plugin: markdown.default ?? markdown }],
    rules: Object.entries(RULES)
      .filter(([ruleId]) => !skip.includes(ruleId))
      .map(([ruleId, { rule, severity }]) => ({
        ruleId,
        rule,
        options: { severity, ...(ruleId === 'glossary' ? { terms: terms[audience] } : {}) },
      })),
  });
  return messages.map(({ ruleId, severity, loc, message }) => ({
    rule: ruleId,
    severity: SEVERITY[severity],
    line: loc.start.line,
    column: loc.start.column,
    message,
  }));
}
