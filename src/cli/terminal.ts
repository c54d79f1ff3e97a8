/** The environment of a command. Tests pass their own. */
export type Terminal = {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isInteractive: boolean;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
};

/** Interactive only if input and output are terminals and no variable or flag says that a program runs the command. */
export function isInteractive(
  stdin: { isTTY?: boolean },
  stdout: { isTTY?: boolean },
  env: Terminal['env'],
  flags: { yes: boolean; json: boolean },
): boolean {
  return Boolean(stdin.isTTY && stdout.isTTY && !env['CI'] && !flags.yes && !flags.json);
}

/** Bold if the terminal supports it and NO_COLOR is not set. */
export function bold(text: string, stream: { isTTY?: boolean }, env: Terminal['env']): string {
  return stream.isTTY && !env['NO_COLOR'] ? `\u001b[1m${text}\u001b[22m` : text;
}
