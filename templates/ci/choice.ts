import { defineChoice } from '../../src/core/contract.ts';

declare module '../../src/core/contract.ts' {
  interface Choices {
    ci: 'one';
  }
  interface Capabilities {
    /**
     * The file that shows the jobs; empty if there is none. For a subfolder of a git repository: `copied` is the folder
     * of files that the system reads only at the root. `shared` are files at the root that belong to all projects:
     * `body` is a command that prints the lines of this project from the file `$$own`, `head` has the lines of a new file, and `last` is the
     * line of the last key at the top level, below which the lines belong.
     */
    ciSystem: {
      readonly file: string;
      readonly copied?: string;
      readonly shared?: readonly {
        readonly file: string;
        readonly head?: readonly string[];
        readonly body: string;
        readonly last?: string;
      }[];
    };
    /**
     * How the tokens of the CI system identify jobs. `issuer` has no `https://`. `claims`: the claims that a token must
     * have to be trusted, for a job on any branch of the repository and for a job of a protected environment. In
     * claims, `{repository}` and `{environment}` are placeholders, and `*` matches any text. `repository`: the format
     * of `ci.repository` in config/<env>.yaml (a regular expression, a matching sample, the format in words, and where
     * to find the value). `runner`: the setting, as `--set` accepts it, for the runner of the jobs of an environment.
     */
    ciIdentity: {
      readonly title: string;
      readonly issuer: string;
      readonly audience: string;
      readonly runner: string;
      readonly claims: { readonly branch: Claims; readonly environment: Claims };
      readonly repository: {
        readonly pattern: string;
        readonly sample: string;
        readonly example: string;
        readonly find: string;
      };
    };
    /**
     * How a job signs in without a secret. `protocol` selects the renderer of a CI system. `target` is the make target
     * that prints the identity as lines NAME=value, for ENV and ROLE (`plan` reads, `apply` manages infrastructure,
     * `deploy` trains and deploys, `rollout` does both).
     */
    ciLogin: { readonly protocol: 'aws-web-identity'; readonly title: string; readonly target: string };
  }
}

type Claims = Readonly<Record<string, string>>;

export default defineChoice({
  id: 'ci',
  title: 'CI',
  question: 'Which system runs checks, training and deployments?',
  group: 'Delivery',
  order: 130,
  asked: 'later',
  takes: 'one',
  per: 'project',
  contract: ['ciSystem'],
  owes: ['docs', ['cost', 'cost-line'], 'threat', 'diagram-node', 'leftovers'],
  default: () => 'github-actions',
});
