export function findMirror(): string | undefined;
