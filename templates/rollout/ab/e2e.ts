import { defineRow } from '../../../test/e2e/module-row.ts';

export default defineRow({ provenBy: 'rollouts' });
