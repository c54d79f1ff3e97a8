import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BIN, environment, ROOT, sandbox } from '../cli/harness.ts';
import { project } from './project.ts';

/** Runs every example of docs/changing-a-choice.md in a new repository and compares the output with the page. */

type Step = { readonly command: string; readonly prints: readonly string[]; readonly exit: number };
type Example = { readonly title: string; readonly steps: readonly Step[] };

const text = readFileSync(join(ROOT, 'docs/changing-a-choice.md'), 'utf8');

const examples = text.split(/^(?=##+ )/m).flatMap((section): Example[] => {
  const title = /^##+ (.*)/.exec(section)?.[1] ?? '';
  return [...section.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map((match) => ({ title, steps: stepsOf(match[1]!) }));
});

function stepsOf(block: string): Step[] {
  return block.split(/^(?!# )/m).map((part) => {
    const [command, ...comments] = part.trimEnd().split('\n') as [string, ...string[]];
    const expected = comments.map((line) => line.slice(2));
    return {
      command,
      prints: expected.filter((line) => !/^exit \d$/.test(line)),
      exit: Number(/^exit (\d)$/m.exec(expected.join('\n'))?.[1] ?? 0),
    };
  });
}

const squeeze = (words: string): string => words.replace(/\s+/g, ' ');

/** A `create-mlops-stack` command on the PATH. */
function shim(): string {
  const dir = sandbox();
  const file = join(dir, 'create-mlops-stack');
  writeFileSync(file, `#!/bin/sh\nexec '${process.execPath}' '${BIN}' "$@"\n`);
  chmodSync(file, 0o755);
  return dir;
}

describe('docs/changing-a-choice.md', () => {
  it('has an example for every row of the table', () => expect(examples.length).toBeGreaterThan(17));

  it.concurrent.each(examples.map((example, index) => [index + 1, example.title, example] as const))(
    'shows commands that work as described (example %i: %s)',
    async (_index, _title, { steps }) => {
      const { dir } = await project();
      const env = environment({ PATH: `${shim()}${delimiter}${process.env['PATH']}` });
      for (const { command, prints, exit } of steps) {
        const { status, stdout, stderr } = spawnSync('bash', ['-o', 'pipefail', '-c', command], {
          cwd: dir,
          env,
          encoding: 'utf8',
        });
        expect([command, status, status === exit ? '' : stderr]).toEqual([command, exit, '']);
        for (const line of prints) expect(squeeze(stdout + stderr)).toContain(squeeze(line));
      }
    },
  );
});
