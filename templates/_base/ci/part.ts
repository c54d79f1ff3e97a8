import { definePart } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Capabilities {
    /** Make targets that do for every model what a person does for one. */
    everyModel: { readonly pipeline: string; readonly drift: string; readonly retrain: string; readonly promote: string };
  }
}

/** What every CI system calls, so that all of them do the same; it joins where one was chosen. */
export default definePart({
  onDemand: true,
  needs: { deployment: { take: 'all', because: 'where it names its versions, a promotion is a rollout' } },
  provides: { everyModel: () => ({ pipeline: 'ci-pipeline', drift: 'ci-drift', retrain: 'ci-retrain', promote: 'ci-promote' }) },
});
