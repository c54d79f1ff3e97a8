import { type Contribution, definePart } from '../../../src/core/contract.ts';

/** Model card, data sheet, the verification of the audit log, and the lineage from a prediction to its inputs. */
export default definePart({
  moved: {
    'src/__package__/governance/__init__.py': 'src/__package__/platform/governance/__init__.py',
    'src/__package__/governance/cards.py': 'src/__package__/platform/governance/cards.py',
    'src/__package__/governance/profile.py': 'src/__package__/platform/governance/profile.py',
    'src/__package__/governance/trace.py': 'src/__package__/platform/governance/trace.py',
  },
  contributes: ({ project }) => [
    // The last environment is protected: a model without an owner is not promoted there.
    ...['local', ...project.environments].map(
      (environment): Contribution => ({
        slot: 'config',
        key: 'governance.required',
        value: environment !== 'local' && environment === project.environments.at(-1),
        environment,
      }),
    ),
    {
      slot: 'docs',
      key: 'docs/governance.md',
      value: { title: 'Governance: model card, data sheet, audit, lineage of a prediction' },
    },
  ],
  tests: {
    'tests/governance/test_audit.py': { varies: ['artifactStore', 'registryClient'] },
  },
});
