import { defineRow } from '../../../test/e2e/module-row.ts';
import { startCommand } from '../../../test/e2e/page-session.ts';

export default defineRow({ commands: [startCommand('vertex')] });
