import { defineRow } from '../../../test/e2e/module-row.ts';

export default defineRow({ programs: ['airflow'], environment: ['AIRFLOW_'] });
