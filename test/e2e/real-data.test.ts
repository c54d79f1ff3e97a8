import { proveRows } from './real-data/prove.ts';
import { CI_ROWS } from './real-data/rows.ts';

/** Four rows that cover every task and every framework, in one repository. real-data-all.test.ts has all rows. */
proveRows('real data: four rows', 'real-data', CI_ROWS);
