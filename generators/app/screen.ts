import type Generator from 'yeoman-generator';
import { choiceOf, type Screen } from '../../src/cli/wizard/screen.ts';

/** Asks through Yeoman's adapter, which cannot go back. You can change earlier answers from the last question. */
export function yeomanScreen(generator: Generator): Screen {
  const ask = async <T>(question: object, id: string): Promise<T> =>
    ((await generator.prompt([{ ...question, name: id } as never])) as Record<string, T>)[id]!;
  return {
    text: ({ id, message, preset, validate }) => ask<string>({ type: 'input', message, default: preset, validate }, id),
    one: ({ id, message, options, preset }) =>
      ask<string>({ type: 'select', message, default: preset, choices: options.map(choiceOf) }, id),
    many: ({ id, message, options, preset, validate }) =>
      ask<string[]>(
        {
          type: 'checkbox',
          message,
          choices: options.map((option) => ({ ...choiceOf(option), checked: preset.includes(option.value) })),
          validate: (items: readonly { value: string }[]) => validate(items.map((item) => item.value)),
        },
        id,
      ),
    say: (text) => void generator.log.write(text),
  };
}
