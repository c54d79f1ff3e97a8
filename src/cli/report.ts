import { ERRORS, EXIT, type Problem, type UserError } from '../core/errors.ts';
import { q } from '../core/quote.ts';
import { linksOf, type ProjectLinks } from '../project.ts';
import type { Terminal } from './terminal.ts';

type Sink = Pick<Terminal, 'out' | 'err'>;

/** Reports an error in the user's input or folder: what failed, where, why, and what to do next. */
export function reportError(
  error: UserError,
  { out, err }: Sink,
  { json, argv, links = linksOf() }: { json: boolean; argv: readonly string[]; links?: ProjectLinks | null },
): number {
  // A later flag overrides an earlier one and the config file, so the user's command line plus the fix can be pasted.
  const hint =
    error.fixFlags === undefined
      ? error.hint
      : `${error.hint}\nRun: create-mlops-stack ${[...argv.map((word) => q.shell(word)), error.fixFlags].join(' ')}`;
  if (json)
    out(`${JSON.stringify({ error: { id: error.id, message: error.message, hint, problems: error.problems } })}\n`);
  else {
    const problems = error.problems.map((problem) => `  ${place(problem)}${problem.message}\n`).join('');
    const outcome = error.id === 'E-UNFINISHED' ? '' : 'Nothing was changed.\n';
    const page = links ? `More: ${links.errorPage(error.id)}\n` : '';
    err(`${error.id}: ${ERRORS[error.id].title}\n${problems}${hint}\n${outcome}${page}`);
  }
  return error.exit;
}

function place({ file, line, column }: Problem): string {
  if (!file) return '';
  return `${file}${line === undefined ? '' : `:${line}${column === undefined ? '' : `:${column}`}`}: `;
}

/**
 * Reports an internal error with the details that a maintainer needs, always including the stack. It names the place
 * for reports only if the project has one.
 */
export function reportBug(
  error: unknown,
  { out, err }: Sink,
  { json, version, links = linksOf() }: { json: boolean; version: string; links?: ProjectLinks | null },
): number {
  const message = error instanceof Error ? error.message : String(error);
  const report = links
    ? `Report it at ${links.issues} with the details`
    : 'A maintainer needs the details to find the cause; keep the text';
  if (json) {
    const hint = `This is an internal error in create-mlops-stack. ${report} on stderr.`;
    out(`${JSON.stringify({ error: { id: 'E-BUG', message, hint, problems: [] } })}\n`);
  }
  const stack = error instanceof Error ? (error.stack ?? message) : message;
  err(
    `This is an internal error in create-mlops-stack, not an error in your input. ${report} below.\n` +
      `create-mlops-stack ${version}, Node.js ${process.versions.node}, ${process.platform} ${process.arch}\n` +
      `${stack}\n`,
  );
  return EXIT.bug;
}
