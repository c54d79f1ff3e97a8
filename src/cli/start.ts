import { readFileSync } from 'node:fs';

/** `--version` and `--help` answer from two small files; everything else loads the command line proper. */
export async function start(argv: readonly string[]): Promise<number> {
  const end = argv.indexOf('--');
  const words = end < 0 ? argv : argv.slice(0, end);
  if (words.includes('--version')) return print(`${version()}\n`);
  if (words.includes('--help') || words.includes('-h')) return print(readFileSync(new URL('./help.txt', import.meta.url), 'utf8'));
  const { main } = await import('./main.ts');
  return main(argv, version());
}

const version = (): string => (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version;

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}
