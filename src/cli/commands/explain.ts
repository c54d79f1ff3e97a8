import type { Catalogue } from '../../core/catalogue.ts';
import { showValue } from '../../core/config.ts';
import type { AnyModule, AnyPart } from '../../core/contract.ts';
import { ERRORS, type ErrorId, UserError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import type { CommandContext } from '../context.ts';
import { planHere } from './plan.ts';

type Explanation = {
  readonly kind: 'choice' | 'option' | 'path' | 'error';
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly because: readonly string[];
};

export async function run(context: CommandContext): Promise<number> {
  const { args, terminal } = context;
  const [word] = args.words;
  if (word === undefined)
    throw new UserError(
      'E-COMMAND',
      'explain needs a word: a choice, an option, a path of the output, or an error id.',
    );
  const found =
    explainError(word) ??
    explainChoice(word, context.catalogue) ??
    explainOption(word, context.catalogue) ??
    explainPath(word, context);
  if (args.json) terminal.out(`${JSON.stringify(found)}\n`);
  else
    terminal.out(
      `${found.title} (${found.kind} ${found.id})\n${found.text}\n${found.because.map((line) => `- ${line}\n`).join('')}`,
    );
  return 0;
}

function explainError(word: string): Explanation | undefined {
  const id = word.toUpperCase();
  if (!(id in ERRORS)) return undefined;
  const { title, page, hint } = ERRORS[id as ErrorId];
  return { kind: 'error', id, title, text: page, because: [hint] };
}

function explainChoice(word: string, catalogue: Catalogue): Explanation | undefined {
  const choice = catalogue.choices.find((candidate) => candidate.id === word);
  if (!choice) return undefined;
  const options = catalogue.options.get(choice.id) ?? [];
  return {
    kind: 'choice',
    id: choice.id,
    title: choice.title,
    text: `${choice.question} It takes ${choice.takes === 'one' ? 'one option' : 'a list of options'}${choice.per === 'model' ? ', and each model may have its own' : ''}; the default is ${showValue(choice.default({}))}.`,
    because: options.map((option) => `${option.id}: ${option.summary}`),
  };
}

function explainOption(word: string, catalogue: Catalogue): Explanation | undefined {
  const modules = [...catalogue.options.values()].flat();
  const found = modules.filter((module) => module.id === word || `${module.choice}/${module.id}` === word);
  if (found.length > 1)
    throw new UserError(
      'E-COMMAND',
      `${word} is an option of more than one choice; say which: ${found.map((module) => `${module.choice}/${module.id}`).join(', ')}.`,
    );
  const [module] = found;
  return (
    module && {
      kind: 'option',
      id: `${module.choice}/${module.id}`,
      title: module.title,
      text: `${module.summary} ${module.docs}`,
      because: becauseOf(module),
    }
  );
}

function becauseOf(module: AnyModule): string[] {
  const parts: AnyPart[] = [module, ...Object.values(module.parts ?? {})];
  const reads = (kind: 'needs' | 'sees'): string[] =>
    parts.flatMap((part) =>
      Object.entries((part[kind] ?? {}) as Record<string, { because: string }>).map(
        ([cap, { because }]) => `${kind} ${cap}: ${because}`,
      ),
    );
  return [
    ...reads('needs'),
    ...reads('sees'),
    ...Object.keys(module.provides ?? {}).map((cap) => `provides ${cap}`),
    ...(module.leftovers ?? []).map(
      (leftover) => `leaves ${leftover.what} when it goes; remove with: ${leftover.remove}`,
    ),
  ];
}

const MADE = { slot: 'gathered from several modules', copy: 'copied as it is', template: 'rendered' } as const;

function explainPath(word: string, context: CommandContext): Explanation {
  const { plan } = planHere(context);
  const path = word.replace(/^\.\//, '');
  const file = plan.files.find((candidate) => candidate.path === path);
  if (!file) {
    const { catalogue } = context;
    const known = [
      ...catalogue.choices.map((choice) => choice.id),
      ...[...catalogue.options.values()].flat().map((module) => module.id),
      ...Object.keys(ERRORS),
      ...plan.files.map((candidate) => candidate.path),
    ];
    const close = nearest(path, known);
    throw new UserError('E-COMMAND', [
      {
        value: word,
        nearest: close,
        message: `${JSON.stringify(word)} is no choice, option, error, nor a path of the output for these choices${close ? `; did you mean ${close}?` : '.'}`,
      },
    ]);
  }
  const owners = {
    managed: 'merged with your edits on an update',
    tuned: 'its keys follow the choices, your values stay',
    starter: 'yours once you edit it',
  };
  return {
    kind: 'path',
    id: path,
    title: path,
    text: `It is ${MADE[file.kind]}, and ${owners[file.owner]}.`,
    because: [`from ${file.sourceId}`, ...file.modules.map((module) => `by ${module}`)],
  };
}
