/// <reference types="vite/types/importMeta.d.ts" />
import type { ChildProcess } from 'node:child_process';

/**
 * The declaration of a module for the end-to-end tests, in an `e2e.ts` next to its `module.ts` or `choice.ts`. No file
 * in `test/e2e` lists options: a new tool adds its own row.
 */
export type ModuleRow = {
  /** Rows of `make demo` in which a stand-in replaces a hosted service. */
  readonly substituted?: readonly string[];
  /** How to stop the stand-in of a row while the demo runs. The demo must then fail at that row. */
  readonly stop?: Stop;
  /** Command-line programs that its pages name. A page can mention their subcommands; the tests call their help. */
  readonly programs?: readonly string[];
  /** Prefixes of the environment variables that it reads. The tests remove them from a developer's shell. */
  readonly environment?: readonly string[];
  /**
   * The test file that proves the option in a repository of its own: no stack is made for it. It writes the evidence for
   * the support matrix.
   */
  readonly provenBy?: string;
  /** How to check commands of its pages that cannot be run directly. */
  readonly commands?: readonly CommandClass[];
  /** In the row of a choice: the behaviors that each of its options shows in a run, or says why it does not. */
  readonly observes?: readonly string[];
  /** What a test observed in runs of the option, for each behavior of its choice. `npm run docs` lists it. */
  readonly observed?: Readonly<Record<string, Observation>>;
  /** How training is scheduled. Every orchestrator declares it. */
  readonly schedule?: Schedule;
  /** The variables that a command needs, for example to reach a stand-in for a cloud. */
  readonly environmentOf?: (command: string, session: Session) => Promise<Readonly<Record<string, string>>>;
};

/**
 * What happened in a run, and the test of the generated repository that shows it (`tests/test_pipeline.py::test_x`) or
 * the day on which a developer observed it by hand. Otherwise, the reason why it cannot be shown, and the page that says so
 * if the tool is the reason.
 */
export type Observation =
  | { readonly seen: string; readonly test: string }
  | { readonly seen: string; readonly byHand: string }
  | { readonly not: string; readonly source?: string };

/** What the page of an orchestrator says about the schedule of training, and how to find out whether it is true. */
export type Schedule = {
  /** The flags that the page gives to the generator. */
  readonly flags: string;
  /**
   * The settings that the page changes, by their file and key; `<cron>` is replaced by the expression. Without one, the
   * page has no setting.
   */
  readonly settings: readonly { readonly file: string; readonly key: string; readonly value: string }[];
  /** A cron expression in the notation of the tool, if it is not the usual one of five fields. */
  readonly cron?: string;
  /**
   * The expression with which training of the model of the session is scheduled, as the program or the API of the
   * orchestrator reports it, or as in the definition that it would get if it cannot run here. It has no result if
   * training is not scheduled.
   */
  readonly known: (session: Session, cron: string) => string | undefined | Promise<string | undefined>;
};

/** An edit of one file. `__package__` in the path stands for the package of the generated repository. */
export type Stop = { readonly step: string; readonly path: string; readonly from: string; readonly to: string };

/** Commands of one kind, the reason why the tests do not run them, and the check that replaces the run. */
export type CommandClass = {
  readonly name: string;
  readonly match: RegExp;
  readonly check: (command: string, session: Session) => void | Promise<void>;
};

/**
 * An installed repository, and the state that earlier commands left in it. `env` has the variables of a command that
 * names an environment in a cloud.
 */
export type Session = {
  readonly dir: string;
  readonly model: string;
  readonly package: string;
  readonly bin: string;
  env: Readonly<Record<string, string>>;
  service?: ChildProcess;
  collector?: ChildProcess;
  cloud?: { readonly process: ChildProcess; readonly env: Readonly<Record<string, string>> };
  /** Set after a running Prometheus has answered every query of the pages. */
  collected?: true;
};

export const defineRow = (row: ModuleRow): ModuleRow => row;

/** `tracker/wandb` -> its row. */
export async function loadRows(): Promise<ReadonlyMap<string, ModuleRow>> {
  const found = import.meta.glob<ModuleRow>('../../templates/**/e2e.ts', { import: 'default' });
  const loaded = Object.entries(found).map(
    async ([path, load]): Promise<[string, ModuleRow]> => [
      path.replace(/^.*\/templates\//, '').replace(/\/e2e\.ts$/, ''),
      await load(),
    ],
  );
  return new Map((await Promise.all(loaded)).sort(([a], [b]) => (a < b ? -1 : 1)));
}
