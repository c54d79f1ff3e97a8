// Runs a definition in aws-local-stepfunctions with the real commands of its jobs and the real files:
//   node execute.mjs <folder of the interpreter> <definition> <bucket> <name of the execution> <variant>
// The working directory is an installed repository, and the environment is that of its containers. Prints the states
// and the output.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';

// The package requires Node 22 but uses no feature of it.
Promise.withResolvers ??= function () {
  let settle;
  const promise = new this((resolve, reject) => (settle = { resolve, reject }));
  return { promise, ...settle };
};
const [folder, path, bucket, name, variant] = process.argv.slice(2);
const { StateMachine } = await import(pathToFileURL(join(folder, 'build/main.node.esm.js')).href);
const definition = JSON.parse(
  readFileSync(path, 'utf8').replace(/\$\{(\w+)\}/g, (_, word) => (word === 'bucket' ? bucket : 'here')),
);

const PATH = `${join(process.cwd(), '.venv/bin')}${delimiter}${process.env.PATH}`;
const run = ([command, ...args]) => {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, PATH } });
  if (status !== 0) throw Object.assign(new Error(stderr.trim().slice(-2000)), { name: 'States.TaskFailed' });
  return stdout;
};
const GET =
  'import boto3, sys; print(boto3.client("s3").get_object(Bucket=sys.argv[1], ' +
  'Key=sys.argv[2])["Body"].read().decode())';
const TASKS = {
  'arn:aws:states:::batch:submitJob.sync': ({ ContainerOverrides: { Command } }) => {
    run(Command);
    return {};
  },
  'arn:aws:states:::aws-sdk:s3:getObject': ({ Bucket, Key }) => ({ Body: run(['python', '-c', GET, Bucket, Key]) }),
  'arn:aws:states:::sns:publish': ({ Subject, Message }) => {
    console.error(`${Subject}: ${Message}`);
    return {};
  },
};

const tasks = Object.entries(definition.States).filter(([, state]) => state.Type === 'Task');
const execution = new StateMachine(definition, {}).run(
  { model: 'churn', variant, until: 'now' },
  {
    overrides: {
      taskResourceLocalHandlers: Object.fromEntries(
        tasks.map(([state, { Resource }]) => [state, async (input) => TASKS[Resource](input)]),
      ),
      retryIntervalOverrides: Object.fromEntries(tasks.map(([state]) => [state, 1])),
    },
    context: { Execution: { Name: name }, StateMachine: { Name: 'training' } },
  },
);
const entered = [];
const reading = (async () => {
  for await (const event of execution.eventLogs) if (event.type === 'StateEntered') entered.push(event.state.name);
})();
const output = await execution.result.catch(() => null);
await reading;
console.log(JSON.stringify({ path: entered, output }));
