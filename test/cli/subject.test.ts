import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestOfRendered } from '../e2e/subject.ts';
import { ROOT, sandbox } from './harness.ts';

describe('the digest of what a check proves', () => {
  const FLAGS = ['--cloud aws --orchestrator none'];

  it('is the same for the same files, and another one if a rendered file differs', () => {
    const digest = digestOfRendered(FLAGS, ['infra', 'no-such-folder'], []);
    expect(digestOfRendered(FLAGS, ['infra'], [])).toBe(digest);
    // The models are in the variables of the roots.
    expect(digestOfRendered([`${FLAGS[0]} --models a,b`], ['infra'], [])).not.toBe(digest);
  });

  it('is another one if a file of this repository differs', () => {
    const dir = sandbox({ 'check.ts': 'expect(1).toBe(1);\n' });
    const path = relative(ROOT, join(dir, 'check.ts'));
    const digest = digestOfRendered([], [], [path]);
    writeFileSync(join(dir, 'check.ts'), 'expect(1).toBe(2);\n');
    expect(digestOfRendered([], [], [path])).not.toBe(digest);
  });
});
