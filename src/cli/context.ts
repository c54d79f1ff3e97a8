import type { Catalogue } from '../core/catalogue.ts';
import type { Args } from './args.ts';
import type { Terminal } from './terminal.ts';
import type { Screen } from './wizard/screen.ts';

/**
 * The input of a command: arguments and flags, the catalog, and the terminal. `screen` asks the questions if the
 * terminal does not.
 */
export type CommandContext = {
  readonly args: Args;
  readonly catalogue: Catalogue;
  readonly terminal: Terminal;
  readonly version: string;
  readonly isExtended: boolean;
  readonly screen?: Screen;
};
