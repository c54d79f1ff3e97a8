import { readFileSync } from 'node:fs';
import { EXIT } from '../core/errors.ts';
import { flushed, write } from './output.ts';

/** `--version` and `--help` are answered from two small files. Everything else loads the whole command line. */
export async function start(argv: readonly string[]): Promise<number> {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', onWriteError);
  const end = argv.indexOf('--');
  const words = end < 0 ? argv : argv.slice(0, end);
  if (words.includes('--version')) return print(`${version()}\n`);
  // The built-in help does not know the flags of added modules.
  const isExtended = words.some((word) => /^--modules(=|$)/.test(word));
  if (!isExtended && (words.includes('--help') || words.includes('-h')))
    return print(readFileSync(new URL('./help.txt', import.meta.url), 'utf8'));
  const { main } = await import('./main.ts');
  const code = await main(argv, version());
  if (!isExtended) return code;
  // A timer or a connection of a module must not keep the process alive.
  await Promise.all([process.stdout, process.stderr].map(flushed));
  process.exit(code);
}

let hasFailed = false;

/**
 * A reader that closes the pipe (`| head`) is no error, and the command still finishes. Any other error means that the
 * caller did not get the result: the command finishes and ends with a code of its own.
 */
function onWriteError(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE' || hasFailed) return;
  hasFailed = true;
  process.once('exit', () => void (process.exitCode ||= EXIT.disk));
  const why = error.code === 'ENOSPC' ? 'the disk is full' : error.message;
  write(process.stderr, `The command finished, but its output could not be written: ${why}.\n`);
}

export const version = (): string =>
  (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version;

function print(text: string): number {
  write(process.stdout, text);
  return 0;
}
