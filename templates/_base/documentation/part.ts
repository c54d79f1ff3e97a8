import * as z from 'zod';
import { type Contribution, definePart, defineSlot } from '../../../src/core/contract.ts';
import { COST_BASES, type CostLine, type Price } from '../../../src/core/cost.ts';

declare module '../../../src/core/contract.ts' {
  interface Slots {
    'diagram-node': DiagramNode;
    'diagram-edge': DiagramEdge;
    cost: Cost;
    'cost-line': CostLine;
    price: Price;
    threat: Threat;
  }
}

/** The group of a box in the diagram, in the order of the page. */
export const GROUPS = {
  data: 'Data',
  training: 'Training',
  serving: 'Serving',
  monitoring: 'Monitoring',
  delivery: 'Delivery',
} as const;
export const AREAS = {
  authentication: 'Authentication',
  secrets: 'Secrets',
  supply: 'Supply chain',
  permissions: 'Permissions',
  data: 'Data and models',
} as const;
const keys = <T extends object>(table: T) => Object.keys(table) as [keyof T & string, ...(keyof T & string)[]];
/** Text in a label of Mermaid, which quotation marks would end. */
const label = z
  .string()
  .min(1)
  .regex(/^[^"<>\n]+$/);

export type DiagramNode = {
  title: string;
  detail?: string | undefined;
  group: keyof typeof GROUPS;
  shape: 'process' | 'store' | 'person';
};
export const diagramNode = defineSlot({
  id: 'diagram-node',
  meaning: 'A box of the diagram in `docs/architecture.md`. The key is the id that edges name.',
  schema: z.object({
    title: label,
    detail: label.optional(),
    group: z.enum(keys(GROUPS)),
    shape: z.enum(['process', 'store', 'person']),
  }),
  sameKey: 'equal',
  owner: 'managed',
});

export type DiagramEdge = { label: string; watches?: true | undefined };
export const diagramEdge = defineSlot({
  id: 'diagram-edge',
  meaning:
    'An arrow of the diagram in `docs/architecture.md`. The key is `from to`. Arrows between the same boxes ' +
    'are merged. `watches`: it reads and changes nothing.',
  schema: z.object({ label, watches: z.literal(true).optional() }),
  sameKey: 'union',
  owner: 'managed',
});

export type Cost = { here: string; grows: string; elsewhere: string };
export const cost = defineSlot({
  id: 'cost',
  meaning: 'A row of `docs/cost.md`: quantities and arithmetic, no prices. The key is what is paid for.',
  schema: z.object({ here: z.string(), grows: z.string(), elsewhere: z.string() }),
  sameKey: 'equal',
  owner: 'managed',
});

const DAY = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'a day is written like 2026-11-21');
/** The counted unit, in the singular. */
const unit = z.string().regex(/^[^|\n]*[^|\ns]$/, 'a unit is written in the singular');
const word = z
  .string()
  .min(1)
  .regex(/^[^|\n]+$/, 'must not contain | or a line break, because it is a table cell');

export const costLine = defineSlot({
  id: 'cost-line',
  meaning: 'A quantity that a cloud bills, in one environment or in each. The key is free, one for each billed thing.',
  schema: z.object({
    what: word,
    basis: z.enum(keys(COST_BASES)),
    quantity: z.number().positive(),
    unit,
    how: word,
    grows: word,
    price: z.string(),
    each: z.string().optional(),
    where: z.record(z.string(), z.unknown()).optional(),
  }),
  sameKey: 'equal',
  owner: 'managed',
});
/** A price with its source, and the date of that source if it has one. */
const said = {
  usd: z.number().nonnegative(),
  source: z.string().min(1),
  dated: z
    .string()
    .regex(/^\d{4}(-\d{2}){0,2}$/)
    .optional(),
};
export const price = defineSlot({
  id: 'price',
  meaning: 'A list price, with the page and the day that it was read. The key is what cost lines name.',
  schema: z
    .object({
      ...z.object(said).partial().shape,
      unit,
      per: z.number().positive(),
      checked: DAY,
      setting: z.string().regex(/^\w+\.\w+$/),
      where: word,
      compared: z.object({ ...said, where: word }).optional(),
    })
    .refine(
      ({ usd, source }) => (usd === undefined) === (source === undefined),
      'a price has a source, and only a price has one',
    ),
  sameKey: 'equal',
  owner: 'managed',
});

export type Threat = { area: keyof typeof AREAS; measure: string; test?: string | undefined; left: string };
export const threat = defineSlot({
  id: 'threat',
  meaning:
    'A row of `docs/security.md`. The key is what may go wrong. `test` proves the measure, ' +
    '`left` is what the measure does not cover.',
  schema: z.object({ area: z.enum(keys(AREAS)), measure: z.string(), test: z.string().optional(), left: z.string() }),
  sameKey: 'equal',
  owner: 'managed',
});

/** Pages to read before the code: architecture, decisions, costs, security. */
export default definePart({
  slots: [diagramNode.slot, diagramEdge.slot, cost.slot, costLine.slot, price.slot, threat.slot],
  reads: [
    'pipeline-step',
    'core.choices',
    'diagram-node',
    'diagram-edge',
    'cost',
    'core.cost',
    'core.prices',
    'threat',
    'secret',
    'env',
    'port',
  ],
  needs: { artifactStore: { because: 'the pages describe where state is stored and what that costs' } },
  contributes: () => [
    ...(
      [
        ['docs/architecture.md', 'Architecture: components, data flow and ports'],
        ['docs/decisions.md', 'Decisions: why the repository uses each tool, and what to watch'],
        ['docs/cost.md', 'Cost: quantities and how they grow'],
        ['docs/security.md', 'Security: threats, mitigations and remaining risks'],
      ] as const
    ).map(([key, title]): Contribution => ({ slot: 'docs', key, value: { title } })),
    diagramNode('source', { title: 'Rows', detail: 'data.source', group: 'data', shape: 'store' }),
    diagramNode('caller', { title: 'Callers', group: 'serving', shape: 'person' }),
    diagramNode('audit', { title: 'Audit, model cards', group: 'training', shape: 'store' }),
    diagramEdge('source pipeline', { label: 'ingest' }),
    diagramEdge('pipeline audit', { label: 'decision, promotion' }),
    diagramEdge('registry service', { label: 'champion, by sha256' }),
    diagramEdge('prediction_log drift', { label: 'recent rows' }),
    diagramEdge('drift pipeline', { label: 'reason to retrain' }),
    cost('Libraries', {
      here: '0.8 to 1.2 GB in `.venv/`, depending on the choices; uv shares files between projects on the same disk',
      grows: 'once per checkout',
      elsewhere: 'download time of each CI job with an empty cache',
    }),
    cost('Runs', {
      here:
        '3.6 MB for the sample of 40,000 rows: the rows, their two parts, the model and the package take about ' +
        '90 bytes per row',
      grows:
        'with each run, including refused runs: one run per day adds 3.6 MB × 365 = 1.3 GB per year. ' +
        'Runs are never deleted automatically. You can delete a run unless its version is the champion or its ' +
        'predecessor',
      elsewhere: 'object storage: GB × months, and one request for each of about 20 files per run',
    }),
    threat('A model file executes code when it is loaded', {
      area: 'data',
      measure:
        'Model files contain data only (no pickle). The service verifies their registered sha256 before it opens them',
      test: 'tests/test_training.py',
      left:
        'a user who can write to the registry can register another file with its hash: ' +
        'restrict write access to the registry',
    }),
    threat('A bad model is released', {
      area: 'data',
      measure:
        'A promotion requires an accepted decision about exactly these files: thresholds, ' +
        'comparison with the champion on the same rows, slices, fairness',
      test: 'tests/test_training.py',
      left: 'the gate evaluates the rows that it receives; wrong values within the limits of the contract pass',
    }),
    threat('Rows break their contract, accidentally or deliberately', {
      area: 'data',
      measure: 'Types, ranges and categories are checked before training and for each request',
      test: 'tests/test_data.py',
      left: 'poisoned rows that satisfy the contract; review a data source that many users can write to',
    }),
    threat('The audit of releases is changed', {
      area: 'data',
      measure: 'Each audit record contains the hash of the record before it; `make audit-verify` verifies the chain',
      test: 'tests/governance/test_audit.py',
      left: 'removal of the newest records, unless you save the head elsewhere ([governance](governance.md))',
    }),
    threat('Personal data is copied', {
      area: 'data',
      measure: 'Protected columns are never model inputs',
      test: 'tests/models/',
      left:
        'run folders and the prediction log contain unencrypted rows until you delete them: ' +
        'set a retention period and `serving.log_sample`',
    }),
    threat('A secret is committed', {
      area: 'secrets',
      measure: 'Git ignores `.env`, only its owner can read it, and `make setup` fills it with generated passwords',
      left: "rotation and a vault: in other environments, secrets come from the platform's secret store",
    }),
    threat('A dependency changes without notice', {
      area: 'supply',
      measure:
        'Direct dependencies are exact, `exclude-newer` limits the release date of all others, ' +
        'and `uv.lock` contains the hash of each file as soon as you commit it',
      left:
        'a release that was already compromised when it was pinned; you install updates yourself, ' +
        'see [versions](versions.md)',
    }),
  ],
});
