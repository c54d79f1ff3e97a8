import { afterAll, describe, expect, it } from 'vitest';
import { Clone } from '../support/clone.ts';
import { CLASSES, commandsOf, contributing } from '../support/contributing.ts';

describe('the slow commands of CONTRIBUTING.md', () => {
  const clone = new Clone();
  afterAll(() => clone.remove());

  /** Some commands have the same short form, which runs once. */
  const lines = new Map<string, string[]>();
  for (const command of commandsOf(contributing())) {
    const found = CLASSES[command];
    if (!found || !('slow' in found)) continue;
    const line = found.slow === true ? command : found.slow;
    lines.set(line, [...(lines.get(line) ?? []), command]);
  }

  it('include one that uses the module that npm run new makes', () => {
    const { code, output } = clone.run('npm run --silent new -- tracker acme');
    expect(code, output).toBe(0);
    expect(lines.size).toBeGreaterThan(1);
  });

  const titled = [...lines].map(([line, commands]) => [commands.join(' and '), line] as const);
  it.each(titled)('%s works in a clean clone, in its short form', (_, line) => {
    const { code, output } = clone.run(line);
    expect(code, output.slice(-3000)).toBe(0);
  });
});
