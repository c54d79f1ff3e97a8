import { DEFAULT_TRUNK } from '../../../src/core/config.ts';
import type { Stack } from '../stacks.ts';
import { type Fault, memo, type StackCheck } from './check.ts';
import { kindOf } from './schemas.ts';
import { readYaml } from './syntax.ts';

/**
 * Permissions of CI. A job that a pull request triggers never deploys, applies or reads a secret. Every job runs a Make
 * target, has a time limit, and has only the permissions that it needs.
 */

type Tree = Record<string, unknown>;
const tree = (value: unknown): Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Tree) : {};
const words = (value: unknown): string[] => [value].flat().filter((word): word is string => typeof word === 'string');
const content = memo((text): Tree => {
  const document = readYaml(text)[0];
  return document && document.errors.length === 0 ? tree(document.toJS()) : {};
});

/** Triggers that run untrusted code with the permissions of the repository. */
const FOREIGN = [
  'pull_request_target',
  'workflow_run',
  'issue_comment',
  'issues',
  'discussion_comment',
  'fork',
  'watch',
];
const onBranch = (trunk: string): string => `github.ref == 'refs/heads/${trunk}'`;
/** A step runs one Make target, and takes values from the environment. */
const MAKE = /^make (?:--silent )?[a-z][a-z0-9-]*(?: [A-Z_]+=[\w.-]+)*(?: >> "\$GITHUB_OUTPUT")?$/;
const said = (run: string, name: string): string | undefined => new RegExp(` ${name}=([\\w.-]+)`).exec(run)?.[1];
/** Targets that change the registry, the service or the account of an environment. */
const WRITES = /\b(?:ci-(?:promote|rollback|deploy|pipeline|retrain)|infra-apply)\b/;
/** Targets that change an account, and the command that every branch may run in one. */
const CHANGES = /\bmake infra-(?:apply|destroy|bootstrap)\b/;
const READS = /^make infra-plan ENV=[\w-]+ LOCK=false$/;

/** The role of a job in an account: read on any branch, write only from the trunk and in its own protected environment. */
function* identity(id: string, job: Tree, runs: readonly string[], trunk: string): Generator<string> {
  const takesToken = tree(job['permissions'])['id-token'] === 'write';
  const roles = runs
    .filter((run) => /\bci-role\b/.test(run))
    .map((run) => ({ role: said(run, 'ROLE'), environment: said(run, 'ENV') }));
  if (takesToken && roles.length === 0) yield `job ${id} has the permission id-token: write, but does not log in`;
  for (const { role, environment } of roles) {
    if (!takesToken) yield `job ${id} logs in without the permission id-token: write`;
    if (role === 'plan') continue;
    if (environment === undefined || job['environment'] !== environment)
      yield `job ${id} takes the role ${String(role)} of ${String(environment)} outside of that environment`;
    if (!String(job['if'] ?? '').includes(onBranch(trunk)))
      yield `job ${id} takes the role ${String(role)} on any branch`;
  }
  const own = new Set(roles.map(({ role }) => role));
  for (const run of runs) {
    if (CHANGES.test(run) && (said(run, 'ENV') !== job['environment'] || !own.has('apply')))
      yield `job ${id} changes an account outside of its environment: ${run}`;
    if (own.has('plan') && /\bENV=/.test(run) && !/\bci-role\b/.test(run) && !READS.test(run))
      yield `job ${id} changes something with a read-only role: ${run}`;
  }
}

/**
 * A job that proposes newer locked packages may push a branch and open a pull request. It sees no secret, runs on the
 * trunk only, and installs nothing.
 */
function mayPropose(job: Tree, runs: readonly string[], trunk: string): boolean {
  return (
    job['environment'] === undefined &&
    String(job['if'] ?? '').includes(onBranch(trunk)) &&
    runs.length > 0 &&
    runs.every((run) => run === 'make bump')
  );
}
const PROPOSES = ['contents', 'pull-requests'];

function* workflow(file: Tree, text: string, trunk: string): Generator<string> {
  // YAML 1.1 reads `on` as a boolean; this parser does not.
  const on = file['on'];
  const triggers = [...words(on), ...Object.keys(tree(on))];
  for (const trigger of triggers)
    if (FOREIGN.includes(trigger)) yield `is triggered by ${trigger}, which runs untrusted code`;
  const isForeign = triggers.some((trigger) => ['pull_request', 'merge_group'].includes(trigger));
  if (JSON.stringify(file['permissions']) !== '{}') yield 'gives permissions to every job: permissions must be {}';
  if (isForeign) {
    for (const [what] of text.matchAll(/\$\{\{[^}]*\b(?:secrets|vars)\b[^}]*\}\}/g))
      yield `a pull request sees ${what}`;
    if (/actions\/cache(?:\/save)?@/.test(text)) yield 'a pull request writes a cache that others read';
  }
  for (const [id, job] of Object.entries(tree(file['jobs'])).map(([id, value]) => [id, tree(value)] as const)) {
    if (typeof job['timeout-minutes'] !== 'number') yield `job ${id} has no timeout-minutes`;
    const steps = ((job['steps'] as unknown[] | undefined) ?? []).map(tree);
    const runs = steps.map((step) => String(step['run'] ?? '').trim()).filter(Boolean);
    for (const [right, level] of Object.entries(tree(job['permissions']))) {
      if (!isForeign && PROPOSES.includes(right) && mayPropose(job, runs, trunk)) continue;
      if ((level === 'write' && right !== 'id-token') || (right === 'id-token' && isForeign))
        yield `job ${id} has the permission ${right}: ${String(level)}`;
    }
    if (isForeign && job['environment'] !== undefined)
      yield `job ${id} of a pull request uses the environment ${String(job['environment'])}`;
    if (!isForeign) yield* identity(id, job, runs, trunk);
    const own = JSON.stringify(job);
    if (/\bsecrets\./.test(own)) {
      if (job['environment'] === undefined) yield `job ${id} sees a secret outside an environment`;
      if (!String(job['if'] ?? '').includes(onBranch(trunk))) yield `job ${id} sees a secret on any branch`;
    }
    for (const step of steps) {
      const uses = step['uses'];
      if (typeof uses === 'string' && !/^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/.test(uses))
        yield `job ${id} uses ${uses}, which is not pinned to a commit`;
      if (
        typeof uses === 'string' &&
        uses.startsWith('actions/checkout@') &&
        tree(step['with'])['persist-credentials'] !== false
      )
        yield `job ${id} leaves the token in the checkout`;
      if (job['environment'] !== undefined && String(tree(step['with'])['enable-cache']) === 'true')
        yield `job ${id} of an environment installs from a cache`;
      const run = typeof step['run'] === 'string' ? step['run'].trim() : undefined;
      if (run !== undefined && !MAKE.test(run))
        yield `job ${id} runs ${JSON.stringify(run)}, which is not one make target`;
      const environment = run === undefined || !WRITES.test(run) ? undefined : said(run, 'ENV');
      if (environment !== undefined && job['environment'] !== environment)
        yield `job ${id} changes ${environment} outside of that environment: ${run}`;
      if (isForeign && run !== undefined && /\bENV=/.test(run))
        yield `job ${id} of a pull request runs a command for another environment: ${run}`;
    }
  }
}

const MERGE_REQUEST = /\$(?:CI|MLOPS)_PIPELINE_SOURCE == "merge_request_event"/;
/** Only for branches of the project. The merge request of a fork comes from another project. */
const OWN_BRANCH =
  /^\$(?:CI|MLOPS)_PIPELINE_SOURCE == "merge_request_event" && \$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == \$CI_PROJECT_ID$/;

/** The job merged with the jobs that it extends, the nearest last. Like GitLab, it merges variables one by one. */
function whole(jobs: Tree, name: string): Tree {
  const job = tree(jobs[name]);
  const layers = [...words(job['extends']).map((base) => whole(jobs, base)), job];
  return Object.assign({}, ...layers, {
    variables: Object.assign({}, ...layers.map((layer) => tree(layer['variables']))) as Tree,
  }) as Tree;
}

/** A command of a GitLab job: one Make target. The image of a program has no make, so its job copies the program. */
const COMMANDS = [
  /^(?:MLOPS_INPUT_(\w+)="\$(?:\1|\{\1:-\$\1_\w+\})" )*make (?:--silent )?[a-z][a-z0-9-]*(?: [A-Z_]+=[\w.-]+)*(?: > \w+\.env)?$/,
  /^mkdir -p (?:[\w-]+\/)*\.tools\/bin && cp \/bin\/[\w-]+ (?:[\w-]+\/)*\.tools\/bin\/$/,
];

/** The jobs of GitLab that a merge request starts, merged with the jobs that they extend. */
export const ofMergeRequests = (jobs: Tree): Tree[] =>
  Object.keys(jobs)
    .filter((id) => !id.startsWith('.'))
    .map((id) => whole(jobs, id))
    .filter(startsOnMergeRequest);
const startsOnMergeRequest = (job: Tree): boolean =>
  ((job['rules'] as unknown[] | undefined) ?? [])
    .map(tree)
    .some((rule) => MERGE_REQUEST.test(String(rule['if'] ?? '')) && rule['when'] !== 'never');

function* pipeline(jobs: Tree, last: string | undefined): Generator<string> {
  for (const id of Object.keys(jobs)) {
    const job = whole(jobs, id);
    const rules = ((job['rules'] as unknown[] | undefined) ?? []).map(tree);
    if (id.startsWith('.') || !Array.isArray(job['script'])) continue;
    const environment =
      job['environment'] === undefined ? undefined : String(tree(job['environment'])['name'] ?? job['environment']);
    const isForeign = startsOnMergeRequest(job);
    const scripts = words(job['script']);
    if (isForeign && environment !== undefined)
      yield `job ${id} of a merge request uses the environment ${environment}`;
    const variables = tree(job['variables']);
    const role = variables['ROLE'];
    const getsToken = job['id_tokens'] !== undefined;
    if (getsToken && (role === undefined || variables['ENV'] === undefined))
      yield `job ${id} gets a token but takes no role`;
    if (
      getsToken &&
      isForeign &&
      !rules.every((rule) => rule['when'] === 'never' || OWN_BRANCH.test(String(rule['if'] ?? '')))
    )
      yield `job ${id} gives a token to the merge request of a fork`;
    if (getsToken && isForeign && role !== 'plan') yield `job ${id} of a merge request takes the role ${String(role)}`;
    if (getsToken && role !== 'plan' && environment !== variables['ENV'])
      yield `job ${id} takes the role ${String(role)} of ${String(variables['ENV'])} outside of that environment`;
    for (const line of scripts) {
      if (CHANGES.test(line) && (role !== 'apply' || said(line, 'ENV') !== environment))
        yield `job ${id} changes an account outside of its environment: ${line}`;
      if (role === 'plan' && !READS.test(line)) yield `job ${id} changes something with a read-only role: ${line}`;
    }
    if (isForeign && scripts.some((line) => /\bENV=/.test(line) && !(role === 'plan' && READS.test(line))))
      yield `job ${id} of a merge request runs a command for another environment`;
    if (isForeign && job['resource_group'] !== undefined) yield `job ${id} of a merge request writes the store`;
    if (
      environment !== undefined &&
      environment === last &&
      WRITES.test(scripts.join()) &&
      !rules.every((rule) => rule['when'] === 'never' || rule['when'] === 'manual')
    )
      yield `job ${id} uses the environment ${environment} without a manual start`;
    for (const line of scripts)
      if (!COMMANDS.some((command) => command.test(line)))
        yield `job ${id} runs ${JSON.stringify(line)}, which is not one make target`;
  }
}

export const deliveryCheck: StackCheck = {
  name: 'delivery',
  find: (stack: Stack): Fault[] => {
    const faults: Fault[] = [];
    const gitlab: Tree = {};
    const choices = stack.files.get('mlops-stack.yaml')?.content.text ?? '';
    const trunk = /^trunk: (.*)$/m.exec(choices)?.[1] ?? DEFAULT_TRUNK;
    for (const file of stack.files.values()) {
      const kind = kindOf(file.path);
      if (kind === 'github-workflows')
        faults.push(
          ...[...workflow(content(file) ?? {}, file.content.text ?? '', trunk)].map((message) => ({
            path: file.path,
            message,
          })),
        );
      if (kind === 'gitlab-ci') Object.assign(gitlab, content(file));
    }
    const environments = /^environments: \[ *(.*?) *\]/m.exec(choices)?.[1]?.split(/, */) ?? [];
    faults.push(
      ...[...pipeline(gitlab, environments.at(-1) ?? 'prod')].map((message) => ({ path: '.gitlab-ci.yml', message })),
    );
    return faults;
  },
};
