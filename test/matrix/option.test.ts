import { describe, expect, it } from 'vitest';
import { createCatalogue } from '../../src/core/catalogue.ts';
import { loadSource } from '../../src/fs/modules.ts';
import { verifyOptions } from '../support/option-cases.ts';
import { loadTemplates } from '../support/stacks.ts';

/**
 * The rows of one option, for `npm run try`. MATRIX_OPTION names the option, such as `tracker/wandb`, and
 * MATRIX_MODULES a folder of modules. Without these variables, one option shows that the rows can be run.
 */

const [choice = '', option = ''] = (process.env['MATRIX_OPTION'] ?? 'tracker/wandb').split('/');
const folder = process.env['MATRIX_MODULES'];

describe(`the rows of ${choice}/${option}`, () => {
  it('render, and pass every check of the matrix', async () => {
    const catalogue = createCatalogue(await loadTemplates(), ...(folder ? [await loadSource(folder)] : []));
    const { problems, rendered, refused } = await verifyOptions(catalogue, [[choice, option]]);
    console.log(`  ${rendered[0]} stacks with ${choice}/${option} rendered, ${refused[0]} combinations refused`);
    expect(problems).toEqual([]);
    expect(rendered[0]).toBeGreaterThan(0);
  }, 300_000);
});
