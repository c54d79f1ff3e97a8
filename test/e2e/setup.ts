import { loadRows } from './module-row.ts';

/** Before any test starts a process, removes variables that modules read and that a developer's shell may have set. */
const prefixes = [...(await loadRows()).values()].flatMap(({ environment }) => environment ?? []);
for (const name of Object.keys(process.env))
  if (prefixes.some((prefix) => name.startsWith(prefix))) delete process.env[name];
