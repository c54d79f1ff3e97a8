import { describe, expect, it } from 'vitest';
import { lintComments } from '../../scripts/prose/comments.mjs';
import { glossaryTerms, lintText } from '../../scripts/prose/lint.mjs';

const words = (count: number): string => `${Array.from({ length: count }, () => 'word').join(' ')}.`;

/** Rule, a text that it reports, and a similar text that it accepts. */
const CASES: readonly (readonly [rule: string, bad: string, good: string])[] = [
  ['banned-words', 'Somebody must approve it.', 'A reviewer must approve it.'],
  ['banned-words', 'The page is for people.', 'The page is for `people`.'],
  ['banned-words', 'We recommend this. One can change it.', 'You can change this one.'],
  ['banned-words', 'The value stands in the config.', 'The config has the value. See the stand-in.'],
  ['banned-words', 'The reason is told beside it.', 'The message gives the reason.'],
  ['banned-words', 'It runs in `us-east-1`; tell us.', 'It runs in us-east-1.'],
  ['banned-words', '# For nobody', '# For users'],
  ['banned-words', '| a | b |\n|---|---|\n| x | whoever |', '| a | b |\n|---|---|\n| x | the owner |'],
  ['glossary', 'Install the plugin.', 'Install the module.'],
  ['link-text', 'See [here](page.md).', 'See [the page about `here`](page.md).'],
  ['long-sentence', words(26), words(25)],
  ['punctuation', 'It reads; it merges; it writes.', 'It reads `a; b; c`; it merges.'],
  ['riddles', 'What is newer is left alone.', 'What is newer? See the table.'],
  ['riddles', 'Read this. What comes next is kept.', '# What is new'],
  ['sentence-length', words(36), words(35)],
  ['spelling', 'The behaviour is normalised.', 'The behavior of `normalise` is normalized.'],
  ['spelling', 'It analyses the licence.', 'The analyses of the license exercise a promise.'],
];

describe('the prose linter', () => {
  it.each(CASES)('%s reports %j and accepts %j', async (rule, bad, good) => {
    const found = async (text: string): Promise<string[]> => (await lintText(text)).map((message) => message.rule);
    expect(await found(bad)).toContain(rule);
    expect(await found(good)).not.toContain(rule);
  });

  it('reports the line, the column and the replacement', async () => {
    expect(await lintText('# Title\n\nA `code`, a **behaviour**.\n')).toEqual([
      {
        rule: 'spelling',
        severity: 'error',
        line: 3,
        column: 15,
        message: '"behaviour" is British spelling. Write "behavior".',
      },
    ]);
  });

  it('does not read code blocks and HTML', async () => {
    expect(await lintText('```sh\nnobody behaviour\n```\n\n<p title="nobody">\n\n    nobody\n')).toEqual([]);
  });

  it('reads the comments of source files, with their positions, and not the code', async () => {
    const source = [
      "const nobody = '// behaviour'; // The behaviour.",
      '/**',
      ' * A `behaviour`; a list; of fields.',
      ' * Nobody reads it.',
      ' */',
      'export const catalogue = /* our */ 1;',
    ].join('\n');
    const messages = await lintComments('file.ts', source);
    expect(messages.map(({ rule, line, column }) => [rule, line, column])).toEqual([
      ['spelling', 1, 39],
      ['banned-words', 4, 4],
      ['banned-words', 6, 29],
    ]);
  });

  it('applies terms of the generator only to documents of this project', async () => {
    expect(await lintText('Install the Docker plugin.', { audience: 'generated' })).toEqual([]);
    expect(await lintText('The incumbent serves.', { audience: 'generated' })).toHaveLength(1);
  });

  it('reads the synonyms from the last column of a section', () => {
    const text =
      '# G\n\n## A\n\n| t | m | no |\n|---|---|---|\n| x | y | p, q |\n| z | y | |\n\n## B\n\n| t | m | no |\n';
    expect(glossaryTerms(text, 'A')).toEqual([
      { synonym: 'p', term: 'x' },
      { synonym: 'q', term: 'x' },
    ]);
  });
});
