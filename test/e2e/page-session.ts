import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandClass, Session } from './module-row.ts';
import { cleanEnv, must, ROOT, sh } from './support.ts';

/**
 * State that the classes of commands share: the repository of the commands, and the values of the placeholders `<…>`.
 */

/** A session in an installed repository, with the model and the package of its Makefile. */
export function sessionOf(dir: string): Session {
  const makefile = readFileSync(join(dir, 'Makefile'), 'utf8');
  const variable = (name: string): string => new RegExp(`^${name} := (\\S+)$`, 'm').exec(makefile)![1]!;
  return { dir, model: variable('MODEL'), package: variable('PACKAGE'), bin: join(ROOT, '.tools/bin'), env: {} };
}

const lastLine = (path: string): Record<string, string> =>
  JSON.parse(readFileSync(path, 'utf8').trim().split('\n').at(-1)!) as Record<string, string>;
export const newestRun = (session: Session): string => {
  const folder = join('.mlops/runs', session.model);
  const runs = readdirSync(join(session.dir, folder))
    .filter((name) => existsSync(join(session.dir, folder, name, 'decision.json')))
    .sort();
  return join(folder, runs.at(-1)!);
};

/** The values that replace the placeholders `<…>`. */
const PLACES: readonly (readonly [RegExp, (session: Session) => string])[] = [
  [/<request id>/, ({ dir }) => lastLine(join(dir, '.mlops/predictions.jsonl'))['request_id']!],
  [
    /(?<=HEAD=)<hash>/,
    ({ dir, model }) => new RegExp(`${model}.*?([0-9a-f]{64})`, 's').exec(must(dir, 'make -s audit-verify'))![1]!,
  ],
  [
    /(?<=md5:)<hash>/,
    (session) =>
      (
        JSON.parse(readFileSync(join(session.dir, newestRun(session), 'lineage.json'), 'utf8')) as {
          data: { revision: string };
        }
      ).data.revision.replace('md5:', ''),
  ],
  [/\.mlops\/runs\/<model>\/<run>/, newestRun],
  [/(?<=RUN_DIR=)<run>/, newestRun],
  [
    /<model>:<version>=<uri of the package>#<sha256>/,
    (session) => {
      const [version, uri, sha256] = must(
        session.dir,
        `.venv/bin/python -c "from ${session.package}.registry import CHAMPION, get_registry as g; ` +
          `v = g().get('${session.model}', CHAMPION); print(v.version, v.uri, v.sha256)"`,
      )
        .trim()
        .split(' ');
      return `${session.model}:${version}=${uri}#${sha256}`;
    },
  ],
];

export const fill = (command: string, session: Session): string => {
  const filled = PLACES.reduce(
    (text, [place, value]) => (place.test(text) ? text.replace(place, value(session)) : text),
    command,
  );
  if (/<[a-z][\w ]*>/.test(filled))
    throw new Error(`no value is known for ${/<[a-z][\w ]*>/.exec(filled)![0]} in ${command}`);
  return filled;
};

export const venv = (session: Session, command: string): string =>
  `PATH="$PWD/.venv/bin:${session.bin}:$PATH"; ${command}`;
/**
 * A page can name `make test` among other commands. stacks.test.ts executes the suite, so one test file is enough here.
 */
const ONE_TEST = { PYTEST_ADDOPTS: 'tests/test_settings.py' };
export const run = (command: string, session: Session): void =>
  void must(session.dir, venv(session, fill(command, session)), { ...ONE_TEST, ...session.env });
/**
 * Runs a command that trains or promotes. Its gate may refuse the version, because earlier commands of the pages have
 * made a better champion, judged one on more rows or on newer ones, or have rolled an equal version back.
 */
export function trains(command: string, session: Session): void {
  const { code, output } = sh(session.dir, venv(session, fill(command, session)), session.env);
  if (code !== 0)
    expectText(
      output,
      /"gate": "(?:champion|best champion|rejected|rows|window)"|the gate refused \S+ \d+: (?:(?:best )?champion|rejected|rows|window) |\S+ \d+ was rolled back \(/,
      command,
    );
}

/** Trains until a version exists in an environment, each time with another share of test rows. */
export function makeVersions(session: Session, version: number, environment?: string): void {
  const params = join(session.dir, `params/${session.model.replaceAll('-', '_')}.yaml`);
  const before = readFileSync(params, 'utf8');
  try {
    for (let made = 1; made <= version; made++) {
      writeFileSync(params, before.replace(/^( +test_fraction: ).*$/m, `$1${(0.25 + made / 100).toFixed(2)}`));
      trains(`make pipeline${environment ? ` ENV=${environment}` : ''}`, session);
    }
  } finally {
    writeFileSync(params, before);
  }
}
export const dry = (command: string, session: Session, variables = ''): string =>
  must(session.dir, `make -n ${variables} ${command.replace(/^.*\bmake /, '')}`);
export const expectText = (text: string, pattern: RegExp, command: string): void => {
  if (!pattern.test(text)) throw new Error(`${command} should print ${pattern}, but printed:\n${text.slice(-1500)}`);
};

/** The output of a command that must fail with a message and without a traceback. */
export function refusal(command: string, session: Session, env: Readonly<Record<string, string>> = {}): string {
  const { code, output } = sh(session.dir, command, env);
  if (code === 0 || /Traceback/.test(output))
    throw new Error(`${command} should fail with a message, but printed:\n${output.slice(-800)}`);
  return output;
}

/** Starts a command that runs until it is stopped, in its own process group. */
export function start(command: string, session: Session, cwd = session.dir): ChildProcess {
  return spawn('bash', ['-c', venv(session, command)], {
    cwd,
    env: cleanEnv(),
    stdio: ['ignore', 'ignore', 'ignore'],
    detached: true,
  });
}

/**
 * The start command that a page gives for a platform: the module can be imported, and it refuses the environment
 * `local` by name.
 */
export const startCommand = (protocol: string): CommandClass => ({
  name: `the start command for the platform ${protocol}: it imports, and refuses the environment local by name`,
  match: new RegExp(`^python -m \\w+\\.serving\\.${protocol}$`),
  check: (command, session) => expectText(sh(session.dir, venv(session, command)).output, /local/, command),
});
