import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from './processes.ts';
import { dropEnvironment, makeStack, must } from './support.ts';

/**
 * Every estimator of scikit-learn, and pipelines of the usual kinds, in a generated repository. `docs/estimators.md` is
 * the result: `npm run docs:estimators` writes it, and the test fails if it is out of date.
 */

const SCRIPTS = join(import.meta.dirname, 'estimators');
const PAGE = join(import.meta.dirname, '../../docs/estimators.md');
/** The share of estimators that may be refused. */
const MOST_REFUSED = 0.05;

type How = readonly ['onnx' | 'native' | 'refused', string];
type Row = {
  readonly name: string;
  readonly type: 'classifier' | 'regressor';
  readonly served: Readonly<Record<string, How>>;
};
type Table = { readonly rows: readonly Row[]; readonly versions: Readonly<Record<string, string>> };
type Pipeline = {
  readonly name: string;
  readonly served: string;
  readonly reason: string | null;
  readonly difference: number;
};

/** How an estimator is served in the task that every estimator of its type has. */
const first = ({ served }: Row): How => Object.values(served)[0]!;
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
const words = { onnx: 'ONNX', native: 'native', refused: 'refused' };

function page({ rows, versions }: Table): string {
  const count = (how: How[0]): number => rows.filter((row) => first(row)[0] === how).length;
  const classifiers = rows.filter(({ type }) => type === 'classifier');
  const regressors = rows.filter(({ type }) => type === 'regressor');
  // The second reason says something new only if the second task is served otherwise.
  const reasons = ({ served }: Row): string =>
    Object.values(served)
      .filter(([how, reason], index, all) => reason !== '' && (index === 0 || how !== all[0]![0]))
      .map(([, reason]) => cell(reason))
      .join('; ');
  const lines = (part: readonly Row[]): string =>
    part
      .map(
        (row) =>
          `| \`${row.name}\` | ${Object.values(row.served)
            .map(([how]) => words[how])
            .join(' | ')} | ${reasons(row)} |`,
      )
      .join('\n');
  return `# Estimators of scikit-learn

How a generated repository serves each classifier and regressor that \`sklearn.utils.all_estimators\` lists. The end-to-end tests fit, save, load, export and score each of them with the modules of a generated repository. \`npm run docs:estimators\` writes this page, and CI fails if it is out of date.

| served as | estimators | meaning |
|---|---|---|
| ONNX | ${count('onnx')} | The ONNX graph gives the scores of the estimator on every row, and the service needs no scikit-learn. |
| native | ${count('native')} | scikit-learn scores the rows in the service. The gate \`latency\` limits the time of one row. |
| refused | ${count('refused')} | The step \`train\` fails with the reason. |

Versions: ${Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')}.

The export step decides for each trained model, on your rows. An estimator in this table can have another result with other settings or data. A pipeline is served as ONNX only if all its steps are. \`FunctionTransformer\` with a function, and \`TfidfVectorizer\` with \`analyzer="char_wb"\`, are native.

## Classifiers

A classifier without \`predict_proba\`, such as \`LinearSVC\`, gives the sigmoid or the softmax of its decision function. The order of the rows is right, but the values are not calibrated: set \`train.calibration\` or wrap it in \`CalibratedClassifierCV\`.

| estimator | two classes | three classes | reason |
|---|---|---|---|
${lines(classifiers)}

## Regressors

An estimator of several targets, such as \`MultiTaskLasso\`, is fitted with one target.

| estimator | served as | reason |
|---|---|---|
${lines(regressors)}
`;
}

let dir: string;
beforeAll(() => {
  dir = makeStack('estimators', {
    orchestrator: 'none',
    protocols: ['rest'],
    models: ['churn', { name: 'price', task: 'regression' }, { name: 'kind', task: 'multiclass-classification' }],
  });
}, 900_000);
afterAll(() => dropEnvironment(dir));

describe('scikit-learn in a generated repository', () => {
  it('serves at least 95 percent of its classifiers and regressors, and docs/estimators.md says how', async () => {
    const table = JSON.parse(must(dir, `.venv/bin/python ${SCRIPTS}/table.py estimators 2>/dev/null`)) as Table;
    expect(table.rows.length).toBeGreaterThan(90);
    const refused = table.rows.filter((row) => first(row)[0] === 'refused');
    expect(refused.length / table.rows.length).toBeLessThanOrEqual(MOST_REFUSED);
    expect(refused.every((row) => first(row)[1] !== '')).toBe(true);
    await expect(page(table)).toMatchFileSnapshot(PAGE);
  });

  it('serves 20 pipelines over HTTP with the scores of the estimators in memory', async () => {
    const port = await freePort();
    const lines = must(
      dir,
      `.venv/bin/python ${SCRIPTS}/pipelines.py estimators ${port} 2>service.log || { cat service.log; exit 1; }`,
    );
    const pipelines = lines
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Pipeline);
    expect(pipelines).toHaveLength(20);
    const others = pipelines.filter(({ served, reason }) => served !== 'onnx' && !reason);
    expect(others).toEqual([]);
    expect(pipelines.filter(({ served }) => served === 'native').map(({ name }) => name)).toEqual([
      'function',
      'characters',
      'log-target',
    ]);
    expect(pipelines.filter(({ difference }) => !(difference <= 1e-6))).toEqual([]);
  });
});
