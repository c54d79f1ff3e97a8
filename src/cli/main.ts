import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { EXIT, UserError } from '../core/errors.ts';
import { STATE_DIR } from '../core/lock.ts';
import { helpText, moduleFolders, readArgs } from './args.ts';
import { loadCatalogue } from './catalogue.ts';
import { reportBug, reportError } from './report.ts';
import { isInteractive, type Terminal } from './terminal.ts';

const LOADERS = {
  create: () => import('./commands/create.ts'),
  update: () => import('./commands/update.ts'),
  diff: () => import('./commands/diff.ts'),
  check: () => import('./commands/check.ts'),
  doctor: () => import('./commands/doctor.ts'),
  plan: () => import('./commands/plan.ts'),
  list: () => import('./commands/list.ts'),
  explain: () => import('./commands/explain.ts'),
  schema: () => import('./commands/schema.ts'),
};

// A command validates each value once or twice. Compiling a validator first would take longer than it saves.
z.config({ jitless: true });

export async function main(argv: readonly string[], version: string): Promise<number> {
  const { stdin, stdout, stderr, env } = process;
  const json = argv.includes('--json');
  const base = {
    cwd: process.cwd(),
    env,
    out: (text: string) => void stdout.write(text),
    err: (text: string) => void stderr.write(text),
  };
  // Writing is synchronous, so a signal is handled before or after it, never in the middle.
  let interrupted = false;
  const onSignal = (): void => void (interrupted = true);
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  try {
    const folders = moduleFolders(argv);
    const catalogue = await loadCatalogue(folders);
    const args = readArgs(argv, catalogue.choices, existsSync(join(base.cwd, STATE_DIR)));
    if (args.help) {
      base.out(helpText(catalogue));
      return EXIT.done;
    }
    const terminal: Terminal = { ...base, isInteractive: isInteractive(stdin, stdout, env, args) };
    const { run } = await LOADERS[args.command]();
    const code = await run({ args, catalogue, terminal, version, isExtended: folders.length > 0 });
    return interrupted ? EXIT.interrupted : code;
  } catch (error) {
    if (error instanceof UserError) return reportError(error, base, { json, argv });
    return reportBug(error, base, { json, version });
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}
