export function useBytecode(environment: string, store: string): void;
export function keepBytecode(environment: string, store: string): void;
