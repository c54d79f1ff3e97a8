import { createHash } from 'node:crypto';
import type { Catalogue } from '../../src/core/catalogue.ts';
import { readConfig } from '../../src/core/config.ts';
import { prepare } from '../../src/core/generate.ts';
import { createSolver, type Picks } from '../../src/core/solver.ts';
import { givenOf } from '../support/cases.ts';

/** The repositories that the end-to-end tests generate, install and run. */

export type E2eStack = {
  readonly name: string;
  readonly models: readonly string[];
  /** The choices in the form of a config file. Missing choices get their default. */
  readonly values: Readonly<Record<string, unknown>>;
  /** `<choice>/<option>` of every option in the stack, in the order of the config. */
  readonly options: readonly string[];
  /** The shared parts in the stack: `_base/<concern>`. */
  readonly shared: readonly string[];
};

/** The stacks that always run all of their tests: the default stack, and one that has little in common with it. */
export const ANCHORS: readonly { readonly name: string; readonly values: Readonly<Record<string, unknown>> }[] = [
  { name: 'default-stack', values: {} },
  {
    name: 'aws-stack',
    values: {
      cloud: 'aws',
      orchestrator: 'step-functions',
      tracker: 'wandb',
      framework: 'xgboost',
      versioning: 'dvc',
      quality: 'great-expectations',
      protocols: ['rest', 'v2', 'sagemaker', 'vertex', 'azureml', 'lambda'],
      target: ['lambda'],
      rollout: 'canary',
      monitoring: ['cloudwatch'],
      secrets: 'aws-secrets-manager',
    },
  },
];

/**
 * The anchors, then further stacks until every option occurs, several new options in each. A stack is named after the
 * option that it was made for, so its name is stable when other options change. The last stack has two models. No stack
 * is made for an option in `elsewhere`: a test file of its own proves it.
 */
export function stacksOf(catalogue: Catalogue, elsewhere: ReadonlySet<string> = new Set()): readonly E2eStack[] {
  const whole = completionOf(catalogue);
  const stacks = ANCHORS.map(({ name, values }) => stackOf(name, values, catalogue));
  const covered = new Set(stacks.flatMap(({ options }) => options));
  const open = orderOf(catalogue).filter((id) => !covered.has(id) && !elsewhere.has(id));
  while (open.some((id) => !covered.has(id))) {
    const [first, ...others] = open.filter((id) => !covered.has(id)) as [string, ...string[]];
    let picks = addTo({}, first, catalogue);
    if (!whole(picks)) throw new Error(`No stack can have the option ${first}.`);
    for (const id of others) {
      const [choice] = id.split('/') as [string];
      const wider = addTo(picks, id, catalogue);
      if (!(choice in picks) && whole(wider)) picks = wider;
    }
    picks = spread(picks, stacks, whole, catalogue, elsewhere);
    const isLast = open.every((id) => covered.has(id) || isIn(id, picks));
    const values = { ...whole(picks), ...(isLast ? { models: twoModels(picks, catalogue) } : {}) };
    const stack = stackOf(`${first.replace('/', '-')}-stack`, values, catalogue);
    for (const id of stack.options) covered.add(id);
    stacks.push(stack);
  }
  return stacks;
}

/** The stack with these options: the other choices have their default, or the nearest option that these options need. */
export function stackWith(name: string, picks: Picks, catalogue: Catalogue): E2eStack {
  const whole = completionOf(catalogue)(picks);
  if (!whole) throw new Error(`No stack can have the options ${idsOf(picks).join(', ')}.`);
  return stackOf(name, whole, catalogue);
}

/** Finds the other choices that some options need. The result is undefined if no choices make the options resolve. */
function completionOf(catalogue: Catalogue): (picks: Picks) => Picks | undefined {
  const { config } = readConfig(
    { values: { name: 'demo' }, where: () => ({}), explicit: new Set() },
    catalogue,
    'demo',
  );
  const solver = createSolver(config, catalogue);
  return (picks) => {
    const found = solver.complete({ fixed: picks });
    return found.kind === 'found' ? found.picks : undefined;
  };
}

/** For each open choice that takes one option, selects the option that meets the most others for the first time. */
function spread(
  from: Picks,
  stacks: readonly E2eStack[],
  whole: (picks: Picks) => Picks | undefined,
  catalogue: Catalogue,
  elsewhere: ReadonlySet<string>,
): Picks {
  const met = new Set(stacks.flatMap(({ options }) => options.flatMap((a) => options.map((b) => `${a} ${b}`))));
  return catalogue.choices.reduce((picks, choice) => {
    if (choice.id in picks || choice.takes === 'many') return picks;
    const others = idsOf(picks);
    const usual = [choice.default({})].flat();
    const candidates = (catalogue.options.get(choice.id) ?? [])
      .filter((option) => !elsewhere.has(`${choice.id}/${option.id}`))
      .map((option) => ({
        picks: addTo(picks, `${choice.id}/${option.id}`, catalogue),
        isUsual: usual.includes(option.id),
        news: others.filter((other) => !met.has(`${choice.id}/${option.id} ${other}`)).length,
      }))
      .sort((a, b) => b.news - a.news || Number(b.isUsual) - Number(a.isUsual));
    return candidates.find((candidate) => whole(candidate.picks))?.picks ?? picks;
  }, from);
}

const idsOf = (picks: Picks): string[] =>
  Object.entries(picks).flatMap(([choice, value]) => [value].flat().map((id) => `${choice}/${id}`));

const isIn = (id: string, picks: Picks): boolean => {
  const [choice, option] = id.split('/') as [string, string];
  return [picks[choice] ?? []].flat().includes(option);
};

/** The picks with one more option. */
function addTo(picks: Picks, id: string, catalogue: Catalogue): Picks {
  const [choice, option] = id.split('/') as [string, string];
  const declared = catalogue.choices.find((each) => each.id === choice)!;
  return { ...picks, [choice]: declared.takes === 'many' ? [option] : option };
}

/** The second model takes the next option of each per-model choice. */
function twoModels(picks: Picks, catalogue: Catalogue): unknown[] {
  const own = catalogue.choices
    .filter(({ per }) => per === 'model')
    .map((choice) => {
      const ids = catalogue.options.get(choice.id)!.map(({ id }) => id);
      const first = picks[choice.id] ?? choice.default({});
      return [choice.id, ids[(ids.indexOf(String(first)) + 1) % ids.length]!] as const;
    });
  return ['churn', { name: 'fraud', ...Object.fromEntries(own) }];
}

function stackOf(name: string, values: E2eStack['values'], catalogue: Catalogue): E2eStack {
  const { config, plan } = prepare(givenOf({ label: name, values: { name, ...values } }), catalogue, name);
  const chosen = Object.entries(config.choices).flatMap(([choice, value]) =>
    [value, ...config.models.map((model) => model.choices[choice] ?? [])].flat().map((id) => `${choice}/${id}`),
  );
  return {
    name,
    values,
    models: config.models.map((model) => model.name),
    options: [...new Set(chosen)],
    shared: [...new Set(plan.stack.parts.map(({ id }) => id).filter((id) => id.startsWith('_')))].sort(),
  };
}

/** Every option in an order that is stable when another option is added: by a hash of its name. */
function orderOf(catalogue: Catalogue): string[] {
  const options = catalogue.choices.flatMap(({ id }) =>
    (catalogue.options.get(id) ?? []).map((option) => `${id}/${option.id}`),
  );
  const rank = (id: string): string => createHash('sha256').update(id).digest('hex');
  return options.sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
}
