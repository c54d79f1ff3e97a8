import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandClass, ModuleRow, Session } from './module-row.ts';
import { dry, expectText, fill, makeVersions, refusal, run, start, trains, venv } from './page-session.ts';
import { answers, free, isAlive, stop } from './processes.ts';
import { hasTool, must, ROOT, sh } from './support.ts';

/**
 * How to check a command of a page. It is run, or it belongs to a class that has the reason for not running it and
 * another check. Classes that only one tool needs are in the `e2e.ts` of its module.
 */

/** Starts the command, waits until it responds, and stops it like Ctrl-C. */
export const foreground =
  (url: string, seconds = 60) =>
  async (command: string, session: Session): Promise<void> => {
    await stop(session.service);
    await free(Number(new URL(url).port));
    const child = start(fill(command, session), session);
    try {
      await answers(url, seconds);
    } finally {
      await stop(child);
    }
  };

export async function withService(session: Session): Promise<void> {
  if (isAlive(session.service)) return;
  await free(8000);
  session.service = start('make serve', session);
  await answers('http://127.0.0.1:8000/readyz', 60);
}

/** The unchanged configuration, in the program that the containers run. Its store is discarded. */
export async function withCollector(session: Session): Promise<void> {
  if (isAlive(session.collector)) return;
  await free(9090);
  const store = mkdtempSync(join(tmpdir(), 'collector-'));
  session.collector = start(
    `prometheus --config.file=monitoring/prometheus.yml --storage.tsdb.path=${store} ` +
      '--web.listen-address=127.0.0.1:9090',
    session,
  );
  session.collector.once('exit', () => rmSync(store, { recursive: true, force: true }));
  await answers('http://127.0.0.1:9090/-/ready', 60);
}

/** Outside the first environment, a promotion requires a model card that names an owner. */
function answered(session: Session, use: () => void): void {
  const answers = join(
    session.dir,
    `src/${session.package}/models/${session.model.replaceAll('-', '_')}/governance.yaml`,
  );
  const before = readFileSync(answers, 'utf8');
  writeFileSync(answers, `${before}owner: the team of this test\ncontact: team@example.com\n`);
  try {
    use();
  } finally {
    writeFileSync(answers, before);
  }
}

const NEEDS_ENGINE = /needs a container engine that runs|needs docker compose|needs podman compose|compose plugin/;
const hasEngine = (): boolean => hasTool('docker') && sh('/', 'timeout 10 docker info').code === 0;

export const SHARED_CLASSES: readonly CommandClass[] = [
  {
    // These are slow and run for each repository anyway. This check only confirms that the test files run them.
    name: 'run by stacks.test.ts in this repository',
    match: /^make(?: (?:setup|demo|check|test|test-all))+$/,
    check: (command) => {
      const run = ['stacks.test.ts', 'support.ts']
        .map((name) => readFileSync(join(import.meta.dirname, name), 'utf8'))
        .join('\n');
      for (const target of command.split(' ').slice(1))
        expectText(run, new RegExp(`'make ${target}'|\\('make ${target}'\\)`), command);
    },
  },
  {
    name: 'stages the lock file that setup wrote',
    match: /^make setup && git add uv\.lock(?: environments\/[\w-]+\/uv\.lock)*$/,
    check: (command, { dir }) => void must(dir, command.replace('make setup && git add', 'git add --dry-run')),
  },
  {
    name: 'runs the tests again: a proof checks the floor, and a dry run finds no obstacle',
    match: /^make coverage$/,
    check: (command, session) => void dry(command, session),
  },
  {
    name: 'updates the lock file: nothing is to change, and a dry run finds no obstacle',
    match: /^make (?:lock|bump(?: DAYS=\d+)?)(?: setup)?(?: check)?(?: test)?$/,
    check: (command, session) => void dry(command, session),
  },
  {
    name: 'needs a container engine: without one it reports that, with one its recipe parses',
    match:
      /^make (?:image|scan-image|up|down|monitoring-up|monitoring-down|monitoring-tools|image-\w+|push-image|deploy-tracking|deploy-function|ci-deploy)(?: (?:ENV|NATIVE)=\w+)?$/,
    check: (command, session) => {
      const watched = /^make monitoring-up ENV=(\w+)$/.exec(command)?.[1];
      if (watched && !existsSync(join(session.dir, `monitoring/targets/${watched}.yml`)))
        return expectText(sh(session.dir, command).output, /monitoring\/targets\/\w+\.yml/, command);
      dry(command, session, 'ENGINE=true GRAFANA_ADMIN_PASSWORD=x');
      if (hasEngine()) return;
      const { code, output } = sh(session.dir, command);
      if (code === 0) throw new Error(`${command} succeeded without a container engine`);
      expectText(output, NEEDS_ENGINE, command);
    },
  },
  {
    name: 'installs the wheel: it has the extra that the command names, with the packages of the service',
    match: /^pip install "[\w-]+\[\w+\] @ file:\S+\.whl"$/,
    check: (command, session) => {
      must(session.dir, 'make wheel');
      const [, extra, wheel] = /\[(\w+)\] @ \S*\/(\S+)"$/.exec(command)!;
      const script = `import sys, zipfile as z; w = z.ZipFile(sys.argv[1]); print(*(w.read(n).decode() for n in w.namelist() if n.endswith("/METADATA")))`;
      const metadata = must(session.dir, `.venv/bin/python -c '${script}' dist/${wheel}`);
      expectText(metadata, new RegExp(`^Provides-Extra: ${extra}$`, 'm'), command);
      expectText(metadata, new RegExp(`^Requires-Dist: uvicorn==[\\d.]+ ; extra == '${extra}'$`, 'm'), command);
    },
  },
  {
    name: 'a command of the container engine: the compose files define its services',
    match: /^docker (?:info|logout|image prune|volume (?:ls|rm)|compose (?:logs|ps) ?[\w-]*)$/,
    check: (command, { dir }) => {
      const service = /^docker compose \w+ ([\w-]+)$/.exec(command)?.[1];
      if (service) expectText(must(dir, 'cat deploy/compose/*.yaml'), new RegExp(`^  ${service}:$`, 'm'), command);
    },
  },
  {
    // The proofs of the part run it with tables of many kinds, and the tutorial with a table of its own.
    name: 'drafts a model from a table of the reader: without one it names the variables, with one its recipe parses',
    match: /^make contract\b/,
    check: (command, session) => {
      dry(command.replaceAll(/<[^>]*>/g, 'x'), session);
      expectText(refusal('make contract', session), /needs SOURCE and TARGET/, command);
    },
  },
  {
    name: 'generates a repository: the test generates it with the local build',
    match: /^npm init mlops-stack(?:@latest)? [\w-]+ -- --yes\b/,
    check: (command, { dir }) => {
      const flags = command.replace(/^npm init \S+ \S+ -- /, '');
      must(dir, `cd "$(mktemp -d)" && node ${join(ROOT, 'dist/bin.js')} a-stack ${flags} --no-git`);
    },
  },
  {
    name: 'changes the repository: a dry run finds no obstacle',
    match: /^npx create-mlops-stack update(?: --set \w+=[\w@/-]+)?$/,
    check: (command, { dir }) =>
      void must(dir, `node ${join(ROOT, 'dist/bin.js')} ${command.replace('npx create-mlops-stack ', '')} --dry-run`),
  },
  {
    name: 'finishes a merge: without one, it says so',
    match: /^npx create-mlops-stack update --resolve$/,
    check: (command, { dir }) => {
      const { output } = sh(dir, `node ${join(ROOT, 'dist/bin.js')} update --resolve --dry-run`);
      expectText(output, /git has no unmerged file here/, command);
    },
  },
  {
    name: 'loads the history of a shallow clone, or checks all files out again: run in a clone',
    match: /^git fetch --unshallow$|^git rm -r --cached --quiet \. && git reset --hard --quiet$/,
    check: (command, { dir }) =>
      void must(
        dir,
        `folder=$(mktemp -d) && git clone --quiet "$PWD" "$folder/all" && git -C "$folder/all" -c user.name=e2e ` +
          '-c user.email=e2e@example.com commit --quiet --allow-empty --message e2e && ' +
          'git clone --quiet --depth 1 "file://$folder/all" "$folder/one" && cd "$folder/one" && ' +
          `${command} && test -z "$(git status --porcelain)" && rm -rf "$folder"`,
      ),
  },
  {
    name: 'needs a running service: the test starts one',
    match: /^(?:make predict$|curl .*127\.0\.0\.1:(?:8000|\d+\/metrics))/,
    check: async (command, session) => {
      await withService(session);
      run(command, session);
    },
  },
  {
    name: 'reads recorded predictions: the test sends requests to a service first',
    match: /^make (?:monitor|drift-pipeline)$/,
    check: async (command, session) => {
      await withService(session);
      run('make predict', session);
      run(command, session);
    },
  },
  {
    name: 'checks that the port of the service is free: the test stops the running service',
    match: /^make doctor$/,
    check: async (command, session) => {
      await stop(session.service);
      await free(8000);
      run(command, session);
    },
  },
  {
    name: 'rolls a promotion back: without a deployment, it names the missing setting',
    match: /^make ci-rollback$/,
    check: (command, session) => {
      const { code, output } = sh(session.dir, command);
      if (code === 0) return;
      if (/Traceback/.test(output))
        throw new Error(`${command} should fail with a message, but printed:\n${output.slice(-800)}`);
      expectText(output, /is not set for environment 'local'|^rollback: \S/m, command);
    },
  },
  {
    // The page does not promise that this computer currently meets the service levels.
    name: 'sends load for half a minute: the test sends a low rate for a second',
    match: /^make load-test\b/,
    check: (command, session) =>
      expectText(sh(session.dir, `${command} RATE=20 SECONDS=1`).output, /^availability +100\.000%/m, command),
  },
  {
    name: 'runs until it is stopped: the test starts it, sends a request and stops it',
    match: /^(?:MLOPS_SERVING__PINNED=\S+ )?(?:make serve)$|PINNED='.*make serve$/,
    check: foreground('http://127.0.0.1:8000/readyz'),
  },
  {
    name: 'runs until it is stopped (orchestrator): the test starts it, sends a request and stops it',
    match: /^make orchestrator-ui$/,
    check: (command, session) =>
      foreground(`http://127.0.0.1:${/-(?:p|-port) (\d+)/.exec(dry(command, session))![1]}`, 120)(command, session),
  },
  {
    name: 'needs a running or shared orchestrator: the test checks the recipe and the options',
    match: /^make (?:orchestrator-serve|submit|tell-drift)(?: ENV=\w+)?(?: UNTIL=[\d-]+)?$/,
    check: (command, session) => {
      const [, module, verb] = /python -m (\S+)(?: (\w+))?/.exec(dry(command, session))!;
      expectText(
        must(session.dir, venv(session, `python -m ${module} --help`)),
        verb ? new RegExp(`[{,]${verb}[,}]`) : / --model /,
        command,
      );
    },
  },
  {
    name: 'needs a version in another environment: the test creates versions there, and an owner of the model',
    match: /^make release ORIGIN=\w+ VERSION=\d+ ENV=\w+(?: MODEL=\S+)?$/,
    check: (command, session) => {
      const [, origin, version] = /ORIGIN=(\w+) VERSION=(\d+)/.exec(command)!;
      makeVersions(session, Number(version), origin);
      answered(session, () => run(command, session));
    },
  },
  {
    name: 'needs an owner of the model, like a release: the test sets one',
    match: /^make (?:pipeline|retrain) ENV=\w+$/,
    check: (command, session) => {
      // The decision is its input. Without one, the command names the missing file.
      if (/ retrain /.test(command) && !existsSync(join(session.dir, 'reports/monitoring/churn/report.json')))
        must(session.dir, 'make monitor CURRENT=$(ls -d .mlops/runs/churn/* | tail -1)/test.parquet');
      answered(session, () => trains(command, session));
    },
  },
  {
    name: 'trains or promotes: only earlier versions can make the gate refuse',
    match:
      /^(?:(?:\w+=\S+ )?make (?:pipeline|ci-pipeline|retrain|promote)(?: MODEL=\S+| FORCE=1| VARIANT=\w+| UNTIL=[\d-]+)*|python -m pipelines(?: --model \S+)?)$/,
    check: (command, session) => trains(command, session),
  },
  {
    name: 'needs a deployed service: if none responds, it reports that within its time limit',
    match: /^make watch ENV=\w+ SERVICE_URL=\S+$/,
    check: (command, session) => {
      const bounded = `${command.replace(/SERVICE_URL=\S+/, 'SERVICE_URL=https://127.0.0.1:9')} LIVE_SECONDS=2 WATCH_SECONDS=1`;
      expectText(refusal(bounded, session, session.env), /127\.0\.0\.1:9|champion/, command);
    },
  },
  {
    name: 'needs a version that was rolled back: without its variables it names them',
    match: /^make allow$/,
    check: (command, session) => expectText(refusal(command, session, session.env), /which version\?/, command),
  },
  {
    name: 'records that the registry has lost its champion: while the registry has it, it refuses',
    match: /^make repair-alias LOST=1$/,
    check: (command, session) =>
      expectText(
        refusal(command, session, session.env),
        /it is not lost\. Run make repair-alias without LOST/,
        command,
      ),
  },
  {
    name: 'needs two releases to another environment: without them it reports that no previous version exists',
    match: /^make rollback(?: MODEL=\S+)? ENV=\w+$/,
    check: (command, session) => {
      const { code, output } = sh(session.dir, command, session.env);
      if (code !== 0) expectText(output, /rollback: .*(?:no |before|previous)/, command);
    },
  },
  {
    // The data of osv.dev changes daily. Exit code 1 is therefore accepted and names the package; 2 means that osv.dev
    // cannot be reached.
    name: 'queries a database on the network: any result without a traceback is accepted',
    match: /^make scan(?: SEVERITY=\w+)?$/,
    check: (command, session) => {
      const { code, output } = sh(session.dir, venv(session, command));
      if (/Traceback/.test(output)) throw new Error(`${command} ended with ${code}:\n${output.slice(-800)}`);
    },
  },
  {
    name: 'installs a system package: the package exists',
    match: /^(?:sudo )?apt-get install [\w.-]+$/,
    check: (command, { dir }) => {
      if (readdirSync('/var/lib/apt/lists').some((name) => name.endsWith('_Packages') || name.includes('_Packages.')))
        must(dir, `apt-cache show ${command.split(' ').at(-1)} | grep -q ^Package`);
    },
  },
  {
    name: 'a command of another operating system: the shell can parse it',
    match: /^brew install [\w-]+$/,
    check: (command, { dir }) => void must(dir, `bash -n -c '${command}'`),
  },
  {
    name: 'a pattern of commands: each command exists',
    match: /^python -m \w+\.steps\.<step>$/,
    check: (command, session) => {
      const steps = readdirSync(join(session.dir, `src/${session.package}/steps`))
        .filter((name) => /^[a-z]\w*\.py$/.test(name))
        .map((name) => name.slice(0, -3));
      if (steps.length < 10) throw new Error(`only ${steps.join(', ')}`);
      run(steps.map((step) => `${command.replace('<step>', step)} --help >/dev/null`).join(' && '), session);
    },
  },
  {
    name: 'needs a history: the test creates two commits and enough versions first',
    match: /^make data-pull (?:REVISION=HEAD~1|VERSION=\d+)$/,
    check: (command, session) => {
      makeVersions(session, Number(/VERSION=(\d+)/.exec(command)?.[1] ?? 0));
      must(
        session.dir,
        'git add --all data && for n in 1 2; do git -c user.name=e2e -c user.email=e2e@example.com commit ' +
          '--quiet --allow-empty -m kept; done',
      );
      run(command, session);
    },
  },
  {
    name:
      'downloads this version of the generator: the test runs the local build of that version ' +
      '(delivery.test.ts runs it from a registry)',
    match: /^make ci-choices$/,
    check: (command, session) => {
      const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
      expectText(
        dry(command, session),
        new RegExp(`^npx --yes create-mlops-stack@${version.replaceAll('.', '\\.')} check$`, 'm'),
        command,
      );
      must(session.dir, `node ${join(ROOT, 'dist/bin.js')} check`);
    },
  },
  {
    name: 'mentioned without its variables: it names them and shows how to set them',
    match: /^make (?:release|ci-promote|watch)(?: ENV=\w+)?$/,
    check: (command, session) => {
      const { code, output } = sh(session.dir, command);
      if (code === 0) throw new Error(`${command} succeeded without its variables`);
      expectText(output, /(?:VERSION|SERVICE_URL): .*\? make \w+ ENV=<environment> /, command);
    },
  },
  {
    name: 'the hook of a root with hooks of its own: pre-commit takes the config of a folder',
    match: /^pre-commit run --config \S+\/\.pre-commit-config\.yaml$/,
    check: (command, session) => {
      const local = command.replace(/ \S+$/, ' .pre-commit-config.yaml');
      must(session.dir, venv(session, `${local} --files README.md`));
    },
  },
  {
    name: 'mentioned because of its hook: supply-chain.test.ts installs the hook and is stopped by it',
    match: /^git commit(?: --no-verify)?$/,
    check: (command) =>
      expectText(readFileSync(join(import.meta.dirname, 'supply-chain.test.ts'), 'utf8'), /commit/, command),
  },
];

/** All other commands are run. */
const RUN: CommandClass = {
  name: 'run',
  match: /^(?:\w+=\S+ )*(?:make(?: |$)|tar |du |sha256sum |git )/,
  check: run,
};

/** The first class that matches a command applies. Classes of modules come before the shared ones. */
export const classesOf = (rows: readonly ModuleRow[]): readonly CommandClass[] => {
  const programs = rows.flatMap(({ programs }) => programs ?? []);
  return [...rows.flatMap(({ commands }) => commands ?? []), ...SHARED_CLASSES, ...programs.map(helpOf), RUN];
};

/** A subcommand that a page only mentions: the program must know it and its options. */
const helpOf = (program: string): CommandClass => ({
  name: `a subcommand of ${program}: the program knows it and its options`,
  match: new RegExp(`^${program}(?: [a-z][a-z-]*)+(?: --[a-z-]+)*(?: <new>| postgresql\\+psycopg2://)?$`),
  check: (command, session) => {
    const help = must(session.dir, venv(session, `${command.replace(/ --.*$/, '')} --help`));
    for (const [option] of command.matchAll(/--[a-z-]+/g)) expectText(help, new RegExp(option), command);
  },
});

export const classOf = (command: string, classes: readonly CommandClass[]): CommandClass | undefined =>
  classes.find(({ match }) => match.test(command));
