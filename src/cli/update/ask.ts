import { type Config, showValue } from '../../core/config.ts';
import { UserError } from '../../core/errors.ts';
import type { FlagValue, Given } from '../../core/input.ts';
import { q } from '../../core/quote.ts';
import type { CommandContext } from '../context.ts';
import { askQuestion } from '../prompts.ts';
import { answer, back, begin, open, type Route } from '../wizard/navigation.ts';
import { TEXTS, textsOf } from '../wizard/questions.ts';
import { BACK, type Screen } from '../wizard/screen.ts';
import { createValidator } from '../wizard/validity.ts';
import type { UpdatePreview } from './preview.ts';
import { type Repository, readConfigFile, readTargetState } from './repository.ts';

const screenOf = async ({ screen, terminal }: CommandContext): Promise<Screen> =>
  screen ?? (await import('../wizard/terminal-screen.ts')).terminalScreen(terminal.out);

/**
 * Shows the current choices and asks what to change. Asks nothing if the file was changed already, because then the
 * file is applied. Returns the answers as flags, with all values that must change with them.
 */
export async function askChanges(context: CommandContext, repository: Repository): Promise<readonly FlagValue[]> {
  const { target } = readTargetState(context, repository);
  if (target.changed.length > 0 || !repository.lock) return [];
  const { catalogue } = context;
  const { config } = target.prepared;
  const screen = await screenOf(context);
  // The search for fitting values starts at the values of the file. Only answers are fixed.
  const read = (flags: readonly FlagValue[]): Given => ({
    ...readConfigFile(context, repository, flags),
    explicit: new Set(flags.map((flag) => flag.key)),
  });
  const validator = createValidator({ catalogue, dir: repository.dir, read, wished: config.choices });
  const ids = [
    ...catalogue.choices
      .filter((choice) => (catalogue.options.get(choice.id) ?? []).length > 0)
      .map((choice) => choice.id),
    ...Object.keys(TEXTS),
  ];
  const route: Route = { first: [], groups: ids.map((id) => ({ title: id, questions: [id] })) };
  const before = { ...config.choices, ...textsOf(config) };
  for (let state = begin(route); ; ) {
    const { place } = state;
    if (place.kind === 'question') {
      const value = await askQuestion(place.id, state, { catalogue, screen, whyBadDir: () => undefined }, validator);
      state = value === BACK ? back(state) : answer(state, route, value);
      continue;
    }
    const values = validator.values(state);
    const valueBefore = (id: string): string => showValue(before[id as keyof typeof before]!);
    const isNew = (id: string): boolean => showValue(values[id]!) !== valueBefore(id);
    const rows = ids.map((id) => ({
      value: id,
      title: `${id}: ${showValue(values[id]!)}${isNew(id) ? `  (was ${valueBefore(id)})` : ''}`,
    }));
    const none = ids.some(isNew) ? 'Nothing more; show the effect' : 'Nothing; update the files with these choices';
    const picked = await screen.one({
      id: 'change',
      message: 'What should change?',
      preset: 'on',
      options: [{ value: 'on', title: none }, ...rows],
    });
    if (picked === 'on')
      return validator
        .flags(state)
        .filter(({ key }) => isNew(key))
        .map((flag) => (flag.key === 'models' ? withOwnChoices(flag, config) : flag));
    if (picked !== BACK) state = open(state, route, picked);
  }
}

/** The user enters the names of models; the choices of a model are kept. */
function withOwnChoices(flag: FlagValue, { models }: Config): FlagValue {
  const own = new Map(models.map((model) => [model.name, model.choices]));
  const items = flag.text
    .split(',')
    .map((word) => word.trim())
    .map((name) => ({ name, ...own.get(name) }));
  return { ...flag, text: q.yaml(items.map((item) => (Object.keys(item).length === 1 ? item.name : item))) };
}

/** Asks for confirmation before an update. Any answer but yes leaves the disk unchanged. */
export async function askToGoOn(context: CommandContext, { outcome }: UpdatePreview): Promise<void> {
  const screen = await screenOf(context);
  const count = outcome.changes.length;
  const picked = await screen.one({
    id: 'go',
    message: 'Apply this update?',
    preset: 'yes',
    options: [
      { value: 'yes', title: count === 1 ? 'Yes, change this file' : `Yes, change these ${count} files` },
      { value: 'no', title: 'No, change nothing' },
    ],
  });
  if (picked !== 'yes') throw new UserError('E-INTERRUPTED', 'You declined the update.');
}
