import { readFileSync } from 'node:fs';

/** `--version` and `--help` answer from two small files; everything else loads the command line proper. */
export async function start(argv: readonly string[]): Promise<number> {
  // A reader that has gone (`| head`) is no fault; what was asked for is done all the same.
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  const end = argv.indexOf('--');
  const words = end < 0 ? argv : argv.slice(0, end);
  if (words.includes('--version')) return print(`${version()}\n`);
  // The flags of added modules are in no file of ours.
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
