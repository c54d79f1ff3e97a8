import { proveRows } from './real-data/prove.ts';
import { DATA_SETS, rowsOf } from './real-data/rows.ts';

/**
 * Every data set with every framework, one repository for each data set. It takes about two hours, so that only
 * `npm run prove -- --all` and `npm run prove -- real-data-all` run it. E2E_DATA_SETS names some data sets.
 */
const wanted = process.env['E2E_DATA_SETS']?.split(',');
for (const set of DATA_SETS)
  if (wanted === undefined || wanted.includes(set.name))
    proveRows(`real data: ${set.name}`, `real-${set.name}`, rowsOf(set));
