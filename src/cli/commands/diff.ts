import { q } from '../../core/quote.ts';
import { askGit } from '../../fs/git-env.ts';
import type { CommandContext } from '../context.ts';
import { previewUpdate } from '../update/preview.ts';
import { describe, exitOf, jsonOf, showPatch, summary } from '../update/report.ts';
import { openRepository } from '../update/repository.ts';
import { say } from './update.ts';

/** In a subfolder of a git repository, `git apply` without --directory skips each file and reports nothing. */
async function applyHint(dir: string): Promise<string> {
  const prefix = (await askGit(dir, 'rev-parse', '--show-prefix'))?.toString().trim().replace(/\/$/, '');
  return prefix ? `Apply the patch with: git apply --directory=${q.shell(prefix)}\n` : '';
}

/** Prints what `update` would do, as a patch on stdout for `git apply`. Messages go to stderr. Writes nothing. */
export async function run(context: CommandContext): Promise<number> {
  const { args, terminal } = context;
  const preview = await previewUpdate(context, openRepository(context));
  say(context, preview);
  if (args.json) terminal.out(jsonOf(preview));
  else {
    terminal.out(showPatch(preview, context));
    terminal.err(
      preview.isNothing
        ? 'Nothing to do.\n'
        : `${describe(preview, args.verbose)}${summary(preview, 'Would have')}${await applyHint(terminal.cwd)}`,
    );
  }
  return exitOf(preview);
}
