import { type Contribution, definePart } from '../../../../../src/core/contract.ts';
import { namePrefix } from '../../names.ts';
import { mayBootstrap } from '../../permissions.ts';

/** Roles of CI jobs in an account: a read-only role for branches, and roles for the protected environment. */
export default definePart({
  onDemand: true,
  needs: {
    ciIdentity: { because: 'the account trusts the tokens of one CI system' },
    everyModel: { because: 'a deployment that Terraform starts needs a role with both permissions' },
    terraformRoot: { because: 'an administrator creates the roles with Terraform' },
  },
  reads: ['aws-deploy', 'aws-private'],
  provides: { ciLogin: () => ({ protocol: 'aws-web-identity', title: 'AWS', target: 'ci-role' }) },
  contributes: ({ project, cap }) => [
    ...mayBootstrap('ci'),
    ...project.environments.flatMap((environment): Contribution[] => [
      { slot: 'config', key: 'ci.repository', value: null, environment },
      { slot: 'config', key: 'ci.identity_provider', value: 'create', environment },
      ...['plan', 'apply', 'deploy', ...(cap.everyModel.rollout?.role === 'rollout' ? ['rollout'] : [])].map(
        (role): Contribution => ({
          slot: 'config',
          key: `ci.${role}_role`,
          value: `arn:aws:iam::\${aws.account}:role/${namePrefix(project.name, environment)}-ci-${role}`,
          environment,
        }),
      ),
    ]),
    { slot: 'terraform-setting', key: 'repository', value: { setting: 'ci.repository', root: 'bootstrap' } },
    {
      slot: 'terraform-setting',
      key: 'identity_provider',
      value: { setting: 'ci.identity_provider', root: 'bootstrap' },
    },
    {
      slot: 'doctor',
      key: 'ci-repository',
      value: {
        title: 'the repository of the CI jobs is set, for make infra-bootstrap',
        kind: 'setting',
        value: 'ci.repository',
        hint: `set it in the form ${cap.ciIdentity.repository.example}; ${cap.ciIdentity.repository.find}`,
      },
    },
    {
      slot: 'doctor',
      key: 'aws-6-provider',
      value: {
        title: 'make infra-bootstrap can create the identity provider of the CI jobs, or uses an existing one',
        kind: 'account',
        value: `provider ${cap.ciIdentity.issuer}`,
        hint: 'set ci.identity_provider to existing: an account has one identity provider per issuer',
      },
    },
    {
      slot: 'docs',
      key: 'docs/tools/aws-ci.md',
      value: { title: 'CI in AWS: roles and permissions of CI jobs' },
    },
    {
      slot: 'threat',
      key: 'A CI job gains administrator permissions',
      value: {
        area: 'permissions',
        measure:
          'A job has no key, only a role for an hour. Roles that it creates have a boundary, ' +
          'and it cannot change the CI roles',
        left: `users who can merge to \`${project.trunk}\` can change an environment: review \`infra/\` like code`,
      },
    },
  ],
});
