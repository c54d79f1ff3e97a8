import type { CommandContext } from '../context.ts';
import { foresee } from '../update/preview.ts';
import { describe, exitOf, jsonOf, showPatch, summary } from '../update/report.ts';
import { openRepository } from '../update/repository.ts';
import { say } from './update.ts';

/**
 * What `update` would do, as a patch on stdout that `git apply` takes; words for people go to stderr. Nothing is
 * written.
 */
export async function run(context: CommandContext): Promise<number> {
  const { args, terminal } = context;
  const foreseen = await foresee(context, openRepository(context));
  say(context, foreseen);
  if (args.json) terminal.out(jsonOf(foreseen));
  else {
    terminal.out(showPatch(foreseen, context));
    terminal.err(
      foreseen.isNothing ? 'Nothing to do.\n' : `${describe(foreseen, args.verbose)}${summary(foreseen, 'Would have')}`,
    );
  }
  return exitOf(foreseen);
}
