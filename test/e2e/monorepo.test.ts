import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sandbox } from '../cli/harness.ts';
import { addOther, monorepo, rootFile, sh } from '../support/monorepo.ts';
import { GITLAB } from './runners.ts';

const FLAGS = ['--ci', 'gitlab-ci'];

describe('files at the root that projects share', () => {
  it('start the jobs of the changed project alone, run by gitlab-ci-local', async () => {
    const { root, demo } = await monorepo(...FLAGS);
    const other = await addOther(root, ...FLAGS);
    for (const made of [demo, other]) sh(made.dir, 'make ci-root');
    const stub = '#!/bin/sh\necho "ran ${0##*/} in $PWD: $*"\n';
    const bin = sandbox(Object.fromEntries(['make', 'apt-get', 'apk'].map((name) => [name, stub])));
    sh(bin, 'chmod +x *');
    // GitLab expands a variable of a trigger job when it starts the child pipeline, which this program does not.
    const path = join(root, '.gitlab-ci.yml');
    writeFileSync(
      path,
      rootFile(root, '.gitlab-ci.yml').replaceAll(/(_SOURCE: )\$CI_PIPELINE_SOURCE/g, '$1merge_request_event'),
    );
    sh(
      root,
      'git add --all && git commit --quiet --message root && git remote add origin https://gitlab.example.com/a/b.git && ' +
        'git update-ref refs/remotes/origin/main HEAD && git symbolic-ref refs/remotes/origin/HEAD refs/remotes/origin/main && ' +
        'git switch --quiet --create change && echo more >> services/churn-eu/README.md && git commit --quiet --all --message more',
    );
    const { out } = sh(
      root,
      `PATH="${bin}:$PATH" ${GITLAB} --force-shell-executor --shell-isolation=false --concurrency=1 --color=false ` +
        '--variable CI_PIPELINE_SOURCE=merge_request_event --unset-variable CI_COMMIT_BRANCH',
    );
    expect(out).toContain(
      `[churn-eu-pipeline] -> check                 > ran make in ${root}/services/churn-eu: check`,
    );
    expect(out).toContain('services/churn-eu: coverage');
    expect(out).not.toContain('[demo-pipeline]');
  });
});
