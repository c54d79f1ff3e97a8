import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { writeEvidence } from '../support/evidence.ts';
import type { Schedule, Session } from './module-row.ts';
import { sessionOf } from './page-session.ts';
import { pagesOf } from './pages.ts';
import { rows, stacks } from './run-plan.ts';
import { dropEnvironment, makeStack, must, sh } from './support.ts';

/**
 * Follows the section "From your own data to a scheduled pipeline" of the page of each orchestrator: a table that the
 * generator has never seen, a version that the gate accepts, and a schedule that the orchestrator then has. CI has no
 * time for it, and follows docs/tutorial.md, which has a table of its own too: `npm run prove -- own-data-all` runs it.
 */

const SECTION = '## From your own data to a scheduled pipeline';
/** No schedule of a template is equal to it. */
const CRON = '17 4 * * 1';
const ROWS = 1_500;

const orchestrators = [
  ...new Set(stacks.flatMap(({ options }) => options.filter((id) => id.startsWith('orchestrator/')))),
].sort();

/** A table without a time column. The target depends on two columns and on chance. */
function ownTable(): string {
  let state = 7;
  const random = (): number => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
  const lines = Array.from({ length: ROWS }, () => {
    const age = 18 + Math.floor(random() * 60);
    const plan = ['basic', 'pro', 'team'][Math.floor(random() * 3)]!;
    const hours = random() * 40;
    const tickets = Math.floor(random() * 6);
    const risk = 1 / (1 + Math.exp((hours - 18) / 4 - (tickets - 2.5)));
    return [age, plan, hours.toFixed(1), tickets, random() < risk ? 'yes' : 'no'].join();
  });
  return ['age,plan,usage_hours,open_tickets,cancelled', ...lines, ''].join('\n');
}

/** Writes a setting of a YAML file or of a file with values of Terraform. */
function write(dir: string, { file, key, value }: Schedule['settings'][number], cron: string): void {
  const path = join(dir, file);
  const before = readFileSync(path, 'utf8');
  const text = value.replace('<cron>', cron);
  if (!file.endsWith('.yaml')) {
    expect(before).toMatch(new RegExp(`^${key} += `, 'm'));
    writeFileSync(path, before.replace(new RegExp(`^(${key} += ).*$`, 'm'), `$1"${text}"`));
    return;
  }
  const document = parseDocument(before);
  expect(document.hasIn(key.split('.')), `${file} has ${key}`).toBe(true);
  document.setIn(key.split('.'), text);
  writeFileSync(path, document.toString());
}

it('covers every orchestrator', () => {
  expect(orchestrators.length).toBeGreaterThan(5);
  for (const id of orchestrators) expect(rows.get(id)?.schedule, `the row of ${id} has a schedule`).toBeDefined();
});

describe.each(orchestrators)('own data on a schedule with %s', (id) => {
  const { flags, settings, cron = CRON, known } = rows.get(id)!.schedule!;
  let dir: string;
  let session: Session;
  beforeAll(() => {
    dir = makeStack(`own-data-${id.split('/')[1]}`, flags);
    session = sessionOf(dir);
  });
  afterAll(() => dropEnvironment(dir));

  it('is what a page says', () => {
    const pages = pagesOf(dir).map((page) => readFileSync(join(dir, page), 'utf8'));
    const sections = pages
      .filter((text) => text.includes(SECTION))
      .map((text) => text.split(SECTION)[1]!.split('\n## ')[0]!);
    expect(sections).toHaveLength(1);
    expect(sections[0]).toContain(`npm init mlops-stack my-stack -- --yes ${flags}\``);
    expect(sections[0]).toContain('make contract SOURCE=<file> TARGET=<column>');
    for (const { key } of settings) expect(sections[0]).toContain(`\`${key}\``);
  });

  it('trains a version that the gate accepts', () => {
    writeFileSync(join(dir, 'own.csv'), ownTable());
    must(dir, 'make contract SOURCE=own.csv TARGET=cancelled');
    const { code, output } = sh(dir, 'make pipeline');
    expect(output).toMatch(/"accepted": true/);
    expect(code).toBe(0);
  });

  it('has the schedule of the settings', async () => {
    for (const setting of settings) write(dir, setting, cron);
    expect(await known(session, cron)).toBe(cron);
    writeEvidence('run', `own data (on a schedule with ${id.split('/')[1]})`, [id]);
  });
});
