import { emitKeypressEvents, type Interface } from 'node:readline';
import { styleText } from 'node:util';
import { checkbox, input, select } from '@inquirer/prompts';
import { UserError } from '../../core/errors.ts';
import { BACK, type Back, choiceOf, type Screen } from './screen.ts';

/** After this time an Esc is not the start of an arrow key. The half second of Node.js feels like a lost key. */
const ESCAPE_MS = 50;
const PAGE = 14;

/** Asks on the terminal. Esc goes back. Ctrl-C, a closed terminal or a signal stops the wizard. */
export function terminalScreen(say: (text: string) => void): Screen {
  emitKeypressEvents(process.stdin, { escapeCodeTimeout: ESCAPE_MS } as unknown as Interface);
  return {
    text: ({ message, preset, validate }) => ask((context) => input({ message, default: preset, validate }, context)),
    one: ({ message, options, preset }) =>
      ask((context) =>
        select(
          {
            message,
            choices: options.map(choiceOf),
            default: preset,
            pageSize: PAGE,
            loop: false,
            theme: {
              style: { keysHelpTip },
              i18n: { disabledError: 'This option does not fit your earlier answers. Press Esc to change them.' },
            },
          },
          context,
        ),
      ),
    many: ({ message, options, preset, validate }) =>
      ask((context) =>
        checkbox(
          {
            message,
            choices: options.map((option) => ({ ...choiceOf(option), checked: preset.includes(option.value) })),
            validate: (items) => validate(items.map((item) => item.value)),
            pageSize: PAGE,
            loop: false,
            theme: { style: { keysHelpTip } },
          },
          context,
        ),
      ),
    say,
  };
}

const keysHelpTip = (keys: [key: string, action: string][]): string =>
  [...keys, ['esc', 'back']]
    .map(([key, action]) => `${styleText('bold', key!)} ${styleText('dim', action!)}`)
    .join(styleText('dim', ' • '));

async function ask<T>(
  prompt: (context: { signal: AbortSignal; clearPromptOnDone: boolean }) => Promise<T>,
): Promise<T | Back> {
  const controller = new AbortController();
  const context = { signal: controller.signal, clearPromptOnDone: false };
  const onKey = (_: string | undefined, key: { name?: string } | undefined): void => {
    if (key?.name !== 'escape') return;
    // The prompt reads this flag at its end: a question that the user left is removed from the transcript.
    context.clearPromptOnDone = true;
    controller.abort(BACK);
  };
  const onSignal = (): void => controller.abort();
  process.stdin.on('keypress', onKey);
  process.once('SIGTERM', onSignal).once('SIGINT', onSignal);
  try {
    return await prompt(context);
  } catch (error) {
    if (controller.signal.reason === BACK) return BACK;
    if (controller.signal.aborted || (error as Error).name === 'ExitPromptError')
      throw new UserError('E-INTERRUPTED', 'You stopped the wizard.');
    throw error;
  } finally {
    process.stdin.off('keypress', onKey);
    process.off('SIGTERM', onSignal).off('SIGINT', onSignal);
  }
}
