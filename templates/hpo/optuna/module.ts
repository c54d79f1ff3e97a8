import { defineModule } from '../../../src/core/contract.ts';
import { pipelineStep } from '../../_base/pipeline/part.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'hpo/optuna': true;
  }
}

export default defineModule({
  choice: 'hpo',
  id: 'optuna',
  title: 'Optuna',
  summary:
    'The step `tune` searches better parameters by cross-validation on the training rows, and continues if killed.',
  docs: 'https://optuna.readthedocs.io/en/stable/',
  why:
    'It suggests values from the results of earlier trials and stops bad trials early. Its study is one file, ' +
    'so that no server is needed.',
  watch:
    'Each trial trains the model once for each fold, so a training takes many times as long. Many trials on few rows ' +
    'choose values that are good by chance: compare the versions on the test rows.',
  status: 'active',
  home: 'src/__package__/tuning/',
  needs: {
    searchSpace: { because: 'the step tune chooses values from the ranges of the parameters' },
    artifactStore: { because: 'finished trials are kept in it, so that a killed search continues' },
  },
  provides: { parameterSearch: () => ({ output: 'tuned' }) },
  pins: { optuna: { version: '5.0.0', checked: '2026-11-30', groups: ['train'] } },
  contributes: () => [
    pipelineStep('tune', {
      title: 'The values with the best score in cross-validation on the training rows.',
      inputs: ['train'],
      outputs: {
        tuned: {
          path: 'tuned.json',
          title: 'Trials of the search, and the values that train uses (JSON).',
          asset: 'tuned_parameters',
        },
      },
      before: ['train'],
      // Above the highest value of `tune.timeout_minutes`, so that the last trials can end.
      minutes: 120,
      size: 'large',
      // Not `reads` and `writes`: the kept trials change how long the step takes, and not its result, so that an
      // orchestrator may reuse it.
      stops: 'a range is wrong, or the values of `train` fail',
    }),
    {
      slot: 'params',
      key: 'tune.trials',
      value: { value: 20, comment: 'number of trials; with 0, train uses the values of the section train' },
    },
    {
      slot: 'params',
      key: 'tune.folds',
      value: { value: 3, comment: 'parts of the training rows in which each trial is scored' },
    },
    {
      slot: 'params',
      key: 'tune.parallel',
      value: { value: 1, comment: 'trials that run at the same time, as threads' },
    },
    {
      slot: 'params',
      key: 'tune.timeout_minutes',
      value: { value: 60, comment: 'no trial starts after this time; the next run continues the search' },
    },
    { slot: 'docs', key: 'docs/tools/optuna.md', value: { title: 'Optuna: search better parameters' } },
    {
      slot: 'diagram-node',
      key: 'tuning',
      value: { title: 'Optuna', detail: 'trials on training rows', group: 'training', shape: 'process' },
    },
    { slot: 'diagram-edge', key: 'pipeline tuning', value: { label: 'tune' } },
  ],
  traces: ['optuna', 'Optuna'],
  tests: {
    'tests/test_tuning.py': { varies: ['artifactStore', 'modelFramework', 'trackerClient'] },
    'tests/test_tuning_killed.py': { varies: ['artifactStore', 'modelFramework'] },
  },
});
