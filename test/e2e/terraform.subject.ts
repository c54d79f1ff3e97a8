import { digestOfRendered } from './subject.ts';
import { APPLIED, FLAGS } from './terraform-flags.ts';

/** The files that Terraform, its commands and its CI jobs read, and the code that reads the account. */
const READ = [
  'infra',
  'config',
  'mk',
  'scripts',
  '.checkov.yaml',
  '.github/workflows/infrastructure.yml',
  'src/demo/platform/account.py',
  'src/demo/platform/rehearsals',
];
const OWN = [
  'scripts/ci-tools.sh',
  'test/e2e/ci-jobs.ts',
  'test/e2e/terraform-support.ts',
  'test/e2e/terraform.subject.ts',
  'test/e2e/terraform.test.ts',
  'test/support/iam',
  'test/support/terraform',
];

/** The digest of what `terraform.test.ts` proves. */
export const subject = (): string => digestOfRendered([...Object.values(FLAGS), APPLIED], READ, OWN);
