import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Every command in CONTRIBUTING.md, and how a test shows that it works. */

export const ROOT = join(import.meta.dirname, '../..');

/**
 * `run`: a test runs it, or the given shorter form. `{work}` is a folder of the test.
 * `slow`: an end-to-end test runs it.
 * `ci`: `.ci/run` contains the given text, which runs it.
 * `none`: no test runs it, with the reason.
 */
type Class =
  | { readonly run: string | true }
  | { readonly slow: string | true }
  | { readonly ci: string }
  | { readonly none: string };

export const CLASSES: Readonly<Record<string, Class>> = {
  'npm ci': { ci: 'npm ci' },
  'npm run build': { ci: 'npm start --silent' },
  'npm start -- /tmp/my-stack --yes': { run: 'npm start --silent -- {work}/my-stack --yes --no-git' },
  'npm start': { ci: 'npm start --silent' },
  'npm run check': { ci: 'npm run --silent check' },
  'npm test': { ci: 'npm test' },
  'npm run docs': { ci: 'npm run --silent docs' },
  'npm run samples': { ci: 'npm run --silent samples' },
  'npm run prose': { ci: 'npm run --silent check' },
  'npm run prose -- --warnings README.md': { run: true },
  'npm run docs:build': { ci: 'npm run --silent check' },
  'npm run support': { ci: 'scripts/support.mjs --check' },
  'npm run test:e2e': { ci: 'npm run --silent prove' },
  'npm run prove': { ci: 'npm run --silent prove' },
  'npm run prove -- --all': { ci: 'npm run --silent prove' },
  'npm run prove -- --list': { ci: 'npm run --silent prove' },
  'npm run prove -- swaps-all': { ci: 'npm run --silent prove' },
  'npm run prove -- default-stack': { ci: 'npm run --silent prove' },
  'npm run update:mutants': { run: 'node --check scripts/update-mutants.mjs' },
  'npm run prove:mutants': { run: 'node --check scripts/prove-mutants.mjs' },
  'npm run update:full': { ci: 'UPDATE_KILLS=all npm test' },
  'npm run matrix:full': { slow: 'npx vitest list --config vitest.full.config.ts full' },
  'npm run matrix:large': { slow: 'npx vitest list --config vitest.full.config.ts large' },
  'npm run format': { run: 'npx biome format .' },
  'npx vitest run test/unit/slots.test.ts': { run: true },
  'npm run new -- tracker acme': { run: true },
  'npm start -- /tmp/acme-trial --yes --tracker acme': {
    slow: 'npm start --silent -- {work}/acme-trial --yes --no-git --tracker acme',
  },
  'make -C /tmp/acme-trial setup check test demo': { ci: 'npm run --silent prove' },
  'npm run try -- tracker/acme': { slow: 'npm run --silent try -- tracker/acme --render-only' },
  'npm run try -- tracker/acme --render-only': { slow: 'npm run --silent try -- tracker/acme --render-only' },
  'npm run pins': { slow: 'npm run --silent pins -- --only uv,ruff' },
  'npm run packages': { run: 'node --check scripts/packages.mjs' },
  'npm run bench': { slow: 'BENCH_ROUNDS=1 BENCH_SHORT=1 npm run --silent bench' },
  'npm run bench:serving': { run: 'node --check bench/serving.mjs' },
  'npm run docs:media': { none: 'it needs a browser, which CI does not install' },
  'npx changeset': { none: 'it asks questions on a terminal' },
  'npm run release:version': { none: 'it changes the version, which only a release does' },
  'npm publish': { none: 'it publishes the package' },
  'bash .ci/run': { none: 'it is what runs this test' },
};

/** Commands in `sh` blocks, and code spans that begin with a program of a contributor, in the order of the text. */
export function commandsOf(text: string): string[] {
  const found = text.matchAll(/^ *```sh\n([\s\S]*?)```|`((?:npm|npx|bash|make -C) [^`\n]+)`/gm);
  return [
    ...new Set(
      [...found].flatMap(([, block, inline]) =>
        (block?.split('\n') ?? [inline!]).map((line) => line.replace(/\s+#.*$/, '').trim()).filter(Boolean),
      ),
    ),
  ];
}

export const contributing = (): string => readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8');
