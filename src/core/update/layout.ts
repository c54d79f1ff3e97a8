import type { SyntaxNode } from '@lezer/common';
import { parser } from '@lezer/python';
import { Lexer, parseAllDocuments } from 'yaml';

/**
 * Whether two texts of a file differ in layout alone: what a formatter changes. Comments and the order of keys
 * are content. A text that cannot be parsed differs.
 */
export function differsInLayoutOnly(path: string, a: string, b: string): boolean {
  const found = FORMS.find(({ end }) => end.test(path));
  if (!found) return false;
  try {
    return found.mayBeEqual?.(a, b) !== false && found.form(a) === found.form(b);
  } catch {
    return false;
  }
}

type Form = {
  readonly end: RegExp;
  readonly form: (text: string) => string;
  /** A comparison that is much faster than the form, and is false only if the forms differ. */
  readonly mayBeEqual?: (a: string, b: string) => boolean;
};

const FORMS: readonly Form[] = [
  { end: /\.json$/, form: (text) => JSON.stringify(JSON.parse(text)) },
  { end: /\.ya?ml$/, form: yamlForm },
  { end: /\.toml$/, form: tomlForm },
  { end: /\.md$/, form: markdownForm },
  { end: /\.py$/, form: pythonForm, mayBeEqual: (a, b) => lettersOf(a) === lettersOf(b) },
];

/** Values in order, comments, and the places of anchors and aliases. */
function yamlForm(text: string): string {
  const documents = parseAllDocuments(text, { prettyErrors: false });
  if (!Array.isArray(documents) || documents.some(({ errors }) => errors.length > 0)) throw new Error('not YAML');
  const tokens = [...new Lexer().lex(text)].map((token) => token.trim()).filter((token) => /^[#&*!]/.test(token));
  return JSON.stringify([documents.map((document) => document.toJS({ mapAsMap: false })), tokens]);
}

/** Strings, comments, words and punctuation. Line ends count outside of brackets, where they end a value. */
function tomlForm(text: string): string {
  const tokens: string[] = [];
  let depth = 0;
  for (const [token] of text.matchAll(
    /"""[^]*?"""|'''[^]*?'''|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|#.*|[[\]{},=]|\r?\n|[^\s"'#[\]{},=]+/g,
  )) {
    if (token === '[' || token === '{') depth++;
    if (token === ']' || token === '}') depth--;
    if (/^\r?\n$/.test(token)) {
      if (depth === 0 && tokens.at(-1) !== '\n') tokens.push('\n');
      continue;
    }
    if (token === ']' && tokens.at(-1) === ',') tokens.pop();
    tokens.push(token.startsWith('#') ? token.trimEnd() : token);
  }
  return tokens.join('\u0000').replace(/^(?:\n\u0000?)+|(?:\u0000?\n)+$/g, '');
}

/**
 * Blocks without blank lines; outside of code, paragraphs in one line, tables by cell and marks in one form. Formatters
 * also format JSON, YAML and Python in code blocks.
 */
function markdownForm(text: string): string {
  const found: string[] = [];
  let block: { readonly fence: string; readonly language: string; readonly lines: string[] } | undefined;
  let paragraph: string | undefined;
  const endParagraph = (): void => {
    if (paragraph !== undefined) found.push(proseOf(paragraph));
    paragraph = undefined;
  };
  for (const line of text.split(/\r?\n/)) {
    const [, fence, language = ''] = /^\s*(```+|~~~+)\s*(\w*)/.exec(line) ?? [];
    if (block) {
      if (fence?.startsWith(block.fence)) {
        found.push(codeOf(block.language, block.lines), line.trim());
        block = undefined;
      } else block.lines.push(line.trimEnd());
    } else if (paragraph !== undefined && !BLOCK.test(line) && !BREAK.test(paragraph)) paragraph += ` ${line.trim()}`;
    else {
      endParagraph();
      if (fence) {
        found.push(line.trim());
        block = { fence, language, lines: [] };
      } else if (/^\s*\|/.test(line)) found.push(cellsOf(line));
      else if (/^\s*(?:#|<(?!https?:))/.test(line)) found.push(proseOf(line));
      else if (line.trim() !== '') paragraph = line;
    }
  }
  endParagraph();
  return [...found, ...(block?.lines ?? [])].join('\n');
}

/** A line that starts a block or is blank: it does not continue a paragraph. */
const BLOCK = /^\s*(?:$|#{1,6}\s|[|>]|<(?!https?:)|```|~~~|[-*+]\s|\d+[.)]\s|={3,}\s*$|-{3,}\s*$)/;
/** The end of a line that ends in the rendered text, too. */
const BREAK = /(?: {2}|\\)$/;

function codeOf(language: string, lines: readonly string[]): string {
  const text = lines.join('\n');
  const form = FORMS.find(({ end }) => language !== 'md' && end.test(`.${language.replace('python', 'py')}`))?.form;
  try {
    return form ? form(text) : text;
  } catch {
    return text;
  }
}

const cellsOf = (line: string): string =>
  line
    .trim()
    .split(/(?<!\\)\|/)
    .map((cell) => marksOf(cell.trim().replace(/^(:?)-+(:?)$/, '$1-$2')))
    .join('|');

function proseOf(line: string): string {
  const [, indent, rest] = /^(\s*)(.*?)\s*$/.exec(line)!;
  const item = /^[-*+]\s+(.*)$/.exec(rest!);
  return `${indent === '' ? '' : '  '}${marksOf(item ? `- ${item[1]}` : rest!)}`;
}

/** Marks of emphasis in one form, outside of code. */
const marksOf = (line: string): string =>
  line
    .split(/(`+[^`]*`+)/)
    .map((part, index) => {
      const mark = /(?<!\w)[*_]{1,3}(?=\S)|(?<=\S)[*_]{1,3}(?!\w)/g;
      return index % 2 === 1 ? part : part.replace(mark, (found) => '*'.repeat(found.length));
    })
    .join('');

/** Nodes in which a comma before the closing bracket changes nothing. */
const LISTS = new Set([
  'ArgList',
  'ParamList',
  'ArrayExpression',
  'SetExpression',
  'DictionaryExpression',
  'ImportStatement',
]);

/** Letters and digits, which formatters keep, without the letters that can begin a string literal. */
const lettersOf = (text: string): string => text.replace(/[^\p{L}\p{N}]|[fu]/giu, '').toLowerCase();

/** The syntax tree without redundant parentheses and commas, and the comments in order. */
function pythonForm(source: string): string {
  const text = withoutWithParentheses(source.replaceAll('\r\n', '\n'));
  const comments: string[] = [];
  const own = (node: SyntaxNode): string => text.slice(node.from, node.to);
  const childrenOf = (node: SyntaxNode): SyntaxNode[] => {
    const children: SyntaxNode[] = [];
    for (let child = node.firstChild; child; child = child.nextSibling) {
      if (child.name === 'Comment') comments.push(own(child).trimEnd());
      else children.push(child);
    }
    return children;
  };
  /** The parts of a string: text without quotes, and expressions. */
  const segments = (node: SyntaxNode): Segment[] => {
    const literal = own(node);
    const [, prefix, quote] = /^(\w*)("""|'''|"|')/.exec(literal) as unknown as [string, string, string];
    const kind = `${prefix.toLowerCase().replace(/[fu]/, '')}${quote.length === 3 ? ' long' : ''}`;
    const found: Segment[] = [];
    let from = node.from + prefix.length + quote.length;
    const addText = (to: number): void => {
      const raw = text.slice(from, to);
      const plain = kind === '' ? raw.replace(/\\(["'])/g, '$1') : raw;
      if (plain !== '') found.push([kind, node.name === 'FormatString' ? plain.replace(/([{}])\1/g, '$1') : plain]);
    };
    for (const child of childrenOf(node).filter(({ name }) => name === 'FormatReplacement')) {
      addText(child.from);
      found.push([null, form(child)]);
      from = child.to;
    }
    addText(node.to - quote.length);
    return found;
  };
  const form = (node: SyntaxNode): string => {
    // The parser does not know all of the syntax: then every token counts.
    if (node.type.isError) return own(node).replace(/\s+/g, ' ');
    if (node.name === 'String' || node.name === 'FormatString') return JSON.stringify(segments(node));
    const children = childrenOf(node);
    if (node.name === 'ContinuedString') return JSON.stringify(joined(children.map(segments)));
    if (children.length === 0) return own(node);
    const isBare = node.name === 'ParenthesizedExpression' || (node.name === 'TupleExpression' && isWholeValue(node));
    const hasParentheses = isBare || node.name === 'ImportStatement';
    const parts = withoutLastComma(node, children)
      .filter(({ name }) => !hasParentheses || (name !== '(' && name !== ')'))
      .map(form)
      .join(' ');
    return isBare ? parts : `${node.name}[${parts}]`;
  };
  const tree = form(parser.parse(text).topNode);
  return JSON.stringify([tree, comments, indentsOf(text)]);
}

/** The depth of each logical line. */
function indentsOf(text: string): number[] {
  const found: number[] = [];
  const widths = [0];
  let brackets = 0;
  let width: number | undefined;
  let line = true;
  const tokens =
    /"""[^]*?"""|'''[^]*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|#.*|\\\n|\n|[([{]|[)\]}]|[ \t]+|[^\s"'#()[\]{}\\]+|./g;
  for (const [token] of text.matchAll(tokens)) {
    if (token === '\n' && brackets === 0) {
      line = true;
      width = undefined;
    } else if (/^[ \t]+$/.test(token)) width ??= line ? token.length : undefined;
    else if (!/^(?:#.*|\\?\n)$/.test(token)) {
      if (line) {
        while (widths.at(-1)! > (width ?? 0)) widths.pop();
        if (widths.at(-1)! < (width ?? 0)) widths.push(width ?? 0);
        found.push(widths.length);
      }
      line = false;
      if (/^[([{]$/.test(token)) brackets++;
      if (/^[)\]}]$/.test(token)) brackets--;
    }
  }
  return found;
}

/** Whether a tuple is all of what a statement assigns or returns, so that its parentheses are redundant. */
function isWholeValue({ parent, prevSibling, nextSibling }: SyntaxNode): boolean {
  if (parent?.name === 'AssignStatement')
    return [prevSibling, nextSibling].every((sibling) => !sibling || sibling.name === 'AssignOp');
  if (parent?.name === 'YieldStatement') return prevSibling?.name === 'yield' && !nextSibling;
  if (parent?.name === 'WithStatement') return prevSibling?.name === 'with' && nextSibling?.name === 'Body';
  return parent?.name === 'ReturnStatement' && prevSibling?.name === 'return' && !nextSibling;
}

function withoutLastComma(node: SyntaxNode, children: readonly SyntaxNode[]): readonly SyntaxNode[] {
  const isClosed = /^[)\]}]$/.test(children.at(-1)?.name ?? '');
  const at = children.length - (isClosed ? 2 : 1);
  if (children[at]?.name !== ',') return children;
  const commas = children.filter(({ name }) => name === ',').length;
  // (1,) and a[1,] are tuples of one.
  const isTuple = node.name === 'TupleExpression' || node.name === 'MemberExpression';
  const isRedundant = LISTS.has(node.name) || (isTuple && commas > 1);
  return isRedundant ? children.filter((_, index) => index !== at) : children;
}

/** A text with the kind of its literal, or the form of an expression. */
type Segment = readonly [kind: string | null, text: string];

/** The segments of neighboring strings, which Python joins. */
function joined(strings: readonly (readonly Segment[])[]): Segment[] {
  const found: Segment[] = [];
  for (const [kind, text] of strings.flat()) {
    const last = found.at(-1);
    if (last && kind !== null && last[0] === kind) found[found.length - 1] = [kind, last[1] + text];
    else found.push([kind, text]);
  }
  return found;
}

/**
 * The parser does not know parentheses around the items of `with`, which formatters add where the line is too long.
 * Items with a comment stay as they are.
 */
const withoutWithParentheses = (text: string): string =>
  text.replace(
    /^([ \t]*)((?:async )?with )\(\n((?:\1[ \t]+[^\n#]*\n)+)\1\):/gm,
    (_, indent: string, keyword: string, items: string) =>
      `${indent}${keyword}${items.trim().replace(/,$/, '').replaceAll(/\n\s*/g, ' ')}:`,
  );
