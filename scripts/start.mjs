// `npm start -- ...` runs the command from this checkout. It rebuilds first if a source is newer than the build.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const built = join(root, 'dist', 'help.txt');

function newest(dir) {
  return Math.max(
    0,
    ...readdirSync(dir, { recursive: true, withFileTypes: true }).map(
      (entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs,
    ),
  );
}

const run = (file, args, options) =>
  spawnSync(process.execPath, [join(root, file), ...args], { stdio: 'inherit', ...options }).status ?? 1;

let status = 0;
if (
  !existsSync(built) ||
  ['src', 'templates', 'scripts'].some((dir) => newest(join(root, dir)) > statSync(built).mtimeMs)
)
  status = run('scripts/build.mjs', []);
// npm runs scripts in the folder of the package, but paths are relative to the folder where you called npm.
process.exitCode = status || run('dist/bin.js', process.argv.slice(2), { cwd: process.env.INIT_CWD ?? process.cwd() });
