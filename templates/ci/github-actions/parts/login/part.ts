import { definePart } from '../../../../../src/core/contract.ts';

import { installTerraform, SIGN_IN } from './steps.ts';

declare module '../../../../../src/core/contract.ts' {
  interface Capabilities {
    /**
     * Steps of a GitHub job after `make setup`: `signIn` for `{role}` in `{environment}`, `terraform` to install it.
     */
    signInSteps: { readonly signIn: string; readonly terraform: string };
  }
}

const action = (version: string, digest: string) =>
  ({ kind: 'action', version, digest, checked: '2026-11-21' }) as const;
const CONFIGURE_AWS = action('v6.3.0', 'e1253824e5c10ff9df46874f81ed3ec929e19cfd');
const SETUP_TERRAFORM = action('v4.0.1', 'dfe3c3f87815947d99a8997f908cb6525fc44e9e');
const TERRAFORM = {
  kind: 'tool',
  registry: 'go:github.com/hashicorp/terraform',
  version: '1.11.4',
  checked: '2026-11-21',
} as const;
const ref = (name: string, { version, digest }: { version: string; digest: string }): string =>
  `${name}@${digest} # ${version}`;
const ACTIONS = {
  configureAws: ref('aws-actions/configure-aws-credentials', CONFIGURE_AWS),
  setupTerraform: ref('hashicorp/setup-terraform', SETUP_TERRAFORM),
};

/** Jobs that sign in with a token, with their plans and applies; part of the stack if a login exists. */
export default definePart({
  onDemand: true,
  needs: {
    ciLogin: { many: true, because: 'each protocol has its own sign-in steps' },
    signInSteps: { because: 'a plan signs in like other jobs' },
    terraformRoot: { because: 'changes of the infrastructure are planned before a merge' },
  },
  reads: ['core.pins'],
  provides: {
    signInSteps: ({ cap }) => ({
      signIn: cap.ciLogin.map((login) => SIGN_IN[login.protocol](login.target, ACTIONS)).join('\n'),
      terraform: installTerraform(TERRAFORM.version, ACTIONS),
    }),
    ciIdentity: ({ project }) => ({
      title: 'GitHub',
      issuer: 'token.actions.githubusercontent.com',
      audience: 'sts.amazonaws.com',
      runner: 'github-actions.runner=<label>',
      claims: {
        // Pull requests are not trusted: their subject has another form, so a fork gets no role.
        branch: { sub: 'repo:{repository}:ref:refs/heads/*' },
        // An unprotected environment accepts any branch, so the claims also require the branch.
        environment: { ref: `refs/heads/${project.trunk}`, sub: 'repo:{repository}:environment:{environment}' },
      },
      repository: {
        pattern: '^[A-Za-z0-9-]+(@[0-9]+)?/[A-Za-z0-9._-]+(@[0-9]+)?$',
        sample: 'acme/churn',
        example: 'owner/name, or owner@1234/name@5678 with numbers for a repository created after July 2026',
        find:
          'use the path of its page; `gh api repos/{owner}/{repo}/actions/oidc/customization/sub` prints whether ' +
          'it has numbers',
      },
    }),
  },
  pins: {
    'actions/checkout': action('v7.0.1', '3d3c42e5aac5ba805825da76410c181273ba90b1'),
    'astral-sh/setup-uv': action('v10.2.0', 'c18668ad3cf93ea998bef934396af7bb5c839dc7'),
    'aws-actions/configure-aws-credentials': CONFIGURE_AWS,
    'hashicorp/setup-terraform': SETUP_TERRAFORM,
    terraform: TERRAFORM,
  },
});
