import { describe, expect, it } from 'vitest';
import { mergeText } from '../../src/core/update/merge.ts';
import { differsInPinsOnly, type MergedPins, mergeWithPins } from '../../src/core/update/raised-pins.ts';

const lines = (...all: string[]): string => all.map((line) => `${line}\n`).join('');
const sha = (digit: string): string => digit.repeat(40);
const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;

const merge = (base: string, yours: string, generated: string): MergedPins | undefined =>
  mergeWithPins(base, yours, (text) => mergeText(base, text, generated));

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
  [
    'a Terraform provider with its source',
    ['      source  = "hashicorp/aws"', '      version = "~> 6.1"'],
    ['      source  = "hashicorp/aws"', '      version = "~> 6.9"'],
    'hashicorp/aws',
  ],
  [
    'Terraform itself',
    ['  required_version = ">= 1.11, < 2.0"'],
    ['  required_version = ">= 1.13, < 2.0"'],
    'required_version',
  ],
  ['a service of GitLab', ['    - name: docker:28.1-dind'], ['    - name: docker:29.0-dind'], 'docker'],
  ['an image by digest', [`  image: a/b@${digest('a')}`], [`  image: a/b@${digest('b')}`], 'a/b'],
  [
    'an image without a number',
    [`FROM alpine:edge@${digest('a')} AS uv`],
    [`FROM alpine:edge@${digest('b')} AS uv`],
    'alpine',
  ],
  [
    'a variable of make',
    [`TRIVY := ghcr.io/a/trivy:0.74.0@${digest('a')}`],
    [`TRIVY := ghcr.io/a/trivy:0.75.0@${digest('b')}`],
    'ghcr.io/a/trivy',
  ],
  ['a variable of a script', ['UV_VERSION=0.13.6'], ['UV_VERSION=0.14.0'], 'UV_VERSION'],
  ['a build backend', ['requires = ["uv_build>=0.13.6,<0.14"]'], ['requires = ["uv_build>=0.14.1,<0.15"]'], 'uv_build'],
  [
    'an input of an action',
    [`      - uses: a/setup-uv@${sha('1')} # v7`, '        with:', '          version: "0.13.6"'],
    [`      - uses: a/setup-uv@${sha('1')} # v7`, '        with:', '          version: "0.14.0"'],
    'a/setup-uv',
  ],
  [
    'the version of a tool',
    ['          terraform_version: 1.11.4'],
    ['          terraform_version: 1.13.0'],
    'terraform_version',
  ],
  [
    'a download',
    ['    - curl -fsSLo /tmp/t.zip https://host.example/terraform/1.11.4/terraform_1.11.4_linux_amd64.zip'],
    ['    - curl -fsSLo /tmp/t.zip https://host.example/terraform/1.13.0/terraform_1.13.0_linux_amd64.zip'],
    'curl -fsSLo /tmp/t.zip https://host.example/terraform/0/terraform_0_linux_amd64.zip',
  ],
];

describe('a raised pin', () => {
  it.each(PINS)('leaves with its tool: %s', (_, was, raised, name) => {
    const base = lines('first', ...was, 'last');
    const yours = lines('mine', 'first', ...raised, 'last');
    expect(merge(base, yours, lines('first', 'last'))).toMatchObject({
      text: lines('mine', 'first', 'last'),
      conflicts: 0,
      left: [name],
    });
    expect(differsInPinsOnly('a.txt', base, lines('first', ...raised, 'last'))).toBe(true);
  });

  it.each(PINS)('stays while its tool stays, also next to lines that change: %s', (_, was, raised) => {
    const generated = lines('new', ...was, 'other');
    expect(merge(lines('first', ...was, 'last'), lines('first', ...raised, 'last'), generated)).toMatchObject({
      text: lines('new', ...raised, 'other'),
      conflicts: 0,
      left: [],
    });
  });

  it.each<[string, string, string, string, string | undefined]>([
    ['the user', '    "a==1.2",', '    "a==1.10",', '    "a==1.9",', '    "a==1.10",'],
    ['the generator', '    "a==1.2",', '    "a==1.9",', '    "a==1.10",', '    "a==1.10",'],
    [
      'the user',
      `      - uses: a/b@${sha('1')} # v1`,
      `      - uses: a/b@${sha('2')} # v3.1`,
      `      - uses: a/b@${sha('3')} # v3.0`,
      `      - uses: a/b@${sha('2')} # v3.1`,
    ],
    [
      'the generator',
      `    image: a/b:v1.2@${digest('1')}`,
      `    image: a/b:v1.3@${digest('2')}`,
      `    image: a/b:v2.0@${digest('3')}`,
      `    image: a/b:v2.0@${digest('3')}`,
    ],
    ['the user', 'FROM python:3.12-slim', 'FROM python:3.14-slim', 'FROM python:3.13-slim', 'FROM python:3.14-slim'],
    ['nobody can tell', '    "a==1.2",', '    "a==1.3rc1",', '    "a==1.3",', undefined],
    [
      'nobody can tell',
      `    uses: a/b@${sha('1')}`,
      `    uses: a/b@${sha('2')}`,
      `    uses: a/b@${sha('3')}`,
      undefined,
    ],
  ])('that both raised has the higher version, of %s: %s', (_, was, raised, now, wanted) => {
    const found = merge(lines('a', was), lines('a', raised), lines('a', now));
    expect(found?.text).toBe(wanted && lines('a', wanted));
    if (wanted) expect(found!.reports.join()).toMatch(/changed on both sides: \S+ is kept, the higher of/);
  });

  it('is raised in a new entry for the same action, and in none that the user left', () => {
    const [old, raised] = [`- uses: a/b@${sha('1')} # v1`, `- uses: a/b@${sha('2')} # v2`];
    expect(merge(lines(old, 'x'), lines(raised, 'x'), lines(old, 'x', old))?.text).toBe(lines(raised, 'x', raised));
    expect(merge(lines(old, 'x', old), lines(raised, 'x', old), lines(old, 'y', old))?.text).toBe(
      lines(raised, 'y', old),
    );
    expect(merge(lines(old, 'x', old), lines(raised, 'x', old), lines(old, 'y'))).toBeUndefined();
  });

  it.each([
    ['another option', '    "prefect==3.4.1",', '    "prefect[docker]==3.4.1",'],
    ['a comment', '    "prefect==3.4.1",', '    "prefect==3.5.0",  # until the fix'],
    ['a limit', '    "prefect==3.4.1",', '    "prefect>=3.5.0",'],
    ['another port', '      - "3000:3000"', '      - "3001:3000"'],
    ['a number', 'retries: 3', 'retries: 4'],
    ['another image', 'FROM python:3.12', 'FROM pypy:3.12'],
    ['another address', 'url: http://127.0.0.1:9090/', 'url: http://127.0.0.2:9090/'],
  ])('is an edit if it changes more: %s', (_, was, raised) => {
    expect(differsInPinsOnly('a.txt', lines(was), lines(raised))).toBe(false);
    expect(merge(lines(was), lines(raised), '')).toBeUndefined();
  });

  it('is not the only edit of a file with another one', () => {
    expect(differsInPinsOnly('a.txt', lines('a==1', 'b'), lines('a==2', 'c'))).toBe(false);
    expect(differsInPinsOnly('a.txt', lines('a==1'), lines('a==2', 'c'))).toBe(false);
  });

  it('and another layout are no edit together', () => {
    expect(differsInPinsOnly('a.yaml', 'image: "a/b:1.2"\nc: [1]\n', "image: 'a/b:1.3'\nc: [ 1 ]\n")).toBe(true);
    expect(differsInPinsOnly('a.yaml', 'image: "a/b:1.2"\nc: [1]\n', "image: 'a/b:1.3'\nc: [ 2 ]\n")).toBe(false);
  });
});
