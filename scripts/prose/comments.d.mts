import type { Message } from './lint.mjs';

export function lintComments(file: string, source: string): Promise<Message[]>;
