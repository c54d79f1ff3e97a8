import { definePart } from '../../../../../src/core/contract.ts';

/** Jobs that sign in with a token, with their plans and applies; part of the stack if a login exists. */
export default definePart<
  { ciLogin: { many: true; because: string }; everyModel: { because: string }; terraformRoot: { because: string } },
  { host: string }
>({
  onDemand: true,
  needs: {
    ciLogin: { many: true, because: 'each protocol has its own sign-in steps' },
    everyModel: { because: 'jobs that roll out need a container engine' },
    terraformRoot: { because: 'changes of the infrastructure are planned before a merge' },
  },
  provides: {
    ciIdentity: ({ project, settings }) => ({
      title: 'GitLab',
      issuer: settings.host,
      audience: `https://${settings.host}`,
      runner: 'gitlab-ci.tag=<tag>',
      claims: {
        branch: { sub: 'project_path:{repository}:ref_type:branch:ref:*' },
        // The subject contains no environment; the permission to merge to the trunk protects it.
        environment: { sub: `project_path:{repository}:ref_type:branch:ref:${project.trunk}` },
      },
      repository: {
        pattern: '^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+$',
        sample: 'acme/churn',
        example: 'group/project',
        find: 'use the path of the project, after the host',
      },
    }),
  },
  pins: {
    terraform: {
      kind: 'tool',
      registry: 'go:github.com/hashicorp/terraform',
      version: '1.11.4',
      digest: 'sha256:1ce994251c00281d6845f0f268637ba50c0005657eb3cf096b92f753b42ef4dc',
      checked: '2026-11-21',
    },
  },
});
