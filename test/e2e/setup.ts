import { loadRows } from './module-row.ts';

/** Removes the variables that modules read, which a developer's shell may have set, before any test starts a process. */
const prefixes = [...(await loadRows()).values()].flatMap(({ environment }) => environment ?? []);
for (const name of Object.keys(process.env))
  if (prefixes.some((prefix) => name.startsWith(prefix))) delete process.env[name];
