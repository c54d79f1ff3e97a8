import Generator from 'yeoman-generator';
import type { Answers } from '../../src/cli/commands/create.ts';
import type { CommandContext } from '../../src/cli/context.ts';
import { yeomanScreen } from './screen.ts';

// The modules of the command line are loaded as chunks of their own, so that Yeoman does not slow the command down.
const { flagNames, readArgs, SWITCHES, VALUES } = await import('../../src/cli/args.ts');
const { loadCatalogue } = await import('../../src/cli/catalogue.ts');
const { answers, make } = await import('../../src/cli/commands/create.ts');
const { reportError } = await import('../../src/cli/report.ts');
const { version } = await import('../../src/cli/start.ts');
const { isInteractive } = await import('../../src/cli/terminal.ts');
const { UserError } = await import('../../src/core/errors.ts');

/**
 * Flags that have the same meaning here. Yeoman brings its own others (`--help`); the rest control output for programs.
 */
const SHARED_SWITCHES = ['yes', 'dry-run', 'install', 'verbose'] as const;
const builtinChoices = (await loadCatalogue([])).choices;

/**
 * `yo mlops-stack [dir]`: the questions and flags of `create-mlops-stack`, asked through Yeoman. The same core writes
 * the files.
 */
export default class extends Generator {
  #context: CommandContext | undefined;
  #answers: Answers | undefined;

  constructor(...[args, options]: ConstructorParameters<typeof Generator>) {
    // Yeoman compares with the disk file by file and can stop halfway. The writer of this package writes all files or
    // none, so Yeoman has nothing left to commit or install.
    super(args, options, { customCommitTask: () => {}, customInstallTask: () => {} });
    this.description = 'Create a working MLOps repository from your own mix of tools';
    this.argument('dir', { type: String, required: false, description: 'The folder to create' });
    for (const name of SHARED_SWITCHES) this.option(name, { type: Boolean, description: SWITCHES[name] });
    this.option('git', {
      type: Boolean,
      default: true,
      description: 'Create a git repository with one commit (--no-git: do not)',
    });
    for (const [name, text] of Object.entries(VALUES))
      this.option(name, { type: Array, description: text.split('  ')[1]! } as never);
    for (const name of flagNames(builtinChoices))
      this.option(name, {
        type: String,
        description: builtinChoices.find((choice) => choice.id === name)?.question ?? `The ${name}: a,b`,
      });
  }

  async prompting(): Promise<void> {
    await this.#orSay(async () => {
      this.#context = await this.#makeContext();
      this.#answers = await answers(this.#context);
    });
  }

  async writing(): Promise<void> {
    await this.#orSay(async () => {
      const code = await make(this.#context!, this.#answers!);
      if (code !== 0) process.exitCode = code;
    });
  }

  async #makeContext(): Promise<CommandContext> {
    const modules = this.#values('modules');
    const catalogue = await loadCatalogue(modules);
    const flags = [...Object.keys(VALUES), ...flagNames(catalogue.choices)].flatMap((name) =>
      this.#values(name).map((value) => `--${name}=${value}`),
    );
    const switches = SHARED_SWITCHES.filter((name) => this.#option(name) === true).map((name) => `--${name}`);
    const dir = this.#option('dir');
    const args = readArgs(
      [
        'create',
        ...flags,
        ...switches,
        ...(this.#option('git') === false ? ['--no-git'] : []),
        ...(typeof dir === 'string' ? ['--', dir] : []),
      ],
      catalogue.choices,
    );
    const write = (text: string): void => void this.log.write(text);
    const terminal = {
      cwd: this.destinationRoot(),
      env: process.env,
      out: write,
      err: write,
      isInteractive: this.#canAsk(args),
    };
    return {
      args,
      catalogue,
      terminal,
      version: version(),
      isExtended: modules.length > 0,
      screen: yeomanScreen(this),
    };
  }

  /**
   * Adapters without a terminal (windows of editors) can always ask. On a terminal the rule of the command line
   * applies.
   */
  #canAsk(flags: { yes: boolean; json: boolean }): boolean {
    const adapter = this.env.adapter as { actualAdapter?: object };
    const actual = (adapter.actualAdapter ?? adapter) as { stdin?: { isTTY?: boolean }; stdout?: { isTTY?: boolean } };
    if (!actual.stdin || !actual.stdout) return !flags.yes;
    return isInteractive(actual.stdin, actual.stdout, process.env, flags);
  }

  /** Yeoman passes options as typed (`dry-run`) or in camel case (`dryRun`). */
  #option(name: string): unknown {
    const options = this.options as Readonly<Record<string, unknown>>;
    return options[name] ?? options[name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())];
  }

  #values(name: string): string[] {
    const list = [this.#option(name)]
      .flat(Infinity)
      .filter((value) => value !== undefined && value !== null)
      .map(String);
    return name in VALUES || list.length === 0 ? list : [list.join(',')];
  }

  /** A user error. Yeoman prints the message and exits with the code of the command line. */
  async #orSay(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      let text = '';
      reportError(error, { out: () => {}, err: (part) => (text += part) }, { json: false, argv: [] });
      throw Object.assign(new Error(text.trimEnd()), { code: error.exit });
    }
  }
}
