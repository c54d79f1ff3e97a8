// Runs a definition in aws-local-stepfunctions and prints the result and the states of each scenario:
//   node interpret.mjs <folder of the interpreter> <definition> <scenarios>
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

// The package requires Node 22 but uses no feature of it.
Promise.withResolvers ??= function () {
  let settle;
  const promise = new this((resolve, reject) => (settle = { resolve, reject }));
  return { promise, ...settle };
};
const [folder, path, scenarios] = process.argv.slice(2);
const { StateMachine } = await import(pathToFileURL(join(folder, 'build/main.node.esm.js')).href);
const text = readFileSync(path, 'utf8').replace(/\$\{\w+\}/g, 'here');

const ends = [];
for (const { accepted, errors } of JSON.parse(scenarios)) {
  const definition = JSON.parse(text);
  const tasks = Object.keys(definition.States).filter((name) => definition.States[name].Type === 'Task');
  const left = structuredClone(errors);
  const act = (name) => () => {
    const error = left[name]?.shift();
    if (error) throw Object.assign(new Error('it broke'), { name: error });
    return name === 'Read decision' ? { Body: JSON.stringify({ accepted }) } : {};
  };
  const execution = new StateMachine(definition, {}).run(
    { model: 'a-model', variant: 'base', until: 'now' },
    {
      overrides: {
        taskResourceLocalHandlers: Object.fromEntries(tasks.map((name) => [name, act(name)])),
        retryIntervalOverrides: Object.fromEntries(tasks.map((name) => [name, 1])),
      },
      context: { Execution: { Name: 'a-run' }, StateMachine: { Name: 'training' } },
    },
  );
  const path = [];
  const reading = (async () => {
    for await (const event of execution.eventLogs) if (event.type === 'StateEntered') path.push(event.state.name);
  })();
  const output = await execution.result.catch(() => null);
  await reading;
  ends.push({ path, output });
}
console.log(JSON.stringify(ends));
