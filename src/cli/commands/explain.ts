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
      'explain needs an argument: a choice, an option, a generated path, or an error ID.',
    );
  const found =
    explainError(word) ??
    explainChoice(word, context.catalogue) ??
    explainOption(word, context.catalogue) ??
    explainPath(word, context);
  if (args.json) terminal.out(`${JSON.stringify(found)}\n`);
  else {
    terminal.out(`${found.title} (${found.kind} ${found.id})\n${found.text}\n`);
    for (const line of found.because) terminal.out(`- ${line}\n`);
  }
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
  const takes = choice.takes === 'one' ? 'one option' : 'a list of options';
  const perModel = choice.per === 'model' ? ', and each model can have its own' : '';
  return {
    kind: 'choice',
    id: choice.id,
    title: choice.title,
    text: `${choice.question} It takes ${takes}${perModel}; the default is ${showValue(choice.default({}))}.`,
    because: options.map((option) => `${option.id}: ${option.summary}`),
  };
}

function explainOption(word: string, catalogue: Catalogue): Explanation | undefined {
  const modules = [...catalogue.options.values()].flat();
  const found = modules.filter((module) => module.id === word || `${module.choice}/${module.id}` === word);
  if (found.length > 1) {
    const ids = found.map((module) => `${module.choice}/${module.id}`).join(', ');
    throw new UserError('E-COMMAND', `${word} is an option of more than one choice. Use one of: ${ids}.`);
  }
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
      ({ what, remove, of }) => `leaves ${what} if you remove ${of ? `the ${of}` : 'it'}; clean up with: ${remove}`,
    ),
  ];
}

const MADE = { slot: 'collected from several modules', copy: 'copied unchanged', template: 'rendered' } as const;

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
    const what = `${JSON.stringify(word)} is not a choice, an option, an error ID or a generated path`;
    throw new UserError('E-COMMAND', [
      { value: word, nearest: close, message: `${what}${close ? `; did you mean ${close}?` : '.'}` },
    ]);
  }
  const owners = {
    managed: 'an update merges it with your edits',
    tuned: 'an update changes its keys with the choices and keeps your values',
    starter: 'it is yours after you edit it',
  };
  return {
    kind: 'path',
    id: path,
    title: path,
    text: `It is ${MADE[file.kind]}, and ${owners[file.owner]}.`,
    because: [`from ${file.sourceId}`, ...file.modules.map((module) => `by ${module}`)],
  };
}
