import { type Contribution, definePart } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Capabilities {
    /** `tracking/<module>.py` holds `object`, a tracker that records runs in MLflow. */
    mlflowTracking: { readonly module: string; readonly object: string };
  }
}

const checked = '2026-11-21';

/** Runs in MLflow: in a server, or in a SQLite file of the project. */
export default definePart({
  onDemand: true,
  needs: {
    artifactStore: {
      because: 'files are stored next to the runs, and a database in a file can serve one machine only',
    },
    tablePlots: { because: 'MLflow shows images, and draws no plot of a table' },
    mlflowModel: { because: 'a version is a model that MLflow loads' },
    trackingHost: {
      optional: true,
      because: 'several machines need a tracking server, which the cloud can provide',
    },
  },
  provides: { mlflowTracking: () => ({ module: 'mlflow', object: 'MlflowTracker' }) },
  moved: {
    '/tracker/mlflow/files/docs/tools/mlflow-tracking.md': 'docs/tools/mlflow-tracking.md',
    '/tracker/mlflow/files/src/__package__/platform/sections/tracking.py':
      'src/__package__/platform/sections/tracking.py',
    '/tracker/mlflow/files/src/__package__/tracking/mlflow.py': 'src/__package__/tracking/mlflow.py',
    '/tracker/mlflow/files/tests/test_tracker_mlflow.py': 'tests/test_tracker_mlflow.py',
  },
  pins: {
    alembic: { version: '1.20.1', checked, groups: ['train'] },
    'mlflow-skinny': { version: '3.17.2', checked, groups: ['train'], imports: ['mlflow'] },
  },
  contributes: ({ project, cap }) => [
    ...Object.entries(cap.artifactStore.roots).flatMap(([environment, root]): Contribution[] => [
      {
        slot: 'config',
        key: 'tracking.uri',
        value: root.includes('://') ? (cap.trackingHost?.uri ?? null) : `sqlite:///${root}/mlflow.db`,
        environment,
      },
      { slot: 'config', key: 'tracking.experiment', value: project.name, environment },
      {
        slot: 'config',
        key: 'tracking.artifacts',
        value: root.includes('://') && cap.trackingHost ? null : `${root}/tracking`,
        environment,
      },
    ]),
    {
      slot: 'grant',
      key: 'train tracking',
      value: {
        workload: 'train',
        to: 'artifactStore',
        verbs: ['read', 'write'],
        paths: ['tracking/'],
        why: 'the files of a run are stored below tracking.artifacts',
      },
    },
  ],
  tests: {
    'tests/test_mlflow_plots.py': { varies: ['modelFramework', 'trackerClient'] },
    'tests/test_tracker_mlflow.py': { varies: ['artifactStore', 'modelFramework', 'trackerClient'] },
  },
});
