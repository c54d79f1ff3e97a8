// `npm start -- ...` runs the command from this checkout, built anew where a source is newer than the build.
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
// npm starts scripts in the package's folder; the folder that it was called from is where paths are meant.
process.exitCode = status || run('dist/bin.js', process.argv.slice(2), { cwd: process.env.INIT_CWD ?? process.cwd() });
