import { defineRow } from '../../../test/e2e/module-row.ts';
import { dry, expectText, refusal } from '../../../test/e2e/page-session.ts';

export default defineRow({
  programs: ['neptune-exporter'],
  environment: ['NEPTUNE_'],
  commands: [
    {
      name: 'imports an export of the reader: a proof imports one, and without a folder the command names it',
      match: /^make import-neptune\b/,
      check: (command, session) => {
        dry(command.replaceAll(/<[^>]*>/g, 'x'), session);
        expectText(refusal('make import-neptune', session), /^import-neptune: which folder/m, command);
      },
    },
  ],
});
