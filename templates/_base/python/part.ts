import * as z from 'zod';
import { type Contribution, definePart, defineSlot } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Slots {
    'python-group': { installs: string };
    'pytest-warning': { why: string };
    untyped: { why: string };
    'make-env': { value: string; why: string };
    clean: Record<string, never>;
  }
}

const why = z.object({ why: z.string() });

export const pythonGroup = defineSlot({
  id: 'python-group',
  meaning:
    'A role that installs pins: an extra of `pyproject.toml`, or its dependency group `dev`. The key is its name. A pin ' +
    'that names a group without an entry is an error.',
  schema: z.object({ installs: z.string() }),
  sameKey: 'equal',
  owner: 'managed',
});
export const pytestWarning = defineSlot({
  id: 'pytest-warning',
  meaning: 'A warning filter of pytest, which is the key.',
  schema: why,
  sameKey: 'equal',
  owner: 'managed',
});
export const untyped = defineSlot({
  id: 'untyped',
  meaning: 'A pattern of Python modules without type hints, which mypy does not check. The key is the pattern.',
  schema: why,
  sameKey: 'equal',
  owner: 'managed',
});
export const makeEnv = defineSlot({
  id: 'make-env',
  meaning: 'An environment variable that `make` exports to each command. The key is its name.',
  schema: z.object({ value: z.string(), why: z.string() }),
  sameKey: 'equal',
  owner: 'managed',
});
export const clean = defineSlot({
  id: 'clean',
  meaning: 'A folder that `make clean` deletes. The key is its path.',
  schema: z.object({}).strict(),
  sameKey: 'equal',
  owner: 'managed',
});

/** The Python project: dependencies, tools, and the Makefile that includes all other Makefiles. */
export default definePart({
  slots: [pythonGroup.slot, pytestWarning.slot, untyped.slot, makeEnv.slot, clean.slot],
  sees: { imageBuild: { because: 'the page about networks describes the build of the image' } },
  reads: ['clean', 'core.pins', 'core.python', 'env', 'make-env', 'pytest-warning', 'python-environment', 'untyped'],
  python: { atLeast: '3.11', below: '3.14', because: 'this repository is tested with these Python versions' },
  pins: {
    uv: { kind: 'tool', registry: 'python:uv', version: '0.13.8', checked: '2026-11-21' },
    // Not every release of uv has a uv_build of the same version.
    uv_build: { kind: 'tool', registry: 'python:uv-build', version: '0.13.6', checked: '2026-11-28' },
    ruff: { version: '0.17.5', checked: '2026-11-21', groups: ['dev'] },
    mypy: { version: '2.4.1', checked: '2026-11-21', groups: ['dev'] },
    pytest: { version: '9.2.0', checked: '2026-11-21', groups: ['dev'] },
    'pytest-cov': { version: '7.1.0', checked: '2026-11-21', groups: ['dev'], imports: ['pytest_cov'] },
  },
  tests: { 'tests/test_coverage_floor.py': { varies: [] } },
  contributes: () => [
    { slot: 'docs', key: 'docs/network.md', value: { title: 'Behind a proxy: proxy, certificates, package index' } },
    pythonGroup('dev', { installs: 'tools that check the repository' }),
    pythonGroup('train', { installs: 'what the steps of the pipeline import' }),
    pythonGroup('serve', { installs: 'what the service imports' }),
    pythonGroup('native', { installs: 'what runs a model with its own library' }),
    pythonGroup('orchestrate', { installs: 'what the orchestrator imports' }),
    pythonGroup('monitor', { installs: 'what the drift detector imports' }),
    clean('.mypy_cache', {}),
    clean('.pytest_cache', {}),
    clean('.ruff_cache', {}),
    ...['/.venv/', '/.tools/', '__pycache__/', '*.egg-info/', '.mypy_cache/', '.pytest_cache/', '.ruff_cache/'].map(
      (pattern): Contribution => ({ slot: 'gitignore', key: pattern, value: { why: 'created by Python tools' } }),
    ),
    { slot: 'gitignore', key: '/dist/', value: { why: 'built packages' } },
    ...[
      '.git/',
      '.venv/',
      '.tools/',
      '.mypy_cache/',
      '.pytest_cache/',
      '.ruff_cache/',
      '**/__pycache__/',
      'dist/',
      'tests/',
      'docs/',
    ].map((pattern): Contribution => ({ slot: 'dockerignore', key: pattern, value: { why: 'not part of an image' } })),
  ],
});
