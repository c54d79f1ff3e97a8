/**
 * Steps of a job, as lines of its workflow, with the placeholders `{environment}` and `{role}`. They are not a
 * composite action, so that the workflow file shows the role of a job.
 */
/** Actions by name, as `uses` expects them. */
export type Actions = { readonly configureAws: string; readonly setupTerraform: string };

/** Signs in to AWS; config/<environment>.yaml contains the role, which `target` reads. */
const awsWebIdentity = (target: string, actions: Actions): string => `\
      - id: aws
        run: make --silent ${target} ENV={environment} ROLE={role} >> "$GITHUB_OUTPUT"
      - uses: ${actions.configureAws}
        with:
          role-to-assume: \${{ steps.aws.outputs.AWS_ROLE_ARN }}
          aws-region: \${{ steps.aws.outputs.AWS_REGION }}
          role-session-name: run-\${{ github.run_id }} # in CloudTrail`;

/** One renderer per sign-in protocol. */
export const SIGN_IN = { 'aws-web-identity': awsWebIdentity } as const;

export const installTerraform = (version: string, actions: Actions): string => `\
      - uses: ${actions.setupTerraform}
        with:
          terraform_version: "${version}"
          terraform_wrapper: false # only users read its output`;
