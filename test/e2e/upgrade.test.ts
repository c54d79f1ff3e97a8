import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unpackRelease } from '../support/releases.ts';
import { dropEnvironment, makeCheck, must, ROOT, sh } from './support.ts';

/** A repository of release 0.1.0 with edited files of its model: after the steps of the page, it works again. */

const MODEL = 'src/default_stack/models/churn';
const place = join(ROOT, '.e2e', 'upgrade');
const dir = join(place, 'default-stack');

const read = (path: string): string => readFileSync(join(dir, path), 'utf8');
function edit(path: string, from: string, to: string): void {
  const text = read(path);
  expect(text).toContain(from);
  writeFileSync(join(dir, path), text.replace(from, to));
}

/** The Python code blocks of a section of the page, by heading. */
function blocksOf(heading: string): string[] {
  const [, section = ''] = read('docs/upgrading.md').split(`\n### ${heading}\n`);
  return [...section.split('\n### ')[0]!.matchAll(/^```python\n([\s\S]*?)^```$/gm)].map(([, code]) => code!);
}

describe('an upgrade from release 0.1.0', () => {
  beforeAll(() => {
    rmSync(place, { recursive: true, force: true });
    mkdirSync(place, { recursive: true });
    unpackRelease(place);
    edit(`${MODEL}/contract.py`, 'share of the price", min=0, max=1)', 'share of the price", min=0, max=0.9)');
    edit(
      `${MODEL}/features.py`,
      '    return pd.DataFrame(columns, index=frame.index)\n',
      '    columns["usage_gb"] = np.log1p(columns["usage_gb"])\n    return pd.DataFrame(columns, index=frame.index)\n',
    );
    edit(
      `${MODEL}/model.py`,
      '        C=float(params["C"]), max_iter=int(params["max_iter"]), random_state=int(params["seed"])\n',
      '        C=float(params["C"]),\n        max_iter=int(params["max_iter"]),\n' +
        '        random_state=int(params["seed"]),\n        tol=1e-6,\n',
    );
    must(dir, 'git init -q && git add -A && git -c user.name=e2e -c user.email=e2e@example.com commit -qm edited');
    must(dir, `node ${join(ROOT, 'dist/bin.js')} update --yes`);
    must(dir, 'make setup');
  });
  afterAll(() => dropEnvironment(dir));

  it('stops with the name of the page until the feature code is changed', () => {
    const { code, output } = sh(dir, '.venv/bin/python -m pytest -q -x tests/models');
    expect(code).toBe(1);
    expect(output).toContain('has no function features(columns), but the older matrix(frame): docs/upgrading.md');
  });

  it('passes the checks and the tests after the steps of the page, with the edits', () => {
    const [before, after] = blocksOf('Features') as [string, string];
    // The page shows the edit of this repository, in the old form and in the new one.
    expect(before).toContain('np.log1p(columns["usage_gb"])');
    writeFileSync(
      join(dir, MODEL, 'features.py'),
      `"""Features of the model."""\n\n${after.replace('    found = dict', '    """Return the inputs, with the logarithm of the usage."""\n    found = dict')}`,
    );
    const blocks = blocksOf('Model');
    const step = blocks.find((code) => code.includes('sklearn_files.save('))!;
    const line = (name: string): string => step.match(new RegExp(`^sklearn_files\\.${name}\\(.*?(?=  #)`, 'm'))![0];
    edit(`${MODEL}/model.py`, 'from .contract import', 'from ... import sklearn_files\nfrom .contract import');
    edit(
      `${MODEL}/model.py`,
      '    import skops.io\n\n    skops.io.dump(estimator, directory / FILE)',
      `    ${line('save')}`,
    );
    const text = read(`${MODEL}/model.py`);
    writeFileSync(
      join(dir, MODEL, 'model.py'),
      text.replace(
        /^def load\([\s\S]*?\n\n\n/m,
        `def load(directory: Path) -> Pipeline:\n    """Load it."""\n    pipeline: Pipeline = ${line('load')}\n    return pipeline\n\n\n`,
      ),
    );
    expect(read(`${MODEL}/contract.py`)).toContain('max=0.9');
    expect(read(`${MODEL}/model.py`)).toContain('tol=1e-6');
    makeCheck(dir);
    must(dir, 'make test');
    const script =
      'import numpy as np; from default_stack.platform import models; m = models.load("churn"); ' +
      'v = {f.name: np.array(["" if f.is_string else 3.0], dtype=object if f.is_string else "f4") ' +
      'for f in m.contract.fields}; print(m.derive(v)["usage_gb"])';
    expect(must(dir, `.venv/bin/python -c '${script}'`)).toContain('[1.3862944]');
  });
});
