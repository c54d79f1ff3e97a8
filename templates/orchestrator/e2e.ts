import { defineRow, type Observation } from '../../test/e2e/module-row.ts';

/** Observations that several options share. */
export const OWN_FOLDER: Observation = {
  not: 'Each run has its own folder. A step that reads files of another run would record a wrong lineage.',
};
export const PAST_WINDOW: Observation = {
  seen: 'A run with UNTIL trains on the rows that were known on that day. The gate refuses to replace a newer champion.',
  test: 'tests/test_windows.py::test_a_backfill_is_registered_and_does_not_replace_a_newer_champion',
};

export default defineRow({
  observes: ['order', 'branch', 'failed step', 'retry', 'time limit', 'cache', 'past window', 'notice', 'resume'],
});
