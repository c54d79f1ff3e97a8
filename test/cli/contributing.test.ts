import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Clone } from '../support/clone.ts';
import { CLASSES, commandsOf, contributing, ROOT } from '../support/contributing.ts';

describe('the commands of CONTRIBUTING.md', () => {
  const commands = commandsOf(contributing());
  const ci = readFileSync(join(ROOT, '.ci/run'), 'utf8');
  const clone = new Clone();
  afterAll(() => clone.remove());

  it('each belong to a class, so that a test or CI runs it', () => {
    expect(commands.length).toBeGreaterThan(10);
    expect(commands.filter((command) => !(command in CLASSES))).toEqual([]);
  });

  it('are all found: in blocks without their comments, and in backticks', () => {
    expect(
      commandsOf('Run `npm test`:\n\n   ```sh\n   npm ci  # once\n   make -C x a\n   ```\n`make` `npm test`\n'),
    ).toEqual(['npm test', 'npm ci', 'make -C x a']);
  });

  const inCi = commands.flatMap((command) => {
    const found = CLASSES[command];
    return found && 'ci' in found ? [[command, found.ci] as const] : [];
  });
  it.each(inCi)('%s is run by CI', (_, text) => expect(ci).toContain(text));

  const quick = commands.flatMap((command) => {
    const found = CLASSES[command];
    return found && 'run' in found ? [[command, found.run === true ? command : found.run] as const] : [];
  });
  it.each(quick)('%s works in a clean clone', (_, line) => {
    const { code, output } = clone.run(line);
    expect(code, output.slice(-3000)).toBe(0);
  });
});
