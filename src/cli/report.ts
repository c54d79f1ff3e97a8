import { ERRORS, EXIT, type Problem, type UserError } from '../core/errors.ts';
import { q } from '../core/quote.ts';
import type { Terminal } from './terminal.ts';

type Sink = Pick<Terminal, 'out' | 'err'>;

/** A user's mistake: what, where, why, and the next thing to type. */
export function reportError(
  error: UserError,
  { out, err }: Sink,
  { json, argv }: { json: boolean; argv: readonly string[] },
): number {
  // A later flag wins over an earlier one and over the file, so what was typed plus the fix is a command to paste.
  const hint =
    error.mend === undefined
      ? error.hint
      : `${error.hint}\nRun: create-mlops-stack ${[...argv.map((word) => q.shell(word)), error.mend].join(' ')}`;
  if (json)
    out(`${JSON.stringify({ error: { id: error.id, message: error.message, hint, problems: error.problems } })}\n`);
  else
    err(
      `${error.id}: ${ERRORS[error.id].title}\n${error.problems.map((problem) => `  ${place(problem)}${problem.message}\n`).join('')}${hint}\n${error.id === 'E-UNFINISHED' ? '' : 'Nothing was changed.\n'}`,
    );
  return error.exit;
}

function place({ file, line, column }: Problem): string {
  if (!file) return '';
  return `${file}${line === undefined ? '' : `:${line}${column === undefined ? '' : `:${column}`}`}: `;
}

/** A bug of ours: says so, with what to report. The stack is always there, since it is what makes a report useful. */
export function reportBug(
  error: unknown,
  { out, err }: Sink,
  { json, version }: { json: boolean; version: string },
): number {
  const message = error instanceof Error ? error.message : String(error);
  if (json)
    out(
      `${JSON.stringify({ error: { id: 'E-BUG', message, hint: 'This is a bug of create-mlops-stack; please report it with the text on stderr.', problems: [] } })}\n`,
    );
  const stack = error instanceof Error ? (error.stack ?? message) : message;
  err(
    `This is a bug of create-mlops-stack, not a mistake of yours. Please report it with the lines below.\ncreate-mlops-stack ${version}, Node.js ${process.versions.node}, ${process.platform} ${process.arch}\n${stack}\n`,
  );
  return EXIT.bug;
}
