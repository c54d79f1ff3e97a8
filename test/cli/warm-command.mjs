// Runs a program again and again in one process, which loads its imports once (`warm` in harness.ts). Argument: the
// program. Each message is one run; the answer contains its exit code and its output.
import { pathToFileURL } from 'node:url';

const program = process.argv[2];
const streams = { out: process.stdout, err: process.stderr };
let printed;
for (const [name, stream] of Object.entries(streams))
  stream.write = (text, ...rest) => {
    printed[name] += text;
    rest.find((argument) => typeof argument === 'function')?.();
    return true;
  };

let count = 0;
process.on('message', async ({ args, cwd, env }) => {
  printed = { out: '', err: '' };
  for (const stream of Object.values(streams)) stream.removeAllListeners('error');
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  process.chdir(cwd);
  process.argv = [process.execPath, program, ...args];
  process.exitCode = undefined;
  // The query makes Node.js evaluate the file again. The files that it imports are loaded once.
  await import(`${pathToFileURL(program).href}?${count++}`);
  const code = process.exitCode ?? 0;
  process.exitCode = undefined;
  process.send({ code, ...printed });
});
