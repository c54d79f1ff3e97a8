// Looks up versions with the usual clients of the registries, which use their own addresses, proxies and credentials.
import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Time limits of one lookup and of one resolution, in seconds. */
const LOOKUP = 60;
const LOCK = 240;

/** `deadline`: the time by which every command ends, in milliseconds since the epoch. */
export function createClients(work, deadline) {
  // Otherwise uv tries to download each Python version, and retries for seconds without access to GitHub.
  const env = { ...process.env, UV_PYTHON_DOWNLOADS: 'never', NO_COLOR: '1' };

  /** `found`, `absent`, `unanswered` or `no client`, with what the client said. */
  function run(command, args, seconds) {
    const timeout = Math.min(seconds * 1000, deadline - Date.now());
    if (timeout <= 0) return Promise.resolve({ state: 'unanswered', text: 'the time of this run was spent' });
    const options = { cwd: work, env, timeout, killSignal: 'SIGKILL', maxBuffer: 2 ** 26 };
    return new Promise((done) => {
      execFile(command, args, options, (error, stdout, stderr) => {
        const text = `${stdout}${stderr}`.trim();
        if (!error) done({ state: 'found', text });
        else if (error.code === 'ENOENT') done({ state: 'no client', text: `${command} is not installed` });
        else if (error.killed) done({ state: 'unanswered', text: `no answer in ${Math.round(timeout / 1000)} s` });
        else done({ state: 'absent', text });
      });
    });
  }

  let uv = 'uv';
  let count = 0;
  const LOOKUPS = {
    python: ({ name, version }) => {
      const file = join(work, `${++count}.in`);
      writeFileSync(file, `${name}==${version}\n`);
      // Without the marker of the pin, which could exclude it. The newest Python version satisfies every lower bound.
      const flags = ['--quiet', '--no-deps', '--no-header', '--universal', '--python-version', '3.13'];
      return run(uv, ['pip', 'compile', ...flags, file], LOOKUP);
    },
    npm: async ({ name, version }) => {
      const answer = await run('npm', ['view', `${name}@${version}`, 'version', '--json'], LOOKUP);
      // For a missing version of a known package, some npm versions print nothing and succeed.
      return answer.state === 'found' && answer.text === '' ? { state: 'absent', text: 'no such version' } : answer;
    },
    go: ({ name, version }) => run('go', ['list', '-m', '-json', `${name}@v${version.replace(/^v/, '')}`], LOOKUP),
  };

  return {
    /** Uses uv from the PATH, or installs the pinned version in a temporary environment. */
    async findUv(version) {
      if ((await run('uv', ['--version'], LOOKUP)).state === 'found') return;
      const venv = join(work, 'uv');
      await run('python3', ['-m', 'venv', venv], LOOKUP);
      const { state, text } = await run(join(venv, 'bin', 'pip'), ['install', '--quiet', `uv==${version}`], 2 * LOOKUP);
      if (state !== 'found') throw new Error(`uv cannot be installed: ${text}`);
      uv = join(venv, 'bin', 'uv');
    },

    /** Asks a registry that does not answer a second time. */
    async lookUp(pin) {
      const first = await LOOKUPS[pin.registry](pin);
      return first.state === 'unanswered' ? LOOKUPS[pin.registry](pin) : first;
    },

    /** Resolves a pyproject.toml for every platform and Python version that it allows. */
    lock(pyproject) {
      const project = mkdtempSync(join(work, 'project-'));
      writeFileSync(join(project, 'pyproject.toml'), pyproject);
      return run(uv, ['lock', '--dry-run', '--project', project], LOCK);
    },
  };
}
