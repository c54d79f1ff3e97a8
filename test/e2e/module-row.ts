/// <reference types="vite/types/importMeta.d.ts" />
import type { ChildProcess } from 'node:child_process';

/**
 * What a module tells the end-to-end tests about itself, in an `e2e.ts` beside its `module.ts` or `choice.ts`. Nothing
 * in `test/e2e` lists options: a new tool brings its own row.
 */
export type ModuleRow = {
  /** Rows of `make demo` in which a stand-in takes the place of a hosted service. */
  readonly substituted?: readonly string[];
  /** How the stand-in of a row is stopped while the demo runs. The demo must then fail at that row. */
  readonly stop?: Stop;
  /** Command-line programs that its pages name. A page may mention their subcommands; the tests ask for their help. */
  readonly programs?: readonly string[];
  /** Prefixes of the environment variables that it reads. The tests remove them from a developer's shell. */
  readonly environment?: readonly string[];
  /** How commands of its pages are checked that cannot simply be run. */
  readonly commands?: readonly CommandClass[];
  /** The variables that a command needs, for instance to reach a server that stands in for a cloud. */
  readonly environmentOf?: (command: string, session: Session) => Promise<Readonly<Record<string, string>>>;
};

/** An edit of one file. `__package__` in the path stands for the package of the generated repository. */
export type Stop = { readonly step: string; readonly path: string; readonly from: string; readonly to: string };

/** Commands of one kind, the reason why they are not simply run, and what is checked instead. */
export type CommandClass = {
  readonly name: string;
  readonly match: RegExp;
  readonly check: (command: string, session: Session) => void | Promise<void>;
};

/**
 * An installed repository, and what earlier commands left in it. `env` holds the variables of a command that names an
 * environment in a cloud.
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
  /** Set once every query of the pages was answered by a running Prometheus. */
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
