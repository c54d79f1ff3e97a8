import { commitUpdate } from '../../src/fs/update/transaction.ts';
import { sceneOf, tear, watched } from './scene.ts';

/**
 * The program that the kill test bundles and runs. It updates a repository and kills itself at one write. Arguments:
 * folder, number of files, number of the write, torn or whole.
 */
const [dir, count, at, how] = process.argv.slice(2) as [string, string, string, string];
const { outcome, own, was } = sceneOf(Number(count));
const fs = watched((n, name, args) => {
  if (n !== Number(at)) return;
  if (how === 'torn') tear(name, args);
  process.kill(process.pid, 'SIGKILL');
});
commitUpdate(dir, outcome, own, was, fs);
