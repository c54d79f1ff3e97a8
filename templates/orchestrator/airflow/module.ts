import { type Contribution, defineModule } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'orchestrator/airflow': true;
  }
}

const checked = '2026-11-28';
const venv = 'airflow';

export default defineModule({
  choice: 'orchestrator',
  id: 'airflow',
  title: 'Apache Airflow',
  summary:
    'Runs each step as a task of an Airflow DAG, in its own process or Kubernetes pod. On your machine, a run needs no ' +
    'scheduler or server.',
  docs: 'https://airflow.apache.org/docs/apache-airflow/stable/',
  why:
    'Many companies already operate Airflow: its schedules, retries, backfills, roles and alerts then apply to training. ' +
    'Airflow has its own virtual environment, so it never limits the versions of your libraries.',
  watch:
    'Airflow needs a database, a scheduler, a DAG processor and an API server that run permanently. ' +
    'A DAG file runs every time Airflow reads it: do not query a service at its top level.',
  status: 'active',
  home: 'pipelines/airflow/, environments/airflow/',
  needs: {
    pythonEnvironments: { because: 'Airflow limits FastAPI and other packages to earlier versions' },
    failureNotices: { because: 'a failed run sends a notice' },
    imageBuild: { because: 'pods run the image of the steps' },
    pipelineCluster: { because: 'with airflow.steps: pod, each step is a pod in a cluster that the user has' },
    runParameters: { because: 'every run takes them' },
  },
  sees: { imagePush: { because: 'the page says how an image reaches a registry' } },
  reads: ['pipeline-step', 'secret'],
  provides: { pipelineRunner: () => ({ module: 'airflow', title: 'Apache Airflow' }) },
  pins: {
    'apache-airflow': { version: '3.3.2', checked, venv, imports: ['airflow'] },
    'apache-airflow-providers-cncf-kubernetes': {
      version: '10.25.0',
      checked,
      venv,
      because: 'an Airflow with `airflow.steps: pod` runs steps as pods with it',
      imports: ['kubernetes', 'kubernetes_asyncio'],
    },
    psutil: { version: '7.2.2', checked, venv, because: 'the local run ends the processes of a step with it' },
  },
  contributes: ({ project }) => [
    {
      slot: 'python-environment',
      key: venv,
      value: {
        title: 'Apache Airflow',
        because: 'Airflow limits FastAPI and other packages to earlier versions',
        // Airflow 3.3 supports Python 3.10 to 3.13; the DAG files need 3.11, as all code here.
        python: { atLeast: '3.11', below: '3.14' },
      },
    },
    { slot: 'config', key: 'airflow.schedule', value: '0 3 * * *' },
    { slot: 'config', key: 'airflow.drift_schedule', value: '0 2 * * *' },
    { slot: 'config', key: 'airflow.steps', value: 'process' },
    { slot: 'config', key: 'airflow.api_url', value: null },
    ...Object.entries({
      AIRFLOW_API_TOKEN: { comment: 'Token for the API in airflow.api_url, for make submit', secret: true as const },
      AIRFLOW_API_USERNAME: { comment: 'Account for the same API, if you have no token' },
      AIRFLOW_API_PASSWORD: { comment: 'Password of that account', secret: true as const },
    }).map(
      ([key, value]): Contribution => ({
        slot: 'env',
        key,
        value: { default: '', localBecause: 'make submit sends it; no workload reads it', ...value },
      }),
    ),
    { slot: 'gitignore', key: '/.airflow/', value: { why: 'local Airflow runs' } },
    { slot: 'dockerignore', key: '.airflow/', value: { why: 'not part of an image' } },
    { slot: 'port', key: '8080', value: { name: 'Airflow', variable: 'orchestrator-ui' } },
    { slot: 'untyped', key: 'psutil.*', value: { why: 'psutil is in the virtual environment of Airflow' } },
    { slot: 'untyped', key: 'airflow.*', value: { why: 'Airflow is in another virtual environment' } },
    { slot: 'untyped', key: 'kubernetes.*', value: { why: 'its client is in the virtual environment of Airflow' } },
    {
      slot: 'image-stage',
      key: 'train',
      value: {
        title: 'the training steps',
        groups: ['train'],
        command: ['python', '-m', `${project.package}.steps.train`],
      },
    },
    {
      slot: 'untyped',
      key: `${project.package}_dags.*`,
      value: { why: 'Airflow adds the folder of the DAGs to the path of imports' },
    },
    { slot: 'docs', key: 'docs/tools/airflow.md', value: { title: 'Airflow: DAGs, commands, a shared Airflow' } },
    {
      slot: 'diagram-node',
      key: 'pipeline',
      value: { title: 'Airflow DAG', detail: 'one process or pod per step', group: 'training', shape: 'process' },
    },
    {
      slot: 'threat',
      key: 'An unauthorized user uses the Airflow UI',
      value: {
        area: 'authentication',
        measure: 'The UI on your machine listens on 127.0.0.1 only',
        left: 'on your machine, every user is an administrator of it. A shared Airflow needs an auth manager with accounts',
      },
    },
    {
      slot: 'threat',
      key: 'A user who can start a run reads passwords or runs other code',
      value: {
        area: 'permissions',
        measure:
          'Parameters of a run are single arguments of fixed commands, and no shell reads them. With `airflow.steps: pod`, ' +
          'pods run without root and without privileges. They have a read-only file system, and no access to the API of ' +
          'Kubernetes',
        left:
          'a user who can change the DAG files runs any code as the workers do. The service account of the workers can ' +
          'create any pod in the namespace: review changes, and give the namespace to the steps alone',
      },
    },
    {
      slot: 'cost',
      key: 'Airflow',
      value: {
        here: 'no server except during `make orchestrator-ui`; some MB of run records and logs in `.airflow/`',
        grows: 'with each run; `airflow db clean` deletes old records',
        elsewhere:
          'a database, a scheduler, a DAG processor and an API server that run continuously, or a managed Airflow; with ' +
          '`airflow.steps: pod`, also nodes for the pods of the steps',
      },
    },
  ],
  traces: ['airflow', 'Airflow'],
  leftovers: [
    {
      what: 'the service account, the roles and the secret of pods in the namespace, if steps were pods',
      remove:
        'kubectl --context <context> --namespace <namespace> delete serviceaccount,role,rolebinding,secret ' +
        '<project>-training',
    },
    {
      what: 'the DAGs and their runs in the shared Airflow, or in .airflow',
      remove: 'run airflow dags delete <dag> for each DAG, and rm -r .airflow in the repository',
    },
  ],
});
