import type { Catalogue } from '../core/catalogue.ts';
import type { Args } from './args.ts';
import type { Terminal } from './terminal.ts';

/** What a command gets: its words and flags, the catalogue, and the world. Returns the exit code. */
export type CommandContext = { readonly args: Args; readonly catalogue: Catalogue; readonly terminal: Terminal; readonly version: string; readonly isExtended: boolean };
