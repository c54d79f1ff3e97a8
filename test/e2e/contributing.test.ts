import { afterAll, describe, expect, it } from 'vitest';
import { Clone } from '../support/clone.ts';
import { CLASSES, commandsOf, contributing } from '../support/contributing.ts';

describe('the slow commands of CONTRIBUTING.md', () => {
  const clone = new Clone();
  afterAll(() => clone.remove());

  const lines = commandsOf(contributing()).flatMap((command) => {
    const found = CLASSES[command];
    return found && 'slow' in found ? [[command, found.slow === true ? command : found.slow] as const] : [];
  });

  it('include one that uses the module that npm run new makes', () => {
    const { code, output } = clone.run('npm run --silent new -- tracker acme');
    expect(code, output).toBe(0);
    expect(lines.length).toBeGreaterThan(1);
  });

  it.each(lines)('%s works in a clean clone, in its short form', (_, line) => {
    const { code, output } = clone.run(line);
    expect(code, output.slice(-3000)).toBe(0);
  });
});
