import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answers, freePort, stop } from '../processes.ts';
import { dropEnvironment, makeCheck, makeStack, must, ROOT, sh } from '../support.ts';
import type { Row } from './rows.ts';

/** From the raw file to a served and monitored model: one generated repository with a model for each row. */

const HERE = import.meta.dirname;
const EVIDENCE = join(ROOT, '.e2e', 'real-data-rows');
/** Metrics between 0 and 1 may differ by this much, and r2 by the second share of its value. */
const BOUNDED = 0.005;
const RELATIVE = 0.005;

type Json = Readonly<Record<string, unknown>>;
type Result = {
  row: string;
  set: string;
  framework: string;
  task: string;
  rows: number;
  columns: number;
  missing: number;
  metric: string;
  value: number;
  plain: number;
  served: string;
  seconds: number;
};

const modelOf = ({ name, framework }: Row): string => `${name}-${framework}`;
const quoted = (value: string): string => `'${value.replaceAll("'", "'\\''")}'`;

/** Writes the raw files of the rows with an environment that has only their packages. */
function writeTables(dir: string, rows: readonly Row[]): void {
  const uv = '.tools/uv/bin/uv';
  const packages = [...new Set(rows.flatMap((row) => row.packages))];
  must(dir, `${uv} venv -q --python 3.11 .e2e-tables`);
  // ISLP asks for torch, which its tables do not need.
  const plain = packages.filter((name) => name !== 'ISLP').map(quoted);
  must(dir, `${uv} pip install -q --python .e2e-tables/bin/python ${plain.join(' ')} pyarrow`);
  if (packages.includes('ISLP')) must(dir, `${uv} pip install -q --python .e2e-tables/bin/python --no-deps ISLP`);
  const names = [...new Set(rows.map((row) => row.name))];
  must(dir, `.e2e-tables/bin/python ${join(HERE, 'tables.py')} data ${names.join(' ')}`);
  rmSync(join(dir, '.e2e-tables'), { recursive: true });
}

/** The JSON of the newest run of a model. */
function readRun(dir: string, model: string, file: string): Json {
  const runs = join(dir, '.mlops/runs', model);
  return JSON.parse(readFileSync(join(runs, readdirSync(runs).sort().at(-1)!, file), 'utf8')) as Json;
}

/** Rows, columns and the share of missing values of the table that the pipeline read. */
const shapeOf = (dir: string, model: string): { rows: number; columns: number; missing: number } =>
  JSON.parse(
    must(
      dir,
      `.venv/bin/python -c "import glob, json, pandas as pd; f = pd.read_parquet(sorted(glob.glob('.mlops/runs/${model}/*/data.parquet'))[-1]); print(json.dumps({'rows': len(f), 'columns': len(f.columns), 'missing': float(f.isna().to_numpy().mean())}))"`,
    ),
  ) as { rows: number; columns: number; missing: number };

export function proveRows(title: string, name: string, rows: readonly Row[]): void {
  const packageName = name.replaceAll('-', '_');

  describe(title, () => {
    let dir: string;
    const seconds = new Map<string, number>();
    const results: Result[] = [];

    beforeAll(() => {
      dir = makeStack(name, {
        models: rows.map((row) => ({ name: modelOf(row), framework: row.framework, task: row.task })),
      });
      // As in the tutorial: rows are data of the user, which git does not get.
      appendFileSync(join(dir, '.gitignore'), '/data/\n');
      mkdirSync(join(dir, 'data'), { recursive: true });
      writeTables(dir, rows);
    });
    afterAll(() => {
      mkdirSync(EVIDENCE, { recursive: true });
      for (const result of results) writeFileSync(join(EVIDENCE, `${result.row}.json`), `${JSON.stringify(result)}\n`);
      if (results.length > 0) console.table(results);
      dropEnvironment(dir);
    });

    const timed = (model: string, work: () => void): void => {
      const from = performance.now();
      work();
      seconds.set(model, (seconds.get(model) ?? 0) + (performance.now() - from) / 1000);
    };

    it.each(rows.map((row) => [modelOf(row), row] as const))(
      'make contract, make pipeline and make smoke train, promote and serve %s without an edit of Python',
      (model, row) => {
        timed(model, () => {
          const source = row.source.includes('://') ? row.source : `data/${row.source}`;
          const variables = Object.entries({ SOURCE: source, ...row.variables });
          const given = variables.map(([key, value]) => `${key}=${quoted(value)}`).join(' ');
          const said = must(dir, `make -s contract MODEL=${model} ${given}`);
          for (const column of row.leavesOut ?? []) expect(said).toContain(`${column} is left out`);
          // A second run must not destroy what the user may have written since.
          const contract = join(dir, 'src', packageName, 'models', model.replaceAll('-', '_'), 'contract.py');
          const drafted = readFileSync(contract, 'utf8');
          writeFileSync(contract, `${drafted}# edited\n`);
          const refused = sh(dir, `make -s contract MODEL=${model} ${given}`);
          expect(refused.code).not.toBe(0);
          expect(refused.output).toContain('was edited: add FORCE=1');
          writeFileSync(contract, drafted);
          must(dir, `make -s pipeline MODEL=${model}`);
          must(dir, `make -s smoke MODEL=${model}`);
        });
        expect(readRun(dir, model, 'decision.json')).toMatchObject({ accepted: true, refused: [] });
      },
    );

    it('the service gives the predictions of a plain script with the same estimator, and monitoring reads them', async () => {
      const port = await freePort();
      const service = spawn('.venv/bin/python', ['-m', `${packageName}.serving`], {
        cwd: dir,
        env: { ...process.env, MLOPS_ENV: 'local', MLOPS_SERVING__PORT: String(port) },
        stdio: 'ignore',
        detached: true,
      });
      try {
        await answers(`http://127.0.0.1:${port}/readyz`, 90);
        for (const row of rows) {
          const model = modelOf(row);
          const from = performance.now();
          const metrics = readRun(dir, model, 'metrics.json') as { primary: string; metrics: Record<string, number> };
          const run = join(
            dir,
            '.mlops/runs',
            model,
            readdirSync(join(dir, '.mlops/runs', model))
              .sort()
              .at(-1)!,
          );
          const request = {
            ...(JSON.parse(must(dir, `.venv/bin/python ${join(HERE, 'describe.py')} ${packageName} ${model}`)) as Json),
            framework: row.framework,
            train: join(run, 'train.parquet'),
            test: join(run, 'test.parquet'),
            url: `http://127.0.0.1:${port}/models/${model}/predict`,
          };
          const file = join(dir, '.mlops', `${model}.request.json`);
          writeFileSync(file, JSON.stringify(request));
          const found = JSON.parse(must(dir, `.venv/bin/python ${join(HERE, 'plain.py')} < ${file}`)) as {
            plain: Record<string, number>;
            served: Record<string, number>;
          };
          const { primary } = metrics;
          const value = metrics.metrics[primary]!;
          const plain = found.plain[primary]!;
          const tolerance = row.task === 'regression' ? Math.abs(plain) * RELATIVE : BOUNDED;
          expect(Math.abs(value - plain), `${model}: ${primary} ${value}, plain ${plain}`).toBeLessThanOrEqual(
            tolerance,
          );
          expect(Math.abs(found.served[primary]! - value), `${model}: served ${primary}`).toBeLessThanOrEqual(1e-4);
          const serving = (readRun(dir, model, 'metrics.json') as { serving: { served: string } }).serving.served;
          results.push({
            row: model,
            set: row.name,
            framework: row.framework,
            task: row.task,
            ...shapeOf(dir, model),
            metric: primary,
            value,
            plain,
            served: serving,
            seconds: Math.round((seconds.get(model) ?? 0) + (performance.now() - from) / 1000),
          });
        }
      } finally {
        await stop(service);
      }
      for (const row of rows) {
        const report = must(dir, `make -s monitor MODEL=${modelOf(row)}`);
        expect(report, modelOf(row)).toMatch(/"verdict": "(stable|drifted)"/);
        // The newest rows may differ from older ones. Of the rows that are drawn at random, one window in a hundred
        // differs by chance, in one input.
        const drifted = /"drifted": \[(.*?)\]/.exec(report)![1]!;
        if (row.variables['TIME'] === undefined) expect(drifted, modelOf(row)).not.toContain(',');
      }
    });

    it('make check and make test pass', () => {
      must(dir, 'git add -A && git -c user.name=e2e -c user.email=e2e@example.com commit -qm contract');
      makeCheck(dir);
      must(dir, 'make test');
    });

    it('a clean clone trains on the committed samples, and says so', () => {
      const clone = `${dir}-clone`;
      rmSync(clone, { recursive: true, force: true });
      must(dir, `git clone -q . ${clone}`);
      expect(sh(clone, 'ls data').code).not.toBe(0);
      must(clone, 'make setup');
      must(clone, 'make -s data-check');
      for (const row of rows) {
        if (row.source.includes('://')) continue;
        const model = modelOf(row);
        const said = must(
          clone,
          `.venv/bin/python -m ${packageName}.steps.ingest --model ${model} --out-data rows.parquet`,
        );
        expect(said).toContain(`committed sample samples/${model.replaceAll('-', '_')}.`);
        expect(sh(clone, `git check-ignore samples/${model.replaceAll('-', '_')}*`).code).toBe(1);
      }
      const first = rows.find((row) => !row.source.includes('://'));
      if (first) must(clone, `make -s pipeline MODEL=${modelOf(first)}`);
      rmSync(clone, { recursive: true, force: true });
    });
  });
}
