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

/** Where a box of the diagram stands. The order is that of the page. */
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
/** Text in a label of Mermaid, which quotes end. */
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
  meaning: 'A box of the diagram in `docs/architecture.md`; the key is the id that edges name.',
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
    'An arrow of the diagram in `docs/architecture.md`; the key is `from to`. Arrows between the same boxes are merged. `watches`: it reads and changes nothing.',
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
/** What is counted, in the singular. */
const unit = z.string().regex(/^[^|\n]*[^|\ns]$/, 'a unit is written in the singular');
const word = z
  .string()
  .min(1)
  .regex(/^[^|\n]+$/, 'it stands in a cell of a table');

export const costLine = defineSlot({
  id: 'cost-line',
  meaning: 'A quantity that a cloud bills, in one environment or in each; the key is free, one for each billed thing.',
  schema: z.object({
    what: word,
    basis: z.enum(keys(COST_BASES)),
    quantity: z.number().positive(),
    unit,
    how: word,
    grows: word,
    price: z.string(),
    each: z.string().optional(),
  }),
  sameKey: 'equal',
  owner: 'managed',
});
/** A price comes with its source, and with the date of that source where it has one. */
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
  meaning: 'A list price, with the page and the day that it was read; the key is what cost lines name.',
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
    'A row of `docs/security.md`; the key is what may go wrong. `test` proves the measure, `left` is what the measure does not cover.',
  schema: z.object({ area: z.enum(keys(AREAS)), measure: z.string(), test: z.string().optional(), left: z.string() }),
  sameKey: 'equal',
  owner: 'managed',
});

/**
 * What a reader wants to know before the code: how it hangs together, why these tools, what it costs, what is
 * protected.
 */
export default definePart({
  slots: [diagramNode.slot, diagramEdge.slot, cost.slot, costLine.slot, price.slot, threat.slot],
  reads: [
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
  needs: { artifactStore: { because: 'the pages say where state is, and what that costs' } },
  contributes: () => [
    ...(
      [
        ['docs/architecture.md', 'Architecture: a diagram of this stack, and how the parts fit'],
        ['docs/decisions.md', 'Decisions: why each tool, and what to watch'],
        ['docs/cost.md', 'Cost: what grows, with the arithmetic'],
        ['docs/security.md', 'Security: what is protected, how, and what is not'],
      ] as const
    ).map(([key, title]): Contribution => ({ slot: 'docs', key, value: { title } })),
    diagramNode('source', { title: 'Rows', detail: 'data.source', group: 'data', shape: 'store' }),
    diagramNode('caller', { title: 'Callers', group: 'serving', shape: 'person' }),
    diagramNode('audit', { title: 'Audit, model cards', group: 'training', shape: 'store' }),
    diagramEdge('source pipeline', { label: 'ingest' }),
    diagramEdge('pipeline audit', { label: 'decision, promotion' }),
    diagramEdge('registry service', { label: 'champion, by sha256' }),
    diagramEdge('prediction_log drift', { label: 'window of rows' }),
    diagramEdge('drift pipeline', { label: 'reason to retrain' }),
    cost('Libraries', {
      here: '0.8 to 1.2 GB in `.venv/`, depending on the choices; uv shares files between projects on one disk',
      grows: 'once for each checkout',
      elsewhere: 'download time of each CI job whose cache is cold',
    }),
    cost('Runs', {
      here: '3.6 MB for the sample of 40,000 rows: rows, their two parts, model and package are about 90 bytes a row',
      grows:
        'by every run, refused ones too: one a day is 3.6 MB × 365 = 1.3 GB a year. Nothing deletes them; a run whose version is neither champion nor a way back can go',
      elsewhere: 'object storage: GB × months, and a request for each of some 20 files a run',
    }),
    threat('A model file runs code when it is loaded', {
      area: 'data',
      measure:
        'Model files are data (no pickle), and their sha256 must equal the registered one before they are opened',
      test: 'tests/test_training.py',
      left: 'who may write the registry may register another file with its right hash: guard the registry',
    }),
    threat('A bad model is released', {
      area: 'data',
      measure:
        'Promotion needs a decision about these very files: floors, the champion on the same rows, slices, fairness',
      test: 'tests/test_training.py',
      left: 'the gate judges the rows it is given; data that is wrong within its limits passes',
    }),
    threat('Rows break their contract, by accident or on purpose', {
      area: 'data',
      measure: 'Types, ranges and categories are checked before training, and again for each request',
      test: 'tests/test_data.py',
      left: 'poisoned rows that keep the contract; a source that many may write needs review of its own',
    }),
    threat('Somebody rewrites who released what', {
      area: 'data',
      measure: 'Each audit record holds the hash of the one before: `make audit-verify`',
      test: 'tests/governance/test_audit.py',
      left: 'cutting off the newest records, unless the head is noted elsewhere ([governance](governance.md))',
    }),
    threat('Personal data spreads', {
      area: 'data',
      measure: 'Protected columns are never inputs of a model',
      test: 'tests/models/',
      left: 'run folders and the prediction log hold rows as they came, in clear, until somebody deletes them: set a retention, and `serving.log_sample`',
    }),
    threat('A secret is committed', {
      area: 'secrets',
      measure:
        '`.env` is ignored by git, readable by its owner only, and filled by `make setup` with passwords of its own',
      left: "rotation, and a vault: outside this machine secrets come from the platform's own store",
    }),
    threat('A dependency changes under you', {
      area: 'supply',
      measure:
        'Direct dependencies are exact, `exclude-newer` bounds the rest, and `uv.lock` holds the hash of every file once it is committed',
      left: 'a release that was bad on the day it was pinned; updates are yours to pull, see [versions](versions.md)',
    }),
  ],
});
