// The rules of the prose linter, as textlint rules. They read the sentences of paragraphs, list items, headings and
// table cells. They do not read code, link addresses and HTML.
import { split } from 'sentence-splitter';
import { StringSource } from 'textlint-util-to-string';
import { BANNED, britishSpellings, EMPTY_LINK_TEXTS } from './words.mjs';

const LONGEST_SENTENCE = 35;
const LONG_SENTENCE = 25;

/** A rule that calls `check(text, say, kind)` for each block of text; `say(index, message)` reports a place in it. */
const blockRule = (check) => (context, options) => {
  const { Syntax, RuleError, locator, report } = context;
  const visit = (node) => {
    const source = new StringSource(node, {
      // A code span counts as one word without punctuation.
      replacer: ({ node: inner, maskValue }) => (inner.type === Syntax.Code ? maskValue('x') : undefined),
    });
    const say = (index, message) =>
      report(node, new RuleError(message, { padding: locator.at(source.originalIndexFromIndex(index) ?? 0) }));
    check(source.toString(), say, {
      isHeader: node.type === Syntax.Header,
      isCell: node.type === Syntax.TableCell,
      options,
    });
  };
  return { [Syntax.Paragraph]: visit, [Syntax.Header]: visit, [Syntax.TableCell]: visit };
};

/** The sentences of a block with the index at which each begins. */
const sentencesOf = (text) =>
  split(text)
    .filter((node) => node.type === 'Sentence')
    .map((node) => ({ index: node.range[0], text: text.slice(...node.range) }));

const countWords = (sentence) => (sentence.match(/[\p{L}\p{N}][^\s–—/]*/gu) ?? []).length;

/** Reports sentences with more than `over` and at most `to` words. */
const sentenceLength = (over, to, advice) =>
  blockRule((text, say) => {
    for (const sentence of sentencesOf(text)) {
      const words = countWords(sentence.text);
      if (words > over && words <= to) say(sentence.index, `This sentence has ${words} words. ${advice}`);
    }
  });

const banned = blockRule((text, say) => {
  for (const [pattern, instead] of BANNED)
    for (const match of text.matchAll(pattern)) say(match.index, `Do not write "${match[0]}". Instead: ${instead}.`);
});

const spelling = blockRule((text, say) => {
  for (const { index, found, american } of britishSpellings(text))
    say(index, `"${found}" is British spelling. Write "${american}".`);
});

const punctuation = blockRule((text, say) => {
  for (const sentence of sentencesOf(text)) {
    const semicolons = sentence.text.match(/;(?=\s)/g)?.length ?? 0;
    const colons = sentence.text.match(/:(?=\s)/g)?.length ?? 0;
    if (semicolons > 1 || semicolons + colons > 2)
      say(sentence.index, 'This sentence chains clauses with semicolons or colons. Write a list or several sentences.');
  }
});

/** "What is newer is left alone." A clause as the subject makes the reader guess its meaning. */
const riddles = blockRule((text, say, { isHeader, isCell }) => {
  if (isHeader || isCell) return;
  for (const sentence of sentencesOf(text)) {
    if (
      /^(?:What|Whatever|Who) (?:is|are|was|were|has|had|have|needs|goes|comes|came|no|it|they|only|you)\b/.test(
        sentence.text,
      ) &&
      !/\?\W*$/.test(sentence.text) &&
      !/:$/.test(sentence.text)
    )
      say(sentence.index, 'Do not use a "what …" clause as the subject. Name the thing.');
  }
});

const linkText = ({ Syntax, RuleError, report }) => ({
  [Syntax.Link](node) {
    const text = new StringSource(node).toString().trim().toLowerCase();
    if (EMPTY_LINK_TEXTS.has(text)) report(node, new RuleError(`The link text "${text}" does not name the target.`));
  },
});

/** Reports the synonyms that GLOSSARY.md rejects. `options.terms` is a list of {synonym, term}. */
const glossary = blockRule((text, say, { options }) => {
  for (const { synonym, term } of options.terms)
    for (const match of text.matchAll(new RegExp(`(?<![\\w-])${synonym}s?(?![\\w-])`, 'gi')))
      say(match.index, `Do not write "${match[0]}". The term in GLOSSARY.md is "${term}".`);
});

/** Rule id -> {rule, severity}: an error fails the check, a warning does not. */
export const RULES = {
  'banned-words': { rule: banned, severity: 'error' },
  glossary: { rule: glossary, severity: 'error' },
  'link-text': { rule: linkText, severity: 'error' },
  punctuation: { rule: punctuation, severity: 'error' },
  riddles: { rule: riddles, severity: 'error' },
  'sentence-length': {
    rule: sentenceLength(LONGEST_SENTENCE, Number.POSITIVE_INFINITY, `Split it: the limit is ${LONGEST_SENTENCE}.`),
    severity: 'error',
  },
  'long-sentence': {
    rule: sentenceLength(LONG_SENTENCE, LONGEST_SENTENCE, `Most sentences need fewer than ${LONG_SENTENCE}.`),
    severity: 'warning',
  },
  spelling: { rule: spelling, severity: 'error' },
};
