#!/usr/bin/env node
// Import nothing before this check: an older Node.js would stop at newer syntax with a stack trace.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `create-mlops-stack needs Node.js 20.19 or later; this is ${process.versions.node}. ` +
      'Install a newer one, for example from https://nodejs.org.',
  );
  process.exitCode = 2;
} else {
  const { start } = await import('./cli/start.ts');
  process.exitCode = await start(process.argv.slice(2));
}

export {};
