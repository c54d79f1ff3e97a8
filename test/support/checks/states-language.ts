import validate from 'asl-validator';
import { type FileCheck, lineAt } from './check.ts';

/**
 * Definitions of state machines by the schema and the rules of the Amazon States Language; `${...}` is what Terraform
 * fills in.
 */
export const statesLanguageCheck: FileCheck = {
  name: 'states language',
  accepts: ({ path }) => path.endsWith('.asl.json'),
  find: (text) => {
    const jsonata = /"QueryLanguage"|\{%/.exec(text);
    if (jsonata)
      return [`line ${lineAt(text, jsonata.index)}: JSONata, which no interpreter outside AWS evaluates rightly`];
    // The text, not its value: the validator writes into what it is given.
    const { isValid, errorsText } = validate(JSON.parse(text), { checkPaths: true, checkArn: true });
    return isValid ? [] : [errorsText('; ')];
  },
};
