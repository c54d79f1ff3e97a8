import { defineChoice } from '../../src/core/contract.ts';

declare module '../../src/core/contract.ts' {
  interface Choices {
    ci: 'one';
  }
  interface Capabilities {
    /** The file that people open to see the jobs; empty where there is none. */
    ciSystem: { readonly file: string };
    /**
     * How jobs are told apart in the tokens that the system signs for them. `issuer` without `https://`. `claims`: what
     * a token
     * has to say to be trusted, for a job on any branch of the repository and for one of a protected environment; in it
     * `{repository}` and `{environment}` stand for themselves, and `*` for any text. `repository`: how `ci.repository`
     * in
     * config/<env>.yaml is written (a regular expression, one that fits it, the rule in words, and where it is found).
     * `runner`: the
     * setting, as `--set` takes it, that says where jobs of an environment run.
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
     * How a job signs in without a secret. `protocol` says which renderer of a CI system does it; `target` is the make
     * target
     * that prints as whom, in lines NAME=value, given ENV and ROLE (`plan` reads, `apply` makes infrastructure,
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
