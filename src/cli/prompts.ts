import type { Catalogue } from '../core/catalogue.ts';
import { showValue } from '../core/config.ts';
import { UserError } from '../core/errors.ts';
import type { Prepared } from '../core/generate.ts';
import type { FlagValue, Given } from '../core/input.ts';
import { DEFAULT_NAME } from '../core/names.ts';
import { sentence } from '../core/suggest-fix.ts';
import { type Answer, answer, back, begin, open, toMenu, toPreview, type WizardState } from './wizard/navigation.ts';
import { DIR, findChoice, isText, routeOf, TEXTS } from './wizard/questions.ts';
import { BACK, type Back, type Option, type Screen } from './wizard/screen.ts';
import { showChoices, showTree } from './wizard/summary.ts';
import { createValidator, type Validator } from './wizard/validity.ts';

export type Wizard = {
  readonly catalogue: Catalogue;
  readonly screen: Screen;
  readonly dir: string | undefined;
  /** The repository may become a folder of an existing git repository. */
  readonly asksFolder?: boolean;
  /** The input of the user, with these flags over it. */
  readonly read: (flags: readonly FlagValue[]) => Given;
  /** Says why the folder cannot be created, or returns undefined. */
  readonly whyBadDir: (dir: string) => string | undefined;
  readonly prepare: (dir: string, given: Given) => Prepared;
};
export type Answered = { readonly dir: string; readonly flags: readonly FlagValue[] };

/**
 * Asks the first questions, offers the others by group, and shows what will be written. Ctrl-C stops without writing
 * anything.
 */
export async function ask(wizard: Wizard): Promise<Answered> {
  const { catalogue, screen } = wizard;
  const typed = wizard.read([]);
  const given = new Set([...typed.explicit, ...(wizard.dir === undefined ? [] : [DIR])]);
  const route = routeOf(catalogue, given, wizard.asksFolder);
  const validator = createValidator(wizard);
  validator.verify();
  for (let state = begin(route); ; ) {
    const { place } = state;
    if (place.kind === 'question') {
      const value = await askQuestion(place.id, state, wizard, validator);
      state = value === BACK ? back(state) : answer(state, route, value);
    } else if (place.kind === 'menu') {
      const values = validator.values(state);
      const options = route.groups.map((group) => ({
        value: `group:${group.title}`,
        title: `${group.title}: ${group.questions.map((id) => `${id} ${showValue(values[id]!)}`).join(', ')}`,
      }));
      const picked = await screen.one({
        id: 'more',
        message: 'Do you want to change more?',
        preset: 'on',
        options: [{ value: 'on', title: 'No, continue' }, ...options],
      });
      if (picked === BACK) state = back(state);
      else if (picked === 'on') state = toPreview(state);
      else state = open(state, route, picked.slice('group:'.length));
    } else {
      const picked = await askPreview(state, wizard, validator);
      if (picked === 'write') return { dir: validator.dir(state), flags: validator.flags(state) };
      state = picked === BACK ? back(state) : toMenu(state);
    }
  }
}

/** Asks one question of the config. Options that the answers exclude are disabled, with the reason. */
export function askQuestion(
  id: string,
  state: WizardState,
  { catalogue, screen, whyBadDir }: Pick<Wizard, 'catalogue' | 'screen' | 'whyBadDir'>,
  validator: Validator,
): Promise<Answer | Back> {
  const kept = state.answers[id];
  if (id === DIR)
    return screen.text({
      id,
      message: 'Where should the repository be created?',
      preset: String(kept ?? DEFAULT_NAME),
      validate: (text) => whyBadDir(text) ?? true,
    });
  if (isText(id))
    return screen.text({
      id,
      message: TEXTS[id],
      preset: showValue(validator.values(state)[id]!),
      validate: (text) => validator.whyBadText(state, id, text) ?? true,
    });
  const choice = findChoice(catalogue, id);
  const preset = validator.values(state)[id]!;
  const options = (catalogue.options.get(id) ?? []).map((module): Option => {
    const rule = validator.whyExcluded(state, id, module.id);
    return rule
      ? { value: module.id, title: module.title, about: sentence(rule), excluded: rule.because }
      : { value: module.id, title: module.title, about: module.summary };
  });
  if (choice.takes === 'one') return screen.one({ id, message: choice.question, options, preset: String(preset) });
  return screen.many({
    id,
    message: choice.question,
    options,
    preset: [preset].flat(),
    validate: (ids) => validator.whyBadList(state, id, ids) ?? true,
  });
}

async function askPreview(
  state: WizardState,
  { catalogue, screen, read, prepare }: Wizard,
  validator: Validator,
): Promise<string | Back> {
  const dir = validator.dir(state);
  let why: string | undefined;
  let count = 0;
  try {
    const { config, plan } = prepare(dir, read(validator.flags(state)));
    count = plan.files.length;
    screen.say(
      `\n${showChoices(config, catalogue)}\n${showTree(
        dir,
        plan.files.map((file) => file.path),
      )}\n`,
    );
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    why = error.problems.map((problem) => problem.message).join(' ');
    screen.say(`\n${why}\n${error.hint}\n\n`);
  }
  const write = {
    value: 'write',
    title: why === undefined ? `Write these ${count} files` : 'Write',
    excluded: why && 'not valid',
  };
  return screen.one({
    id: 'write',
    message: 'Write these files?',
    preset: 'write',
    options: [write, { value: 'change', title: 'Change something' }],
  });
}
