import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CONFIG_FILE } from '../../core/config-file.ts';
import { costLines, costReport } from '../../core/cost.ts';
import { type Prepared, prepare } from '../../core/generate.ts';
import { DEFAULT_NAME } from '../../core/names.ts';
import type { CommandContext } from '../context.ts';
import { readInput } from '../read-input.ts';

/** Plans the given config. Inside a generated repository this is its own config, unless --config names another. */
export function planHere(context: CommandContext): Prepared {
  const { args, catalogue, terminal } = context;
  const own = existsSync(join(terminal.cwd, CONFIG_FILE)) ? CONFIG_FILE : undefined;
  return prepare(readInput(context, args.config ?? own), catalogue, DEFAULT_NAME);
}

export async function run(context: CommandContext): Promise<number> {
  const { args, terminal } = context;
  const { config, notices, plan } = planHere(context);
  const files = plan.files.map(({ path, kind, owner, modules, executable }) => ({
    path,
    kind,
    owner,
    modules,
    executable,
  }));
  if (args.json) terminal.out(`${JSON.stringify({ config, files, notices, cost: costReport(plan.slots) })}\n`);
  else {
    for (const notice of notices) terminal.err(`${notice}\n`);
    for (const file of files)
      terminal.out(`${file.path.padEnd(60)} ${file.owner.padEnd(8)} ${file.modules.join(', ')}\n`);
    terminal.out(`${files.length} files\n`);
    for (const line of costLines(plan.slots)) terminal.out(`${line}\n`);
  }
  return 0;
}
