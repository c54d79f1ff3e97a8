import type { Catalogue } from '../core/catalogue.ts';
import type { Args } from './args.ts';
import type { Terminal } from './terminal.ts';
import type { Screen } from './wizard/screen.ts';

/**
 * What a command gets: its words and flags, the catalogue, and the world; `screen` asks where it is not the terminal
 * that does.
 */
export type CommandContext = {
  readonly args: Args;
  readonly catalogue: Catalogue;
  readonly terminal: Terminal;
  readonly version: string;
  readonly isExtended: boolean;
  readonly screen?: Screen;
};
