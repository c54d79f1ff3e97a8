import type { SyntaxNode } from '@lezer/common';
import { parser } from '@lezer/python';
import { type FileCheck, lineAt } from './check.ts';

/**
 * Refuses Python code that can write NaN as JSON, which only Python reads. Each `json.dump` and `json.dumps` states
 * `allow_nan`. The module `strict_json` of the package does, and orjson and msgspec write null. Tests are not checked.
 */
export const strictJsonCheck: FileCheck = {
  name: 'strict JSON',
  accepts: ({ path }) => path.endsWith('.py') && !/(?:^|\/)tests\//.test(path),
  find: (text) => {
    const found: string[] = [];
    if (!text.includes('json')) return found;
    parser.parse(text).iterate({
      enter: ({ name, node, from }) => {
        const code = text.slice(from, node.to);
        if (name === 'ImportStatement' && /^from json import\b.*\bdumps?\b/s.test(code))
          found.push(`line ${lineAt(text, from)}: call json.dumps by its full name, so that this check finds it`);
        if (name !== 'CallExpression' || !isWriter(node, text)) return;
        if (!keywordsOf(node, text).includes('allow_nan'))
          found.push(
            `line ${lineAt(text, from)}: ${code.split('(')[0]} can write NaN: use strict_json.dumps of the package, ` +
              'or state allow_nan',
          );
      },
    });
    return found;
  },
};

const isWriter = (call: SyntaxNode, text: string): boolean =>
  /^json\s*\.\s*dumps?$/.test(text.slice(call.firstChild!.from, call.firstChild!.to));

/** The names of the keyword arguments of a call. */
function keywordsOf(call: SyntaxNode, text: string): string[] {
  const names: string[] = [];
  for (let child = call.getChild('ArgList')?.firstChild ?? null; child; child = child.nextSibling)
    if (child.name === 'AssignOp') names.push(text.slice(child.prevSibling!.from, child.prevSibling!.to));
  return names;
}
