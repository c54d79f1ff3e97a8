import { readFileSync } from 'node:fs';

/** `--version` and `--help` are answered from two small files. Everything else loads the whole command line. */
export async function start(argv: readonly string[]): Promise<number> {
  // A reader that closes the pipe (`| head`) is no error. The command still finishes.
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  const end = argv.indexOf('--');
  const words = end < 0 ? argv : argv.slice(0, end);
  if (words.includes('--version')) return print(`${version()}\n`);
  // The built-in help does not know the flags of added modules.
  const isExtended = words.some((word) => /^--modules(=|$)/.test(word));
  if (!isExtended && (words.includes('--help') || words.includes('-h')))
    return print(readFileSync(new URL('./help.txt', import.meta.url), 'utf8'));
  const { main } = await import('./main.ts');
  return main(argv, version());
}

export const version = (): string =>
  (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version;

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}
