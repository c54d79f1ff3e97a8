export function filesOf(path: string): string[];
export function digestOfOption(id: string): string;
export function digestOfShared(parts?: readonly string[]): string;
