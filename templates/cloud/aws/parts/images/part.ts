import * as z from 'zod';
import { type Contribution, definePart, defineSlot } from '../../../../../src/core/contract.ts';
import { mayApply } from '../../permissions.ts';
import { awsDeploy } from '../ci/slots.ts';

declare module '../../../../../src/core/contract.ts' {
  interface Slots {
    'image-user': { why: string };
  }
  interface Capabilities {
    /**
     * A container image repository: `aws_ecr_repository.image`. `local.image` is the reference that workloads run, and
     * `local.has_image` tells whether an image exists. A deployment sets `var.image`, and later applies keep it.
     */
    awsImages: true;
  }
}

/**
 * The state keeps the previous image until the rollout succeeds, so the next apply does not repeat a failed rollout.
 */
export const imageUser = defineSlot({
  id: 'image-user',
  meaning:
    'What rolls an image out. The key is an HCL expression that Terraform knows only when the rollout has succeeded.',
  schema: z.object({ why: z.string() }),
  sameKey: 'equal',
  owner: 'managed',
});

export default definePart({
  onDemand: true,
  slots: [imageUser.slot],
  reads: ['image-stage', 'image-user'],
  provides: {
    awsImages: true,
    imageRegistry: () => ({
      repository: 'images.repository',
      user: 'AWS',
      password: 'python scripts/registry_password.py',
      digest: 'python scripts/image_digest.py',
    }),
  },
  tests: { 'tests/deploy/test_image_digest.py': { varies: ['imageRegistry'] } },
  pins: {
    boto3: {
      version: '1.43.117',
      checked: '2026-11-21',
      groups: ['dev'],
      because: 'matches the botocore version that s3fs requires',
    },
  },
  contributes: ({ project }) => [
    ...project.environments.map(
      (environment): Contribution => ({
        slot: 'config',
        key: 'images.repository',
        value: '${aws.account}.dkr.ecr.${aws.region}.amazonaws.com/${aws.name}',
        environment,
      }),
    ),
    { slot: 'untyped', key: 'boto3.*', value: { why: 'boto3 has no type annotations' } },
    awsDeploy('ImageLogin', {
      actions: ['ecr:GetAuthorizationToken'],
      resources: ['*'],
      why: 'A login applies to the whole registry; the next statement limits its use.',
    }),
    awsDeploy('ImagePush', {
      actions: [
        'ecr:BatchCheckLayerAvailability',
        'ecr:BatchGetImage',
        'ecr:CompleteLayerUpload',
        'ecr:DescribeImages',
        'ecr:GetDownloadUrlForLayer',
        'ecr:InitiateLayerUpload',
        'ecr:PutImage',
        'ecr:UploadLayerPart',
      ],
      resources: ['', '-*'].map((end) => `arn:aws:ecr:\${var.region}:\${var.account_id}:repository/\${var.name}${end}`),
    }),
    ...mayApply('images'),
    { slot: 'terraform-kept', key: 'image', value: { why: 'the running image' } },
    {
      slot: 'cost-line',
      key: 'images',
      value: {
        what: 'Images in ECR',
        basis: 'month',
        quantity: 1,
        unit: 'image GB-month',
        how: 'one image, and the layers that 30 builds add',
        grows: 'with builds and libraries',
        price: 'ecr-gb',
      },
    },
    {
      slot: 'cost',
      key: 'Images in ECR',
      value: {
        here: 'nothing',
        grows: 'with each build: the last 30 are stored, and shared layers count once',
        elsewhere: 'GB × months; pulls within the region are free',
      },
    },
    {
      slot: 'threat',
      key: 'An image is replaced',
      value: {
        area: 'supply',
        measure: 'Tags in ECR are immutable, and pushed images are scanned',
        test: 'infra/terraform/tests/images.tftest.hcl',
        left: 'a user who can push can push a harmful image under a new tag: give this permission to the CI role only',
      },
    },
  ],
});
