import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

type Workflow = { readonly jobs: Readonly<Record<string, { readonly steps: readonly { readonly run?: string }[] }>> };

/** The commands of a job that checks a pull request, without those that install what the job needs. */
export function commandsOfJob(dir: string, job: string): string[] {
  const { jobs } = parse(readFileSync(join(dir, '.github/workflows/pull-request.yml'), 'utf8')) as Workflow;
  const commands = (jobs[job]?.steps ?? []).flatMap(({ run }) => run ?? []);
  const checks = commands.filter((command) => !['make setup', 'make monitoring-tools'].includes(command));
  if (checks.length === 0) throw new Error(`The workflow of pull requests has no job ${job} with commands.`);
  return checks;
}
