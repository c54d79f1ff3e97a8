import type { Catalogue } from '../../src/core/catalogue.ts';
import { makeCheck, shellCheck } from './checks/batch.ts';
import type { BatchCheck, FileCheck, StackCheck } from './checks/check.ts';
import { DECLARATION_CHECKS, OWED, owedCheck } from './checks/declarations.ts';
import { deliveryCheck } from './checks/delivery.ts';
import { documentationCheck } from './checks/documentation.ts';
import { extrasCheck } from './checks/extras.ts';
import { hclCheck } from './checks/hcl.ts';
import { idleTimeoutCheck } from './checks/idle-timeouts.ts';
import { importCheck } from './checks/imports.ts';
import { makefileCheck } from './checks/makefiles.ts';
import { MENTION_CHECKS } from './checks/mentions.ts';
import { parameterCheck } from './checks/parameters.ts';
import { permissionCheck } from './checks/permissions.ts';
import { portabilityCheck } from './checks/portability.ts';
import { promiseCheck } from './checks/promises.ts';
import { SCHEMA_CHECKS } from './checks/schemas.ts';
import { statesLanguageCheck } from './checks/states-language.ts';
import { strictJsonCheck } from './checks/strict-json.ts';
import { SYNTAX_CHECKS } from './checks/syntax.ts';
import { TEXT_CHECKS } from './checks/text.ts';
import { textToolCheck } from './checks/text-tools.ts';
import { Traces } from './checks/traces.ts';
import type { OutputFile, Stack } from './stacks.ts';

/** Runs all checks for many stacks. A check of a single file runs once for each distinct content. */

const FILE_CHECKS: readonly FileCheck[] = [
  ...TEXT_CHECKS,
  ...SYNTAX_CHECKS,
  SCHEMA_CHECKS.file,
  statesLanguageCheck,
  portabilityCheck,
  strictJsonCheck,
  textToolCheck,
];
const STACK_CHECKS: readonly StackCheck[] = [
  importCheck,
  makefileCheck,
  parameterCheck,
  ...MENTION_CHECKS,
  documentationCheck,
  deliveryCheck,
  permissionCheck,
  idleTimeoutCheck,
  extrasCheck,
  promiseCheck,
  SCHEMA_CHECKS.stack,
  ...DECLARATION_CHECKS,
];
export const CHECKS: readonly string[] = [
  ...FILE_CHECKS.map((check) => check.name),
  ...STACK_CHECKS.map((check) => check.name),
  OWED,
  'hcl',
  'shell',
  'make',
  'traces',
];

export type Problem = {
  readonly check: string;
  readonly source: string;
  readonly path: string;
  readonly message: string;
  readonly stack: string;
  readonly stacks: Set<string>;
};

export class Inspector {
  readonly traces: Traces;
  readonly #owed: StackCheck;
  readonly skipped: string[] = [];
  readonly #problems = new Map<string, Problem>();
  readonly #answers = new Map<string, readonly string[]>();
  readonly #batches: readonly BatchCheck[] = [hclCheck(), shellCheck(), makeCheck()];
  readonly #sources = new Set<string>();

  constructor(catalogue: Catalogue) {
    this.traces = new Traces(catalogue);
    this.#owed = owedCheck(catalogue);
  }

  inspect(stack: Stack): void {
    for (const file of stack.files.values()) {
      this.#sources.add(file.source.replace(/@.*$/, ''));
      const { text } = file.content;
      if (text === undefined) continue;
      for (const check of FILE_CHECKS) {
        if (!check.accepts(file)) continue;
        for (const message of this.#ask(check, text, file, stack)) this.#report(check.name, file, message, stack.label);
      }
    }
    for (const check of [...STACK_CHECKS, this.#owed, this.traces])
      for (const { path, message } of check.find(stack))
        this.#report(check.name, stack.files.get(path), message, stack.label);
    for (const batch of this.#batches) batch.add(stack);
  }

  async finish(): Promise<void> {
    for (const batch of this.#batches) {
      const { faults, skipped } = await batch.finish();
      if (skipped) this.skipped.push(`${batch.name}: ${skipped}`);
      for (const { file, message, stack } of faults) this.#report(batch.name, file, message, stack);
    }
  }

  /** One line for each problem: the problem, its source, and the number of stacks that have it. */
  problems(check: string): string[] {
    return [...this.#problems.values()]
      .filter((problem) => problem.check === check)
      .map(
        ({ source, path, message, stacks, stack }) =>
          `${source || 'the stack'}${path ? ` -> ${path}` : ''}: ${message} [${stacks.size} stacks, first: ${stack}]`,
      );
  }

  /** Files of the catalog that no stack rendered. */
  unused(catalogue: Catalogue): string[] {
    return catalogue.parts.flatMap(({ id }) => {
      const [folder, part] = id.split('#');
      return catalogue
        .files(id)
        .map((file) => `${folder}${part ? `/parts/${part}` : ''}/files/${file.path}`)
        .filter((source) => !this.#sources.has(source));
    });
  }

  get answers(): number {
    return this.#answers.size;
  }

  #ask(check: FileCheck, text: string, file: OutputFile, stack: Stack): readonly string[] {
    const key = `${check.name} ${file.content.id} ${check.key?.(file, stack) ?? ''}`;
    let answer = this.#answers.get(key);
    if (!answer) this.#answers.set(key, (answer = check.find(text, file, stack)));
    return answer;
  }

  #report(check: string, file: OutputFile | undefined, message: string, stack: string): void {
    const source = file?.source.replace(/@.*$/, '') ?? '';
    // The same error of a template has another line number in another stack.
    const key = `${check} ${source} ${message.replace(/^line \d+: /, '')}`;
    const known = this.#problems.get(key);
    if (known) known.stacks.add(stack);
    else this.#problems.set(key, { check, source, path: file?.path ?? '', message, stack, stacks: new Set([stack]) });
  }
}
