import type { Catalogue } from '../../core/catalogue.ts';
import { type Config, readConfig, showValue } from '../../core/config.ts';
import { UserError } from '../../core/errors.ts';
import type { FlagValue, Given } from '../../core/input.ts';
import { DEFAULT_NAME } from '../../core/names.ts';
import type { Broken } from '../../core/resolve.ts';
import { createSolver, type Picks, type Solution, type Solver } from '../../core/solver.ts';
import { sentence, verifyStack } from '../../core/suggest-fix.ts';
import { type Answer, onTheWay, type WizardState } from './navigation.ts';
import { DIR, findChoice, flagOf, isText, textsOf } from './questions.ts';

/** Validates answers with the same code that validates a config. */
export type Validator = {
  /** Throws if the flags and the file contradict each other, so that no answer can help. */
  readonly verify: () => void;
  readonly dir: (state: WizardState) => string;
  /**
   * The current value of every question: the answers, and for the others values that fit them and are close to the
   * defaults.
   */
  readonly values: (state: WizardState) => Readonly<Record<string, Answer>>;
  /** The rule that excludes an option, if the answers so far leave no valid stack with it. */
  readonly whyExcluded: (state: WizardState, id: string, option: string) => Broken | undefined;
  readonly whyBadList: (state: WizardState, id: string, ids: readonly string[]) => string | undefined;
  readonly whyBadText: (state: WizardState, id: string, text: string) => string | undefined;
  /** The answers as flags, with all values that had to differ from their defaults. */
  readonly flags: (state: WizardState) => readonly FlagValue[];
};

type Ground = { readonly config: Config; readonly solver: Solver };

/** `wished`: preferred values instead of the defaults, for questions without input or answer. */
export function createValidator({
  catalogue,
  dir,
  read,
  wished,
}: {
  catalogue: Catalogue;
  dir: string | undefined;
  read: (flags: readonly FlagValue[]) => Given;
  wished?: Picks;
}): Validator {
  const { explicit } = read([]);
  const typed = (config: Config): Picks => only(config.choices, (id) => explicit.has(id));
  const grounds = new Map<string, Ground>();
  /** The config without answers to choices, and its solver. Computed again only if another text was answered. */
  const ground = (answers: WizardState['answers']): Ground => {
    const flags = Object.entries(answers)
      .filter(([id]) => isText(id))
      .map(([id, value]) => flagOf(id, value));
    // Some defaults depend on the place of the folder.
    const key = JSON.stringify([answers[DIR], flags]);
    let found = grounds.get(key);
    if (!found) {
      const { config } = readConfig(read(flags), catalogue, DEFAULT_NAME);
      grounds.set(key, (found = { config, solver: createSolver(config, catalogue) }));
    }
    return found;
  };
  const complete = (state: WizardState, more: Picks = {}, held: readonly string[] = []): Solution => {
    const { config, solver } = ground(state.answers);
    const answered = only(state.answers, (id) => id in config.choices);
    const bound = onTheWay(state);
    return solver.complete({
      fixed: { ...typed(config), ...only(answered, (id) => bound.has(id)), ...more },
      wished: { ...wished, ...answered },
      held,
    });
  };
  const values: Validator['values'] = (state) => {
    const { config } = ground(state.answers);
    const completion = complete(state);
    const picks = completion.kind === 'excluded' ? config.choices : completion.picks;
    return { ...picks, ...textsOf(config) };
  };
  return {
    verify: () => {
      const { config, solver } = ground({});
      if (solver.complete({ fixed: typed(config) }).kind === 'excluded') verifyStack(config, catalogue, explicit);
    },
    dir: (state) => dir ?? String(state.answers[DIR] ?? DEFAULT_NAME),
    values,
    whyExcluded: (state, id, option) => {
      const isMany = findChoice(catalogue, id).takes === 'many';
      const completion = isMany ? complete(state, {}, [`${id}/${option}`]) : complete(state, { [id]: option });
      return completion.kind === 'excluded' ? completion.rule : undefined;
    },
    whyBadList: (state, id, ids) => {
      const completion = complete(state, { [id]: ids });
      return completion.kind === 'excluded' ? sentence(completion.rule) : undefined;
    },
    whyBadText: (state, id, text) => {
      try {
        ground({ ...state.answers, [id]: text });
        return undefined;
      } catch (error) {
        if (error instanceof UserError) return error.problems.map((problem) => problem.message).join(' ');
        throw error;
      }
    },
    flags: (state) => {
      const now = values(state);
      const { choices } = ground(state.answers).config;
      const texts = Object.entries(state.answers).filter(([id]) => isText(id));
      const picks = Object.keys(choices).filter(
        (id) => !explicit.has(id) && (id in state.answers || showValue(choices[id]!) !== showValue(now[id]!)),
      );
      return [...picks.map((id) => flagOf(id, now[id]!)), ...texts.map(([id, value]) => flagOf(id, value))];
    },
  };
}

const only = (picks: Picks, keep: (id: string) => boolean): Picks =>
  Object.fromEntries(Object.entries(picks).filter(([id]) => keep(id)));
