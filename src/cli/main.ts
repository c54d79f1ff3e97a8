import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import * as z from 'zod';
import { EXIT, UserError } from '../core/errors.ts';
import { STATE_DIR } from '../core/lock.ts';
import { helpText, moduleFolders, readArgs } from './args.ts';
import { loadCatalogue } from './catalogue.ts';
import { guardModules, type ModuleGuard } from './module-guard.ts';
import { write } from './output.ts';
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
    out: (text: string) => write(stdout, text),
    err: (text: string) => write(stderr, text),
  };
  // Writing is synchronous, so a signal is handled before or after it, never in the middle.
  let interrupted = false;
  const onSignal = (): void => void (interrupted = true);
  let guard: ModuleGuard | undefined;
  try {
    const folders = moduleFolders(argv);
    if (folders.length > 0) guard = guardModules(folders);
    const catalogue = await loadCatalogue(folders);
    // Not earlier: a signal must end a module that does not return.
    process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
    const args = readArgs(argv, catalogue.choices, existsSync(join(base.cwd, STATE_DIR)));
    if (args.help) {
      base.out(helpText(catalogue));
      return EXIT.done;
    }
    const terminal: Terminal = { ...base, isInteractive: isInteractive(stdin, stdout, env, args) };
    const { run } = await LOADERS[args.command]();
    if (guard) {
      // Timers that modules started run before the command does.
      await setImmediate();
      if (guard.problem() !== undefined) throw guard.problem();
    }
    const code = await run({ args, catalogue, terminal, version, isExtended: folders.length > 0 });
    const late = guard?.problem();
    if (late instanceof UserError) {
      base.err(`The command finished. ${late.message}\n`);
      return late.exit;
    }
    if (late !== undefined) throw late;
    return interrupted ? EXIT.interrupted : code;
  } catch (error) {
    if (error instanceof UserError) return reportError(error, base, { json, argv });
    return reportBug(error, base, { json, version });
  } finally {
    guard?.release();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}
