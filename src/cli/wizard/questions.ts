import type { Catalogue } from '../../core/catalogue.ts';
import { type Config, DEFAULT_TRUNK, OWN_REPOSITORY, showValue } from '../../core/config.ts';
import type { AnyChoice } from '../../core/contract.ts';
import type { FlagValue } from '../../core/input.ts';
import type { Answer, Route } from './navigation.ts';

/** Keys of the config that are not choices. The wizard asks for them as text. */
export const TEXTS = {
  models: 'Which models does the repository have? (names: churn,fraud)',
  environments: 'Which environments do you deploy to? (names; the last one is guarded)',
  folder: 'Where is this folder in its git repository? (a path such as services/ml; . is a repository of its own)',
  trunk: 'Which branch is deployed? (jobs with credentials run from it only)',
} as const;
export const DIR = 'dir';
const FOLDER = 'folder' satisfies keyof typeof TEXTS;
const TEXT_GROUP = 'Models and environments';

/** The answers to the questions of `TEXTS` that a config has. */
export const textsOf = ({
  models,
  environments,
  trunk = DEFAULT_TRUNK,
  folder = OWN_REPOSITORY,
}: Config): Record<keyof typeof TEXTS, Answer> => ({
  models: models.map((model) => model.name),
  environments,
  folder,
  trunk,
});

export const isText = (id: string): id is keyof typeof TEXTS => id in TEXTS;
export const findChoice = (catalogue: Catalogue, id: string): AnyChoice =>
  catalogue.choices.find((choice) => choice.id === id)!;

/**
 * The questions that remain if `given` is already answered. `asksFolder`: the place in the git repository is asked in the
 * first round.
 */
export function routeOf(catalogue: Catalogue, given: ReadonlySet<string>, asksFolder = false): Route {
  const open = catalogue.choices.filter(
    (choice) => !given.has(choice.id) && (catalogue.options.get(choice.id) ?? []).length > 0,
  );
  const later = open.filter((choice) => choice.asked === 'later');
  const groups = [...new Set(later.map((choice) => choice.group))].map((title) => ({
    title,
    questions: later.filter((choice) => choice.group === title).map((choice) => choice.id),
  }));
  const isFirst = (id: string): boolean => asksFolder && id === FOLDER;
  const texts = Object.keys(TEXTS).filter((id) => !given.has(id) && !isFirst(id));
  return {
    first: [
      ...(given.has(DIR) ? [] : [DIR]),
      ...(asksFolder && !given.has(FOLDER) ? [FOLDER] : []),
      ...open.filter((choice) => choice.asked === 'first').map((choice) => choice.id),
    ],
    groups: [...groups, ...(texts.length > 0 ? [{ title: TEXT_GROUP, questions: texts }] : [])],
  };
}

/** The flag that is equivalent to an answer. */
export const flagOf = (id: string, value: Answer): FlagValue => ({ key: id, text: showValue(value), flag: `--${id}` });
