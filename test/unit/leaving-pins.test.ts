import { describe, expect, it } from 'vitest';
import { differsInPinsOnly, withoutLeavingPins } from '../../src/core/update/leaving-pins.ts';

const lines = (...all: string[]): string => all.map((line) => `${line}\n`).join('');
const sha = (digit: string): string => digit.repeat(40);
const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;

/** A pin that a bot raises, in each kind of file: the generated line, the raised one, and the name in the message. */
const PINS: readonly (readonly [kind: string, was: readonly string[], raised: readonly string[], name: string])[] = [
  ['pyproject.toml', ['    "prefect==3.4.1",'], ['    "prefect==3.5.0",'], 'prefect'],
  [
    'requirements.txt',
    ['great-expectations==1.2 ; python_version<"3.13"'],
    ['great-expectations==1.3 ; python_version<"3.13"'],
    'great-expectations',
  ],
  [
    'a workflow',
    [`      - uses: a/setup@${sha('1')} # v1.2.3`],
    [`      - uses: a/setup@${sha('2')} # v2.0.0`],
    'a/setup',
  ],
  [
    'a workflow without a comment',
    [`      - uses: a/setup@${sha('1')}`],
    [`      - uses: a/setup@${sha('2')}`],
    'a/setup',
  ],
  [
    'compose',
    [`    image: prom/alertmanager:v0.27.0@${digest('a')}`],
    [`    image: prom/alertmanager:v0.28.1@${digest('b')}`],
    'prom/alertmanager',
  ],
  ['a Dockerfile', ['FROM python:3.12-slim AS base'], ['FROM python:3.13-slim AS base'], 'python'],
  [
    'pre-commit',
    ['  - repo: https://github.com/a/hook', '    rev: v1.0'],
    ['  - repo: https://github.com/a/hook', '    rev: v2.0'],
    'https://github.com/a/hook',
  ],
  ['Terraform', ['    aws = {', '      version = "~> 6.1"'], ['    aws = {', '      version = "~> 6.9"'], 'aws'],
];

describe('a raised pin', () => {
  it.each(PINS)('leaves with its tool: %s', (_, was, raised, name) => {
    const base = lines('first', ...was, 'last');
    const yours = lines('mine', 'first', ...raised, 'last');
    expect(withoutLeavingPins(base, yours, lines('first', 'last'))).toEqual({
      text: lines('mine', 'first', ...was, 'last'),
      left: [name],
    });
    expect(differsInPinsOnly(base, lines('first', ...raised, 'last'))).toBe(true);
  });

  it.each(PINS)('stays while its tool stays: %s', (_, was, raised) => {
    const yours = lines('first', ...raised, 'last');
    expect(withoutLeavingPins(lines('first', ...was, 'last'), yours, lines('other', ...was)).text).toBe(yours);
  });

  it.each([
    ['another option', '    "prefect==3.4.1",', '    "prefect[docker]==3.4.1",'],
    ['a comment', '    "prefect==3.4.1",', '    "prefect==3.5.0",  # until the fix'],
    ['a limit', '    "prefect==3.4.1",', '    "prefect>=3.5.0",'],
    ['another port', '      - "3000:3000"', '      - "3001:3000"'],
    ['a number', 'retries: 3', 'retries: 4'],
    ['another image', 'FROM python:3.12', 'FROM pypy:3.12'],
  ])('is an edit if it changes more: %s', (_, was, raised) => {
    expect(differsInPinsOnly(lines(was), lines(raised))).toBe(false);
    expect(withoutLeavingPins(lines(was), lines(raised), '').left).toEqual([]);
  });

  it('is not the only edit of a file with another one', () => {
    expect(differsInPinsOnly(lines('a==1', 'b'), lines('a==2', 'c'))).toBe(false);
    expect(differsInPinsOnly(lines('a==1'), lines('a==2', 'c'))).toBe(false);
  });
});
