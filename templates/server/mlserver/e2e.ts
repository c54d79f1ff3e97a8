import { defineRow } from '../../../test/e2e/module-row.ts';

/** A variable of MLServer in a developer's shell would change its settings. */
export default defineRow({ environment: ['MLSERVER_'] });
