import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** The results of `npm run bench:serving`, by goal. */
const found = new Map(
  [...read('bench/serving.md').matchAll(/^\| ([^|]+) \| [^|]+ \| ([^|]+) \| (?:yes|\*\*no\*\*) \|$/gm)].map((row) => [
    row[1] as string,
    row[2] as string,
  ]),
);
const goal = (start: string): string => [...found].find(([name]) => name.startsWith(start))?.[1] ?? `no goal ${start}`;

describe('the FastAPI page', () => {
  it('shows the figures of bench/serving.md', () => {
    const [, page = ''] = read('templates/server/fastapi/files/docs/tools/fastapi.md.ejs').split(
      '\n| measurement | value |\n',
    );
    const told = [...page.matchAll(/^\| [a-z][^|]+ \| ([^|]+) \|$/gm)].map((row) => row[1]).slice(0, 5);
    expect(told).toEqual([
      goal('times the naive'),
      goal('of raw hello'),
      goal('p99, 16'),
      `${goal('p99 of')}; ${goal('errors of') === '0' ? 'none' : goal('errors of')}`,
      `${goal('ready after')}; ${goal('resident memory')}`,
    ]);
  });
});
