import { showValue } from '../../core/config.ts';
import { UserError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import type { CommandContext } from '../context.ts';

export async function run({ args, catalogue, terminal }: CommandContext): Promise<number> {
  const [wanted] = args.words;
  const ids = catalogue.choices.map((choice) => choice.id);
  if (wanted !== undefined && !ids.includes(wanted)) {
    const close = nearest(wanted, ids);
    const hint = close ? `; did you mean ${close}?` : `. There are: ${ids.join(', ')}.`;
    throw new UserError('E-COMMAND', [
      { value: wanted, nearest: close, message: `there is no choice ${JSON.stringify(wanted)}${hint}` },
    ]);
  }
  const choices = catalogue.choices
    .filter((choice) => wanted === undefined || choice.id === wanted)
    .map((choice) => ({
      id: choice.id,
      title: choice.title,
      default: choice.default({}),
      takes: choice.takes,
      per: choice.per,
      options: (catalogue.options.get(choice.id) ?? []).map(({ id, title, summary, status, settings }) => ({
        id,
        title,
        summary,
        status: typeof status === 'string' ? status : (Object.keys(status)[0] as string),
        settings: Object.entries(settings ?? {}).map(([key, setting]) => ({
          key,
          title: setting.title,
          at: setting.at,
        })),
      })),
    }));
  if (args.json) terminal.out(`${JSON.stringify({ choices })}\n`);
  else {
    const widest = Math.max(...choices.flatMap(({ options }) => options.map(({ id }) => id.length)));
    for (const choice of choices) {
      const traits = [
        `default ${showValue(choice.default)}`,
        ...(choice.takes === 'many' ? ['takes several'] : []),
        ...(choice.per === 'model' ? ['one for each model'] : []),
      ];
      terminal.out(`${choice.id}  (${traits.join(', ')})\n`);
      for (const option of choice.options) terminal.out(`  ${option.id.padEnd(widest)} ${option.summary}\n`);
    }
  }
  return 0;
}
