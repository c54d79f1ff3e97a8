// Writes samples/: three generated repositories, so that reviewers see how a change of a template changes the output.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const samples = join(root, 'samples');

const SAMPLES = {
  'default-stack': [],
  'smallest-stack': [
    '--orchestrator',
    'none',
    '--quality',
    'none',
    '--monitoring',
    'none',
    '--ci',
    'none',
    '--protocols',
    'rest',
    '--environments',
    'prod',
  ],
  'two-models': [
    '--orchestrator',
    'dagster',
    '--tracker',
    'wandb',
    '--ci',
    'gitlab-ci',
    '--models',
    '[churn, {name: fraud, framework: xgboost}]',
  ],
};

rmSync(samples, { recursive: true, force: true });
mkdirSync(samples);
for (const [name, flags] of Object.entries(SAMPLES)) {
  // Samples are repositories of their own, whatever this clone is.
  const own = ['--yes', '--no-git', '--folder', '.', '--trunk', 'main'];
  const { status } = spawnSync(process.execPath, [join(root, 'dist/bin.js'), name, ...own, ...flags], {
    cwd: samples,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) process.exit(status ?? 1);
  // The base contains every file again in compressed form, which does not help in a review.
  rmSync(join(samples, name, '.mlops-stack'), { recursive: true });
}
