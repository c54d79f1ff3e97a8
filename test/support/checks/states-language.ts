import validate from 'asl-validator';
import { type FileCheck, lineAt } from './check.ts';

/**
 * Checks definitions of state machines with the schema and the rules of the Amazon States Language. Terraform replaces
 * `${...}`.
 */
export const statesLanguageCheck: FileCheck = {
  name: 'states language',
  accepts: ({ path }) => path.endsWith('.asl.json'),
  find: (text) => {
    const jsonata = /"QueryLanguage"|\{%/.exec(text);
    if (jsonata)
      return [`line ${lineAt(text, jsonata.index)}: JSONata, which no interpreter outside AWS evaluates rightly`];
    let found = known.get(text);
    if (!found) known.set(text, (found = errorsOf(text)));
    return found;
  },
};

/** The validator compiles its schema for each definition, which takes a third of a second. */
const known = new Map<string, readonly string[]>();

function errorsOf(text: string): string[] {
  // Parses the text again, because the validator modifies its input.
  const { isValid, errorsText } = validate(JSON.parse(text), { checkPaths: true, checkArn: true });
  return isValid ? [] : [errorsText('; ')];
}
