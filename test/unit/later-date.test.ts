import { expect, it } from 'vitest';
import { withLaterDate } from '../../src/core/update/later-date.ts';

const at = (date: string, rest = ''): string => `[tool.uv]\nexclude-newer = "${date}T00:00:00Z"\n${rest}`;

it.each([
  ['yours, if it is later', '2026-01-01', '2026-03-01', '2026-02-01', '2026-03-01'],
  ['the generated one, if it is later', '2026-01-01', '2026-02-01', '2026-03-01', '2026-03-01'],
  ['yours, if the generated one did not move', '2026-01-01', '2026-02-01', '2026-01-01', '2026-02-01'],
])('takes %s', (_, base, yours, generated, later) => {
  expect(withLaterDate([at(base), at(yours, 'a'), at(generated, 'b')])).toEqual([
    at(later),
    at(later, 'a'),
    at(later, 'b'),
  ]);
});

it.each([
  ['you did not move it', [at('2026-01-01'), at('2026-01-01'), at('2026-02-01')]],
  ['you removed it', [at('2026-01-01'), 'x', at('2026-02-01')]],
  ['the generated file has none', [at('2026-01-01'), at('2026-02-01'), 'x']],
] as const)('changes nothing if %s', (_, texts) => {
  expect(withLaterDate(texts as unknown as [string, string, string])).toEqual(texts);
});
