import { type Contribution, definePart } from '../../../../../src/core/contract.ts';
import { namePrefix } from '../../names.ts';
import { mayBootstrap } from '../../permissions.ts';

/** Who the jobs of CI are in an account: a read-only role for branches, and those of the protected environment. */
export default definePart({
  onDemand: true,
  needs: {
    ciIdentity: { because: 'the account trusts the tokens of one CI system' },
    everyModel: { because: 'a deployment that Terraform starts is for a role that may both' },
    terraformRoot: { because: 'an administrator makes roles with Terraform' },
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
        title: 'The repository that CI runs for is named, for make infra-bootstrap',
        kind: 'setting',
        value: 'ci.repository',
        hint: `write it like ${cap.ciIdentity.repository.example}; ${cap.ciIdentity.repository.find}`,
      },
    },
    {
      slot: 'docs',
      key: 'docs/tools/aws-ci.md',
      value: { title: 'CI in AWS: who the jobs are, and what they may do' },
    },
    {
      slot: 'threat',
      key: 'A job of CI makes itself an administrator',
      value: {
        area: 'permissions',
        measure:
          'It has no key, only a role for an hour; roles that it makes have a boundary, and those of CI itself it cannot change',
        left: 'whoever may merge to `main` may change what an environment is made of: review `infra/` like code',
      },
    },
  ],
});
