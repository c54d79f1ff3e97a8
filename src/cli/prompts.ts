import { checkbox, input, select } from '@inquirer/prompts';
import type { Catalogue } from '../core/catalogue.ts';
import { UserError } from '../core/errors.ts';
import type { FlagValue, Given } from '../core/given.ts';
import { whyBadName } from '../core/names.ts';

/** Asks for the folder and for each choice of the first round that no flag answered. Ctrl-C ends with nothing written. */
export async function ask({ catalogue, given, dir }: { catalogue: Catalogue; given: Given; dir: string | undefined }): Promise<{ dir: string; flags: FlagValue[] }> {
  try {
    const folder = dir ?? (await input({ message: 'Where should the repository be made?', default: 'my-project', validate: (value) => validateName(value) }));
    const flags: FlagValue[] = [];
    const sofar: Record<string, unknown> = { ...given.values };
    for (const choice of catalogue.choices.filter((candidate) => candidate.asked === 'first' && !given.explicit.has(candidate.id))) {
      const options = (catalogue.options.get(choice.id) ?? []).map((option) => ({ value: option.id, name: option.title, description: option.summary }));
      const preset = choice.default(sofar);
      const answer = choice.takes === 'many' ? await checkbox({ message: choice.question, choices: options.map((option) => ({ ...option, checked: preset.includes(option.value) })) }) : await select({ message: choice.question, choices: options, default: String(preset) });
      sofar[choice.id] = answer;
      flags.push({ key: choice.id, text: typeof answer === 'string' ? answer : answer.length === 0 ? 'none' : answer.join(','), flag: `--${choice.id}` });
    }
    return { dir: folder, flags };
  } catch (error) {
    if ((error as Error).name === 'ExitPromptError') throw new UserError('E-INTERRUPTED', 'You ended the questions.');
    throw error;
  }
}

function validateName(value: string): true | string {
  const why = whyBadName(value.split('/').at(-1) ?? '');
  return why ? `The project cannot be named like this: ${why}.` : true;
}
