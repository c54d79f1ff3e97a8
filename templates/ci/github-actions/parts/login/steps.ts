/**
 * Steps of a job, as lines of its workflow; `{environment}` and `{role}` are filled in where they stand. They are no
 * action of
 * the repository's own, which would hide from a reader of the workflow as whom a job acts.
 */

/** Actions by name, as `uses` takes them. */
export type Actions = { readonly configureAws: string; readonly setupTerraform: string };

/** Signs in to AWS; who a role is stands in config/<environment>.yaml, which `target` reads. */
const awsWebIdentity = (target: string, actions: Actions): string => `\
      - id: aws
        run: make --silent ${target} ENV={environment} ROLE={role} >> "$GITHUB_OUTPUT"
      - uses: ${actions.configureAws}
        with:
          role-to-assume: \${{ steps.aws.outputs.AWS_ROLE_ARN }}
          aws-region: \${{ steps.aws.outputs.AWS_REGION }}
          role-session-name: run-\${{ github.run_id }} # in CloudTrail`;

/** One renderer for each protocol of signing in. */
export const SIGN_IN = { 'aws-web-identity': awsWebIdentity } as const;

export const installTerraform = (version: string, actions: Actions): string => `\
      - uses: ${actions.setupTerraform}
        with:
          terraform_version: "${version}"
          terraform_wrapper: false # nothing reads its output but people`;
