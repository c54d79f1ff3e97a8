import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { catalogue, rows, testsOfValues } from './run-plan.ts';
import { type StackTests, selectTests } from './selection.ts';
import { dropEnvironment, makeCheck, makeStack, must, readReport, sh } from './support.ts';

/** A default repository with a user's edits, whose choices change one after the other. */

const BIN = join(import.meta.dirname, '../../dist/bin.js');

export type Updated = {
  readonly actions: readonly { readonly path: string; readonly action: string; readonly reason: string }[];
  readonly conflicts: readonly string[];
  readonly leftovers: readonly {
    readonly module: string;
    readonly what: string;
    readonly carry?: string;
    readonly remove: string;
  }[];
};

/** The paths that an update parked or brought back. */
export const pathsOf = ({ actions }: Updated, wanted: 'park' | 'unpark'): string[] =>
  actions.filter(({ action }) => action === wanted).map(({ path }) => path);

/** What a change of the registry or tracker must carry. */
type Champion = { readonly sha256: string; readonly metrics: object; readonly scores: string };

export class SwapRepository {
  readonly dir: string;
  readonly package: string;
  /**
   * The states of the repository, starting with the default stack. Another test proves all tests of the default stack.
   */
  readonly #states: StackTests[] = [testsOfValues('start', {})];
  #choices: Record<string, string | readonly string[]> = {};

  constructor(name: string) {
    this.dir = makeStack(name, '');
    this.package = `src/${name.replaceAll('-', '_')}`;
    for (const [file, { edit }] of Object.entries(this.#edits)) {
      mkdirSync(dirname(this.path(file)), { recursive: true });
      edit(this.path(file));
    }
    this.commit('Ours');
    this.verifyEdits();
  }

  /** The user's edits, each in a different kind of file, with a word that identifies the edit. */
  get #edits(): Readonly<Record<string, { readonly edit: (file: string) => void; readonly found: RegExp }>> {
    return {
      'mk/ours.mk': {
        edit: (file) =>
          writeFileSync(file, '##@ Ours\n\n.PHONY: ours-greet\nours-greet: ## Greet\n\t@echo ours-greeting\n'),
        found: /ours-greeting/,
      },
      'pyproject.toml': {
        edit: (file) =>
          writeFileSync(file, readFileSync(file, 'utf8').replace(/^dev = \[\n/m, 'dev = [\n    "tabulate==0.10.0",\n')),
        found: /"tabulate==0\.10\.0"/,
      },
      'params/churn.yaml': {
        edit: (file) =>
          writeFileSync(file, readFileSync(file, 'utf8').replace(/^( +)max_age_days: .*$/m, '$1max_age_days: 17')),
        found: /max_age_days: 17/,
      },
      'README.md': {
        edit: (file) => appendFileSync(file, '\n## Ours\n\nAsk ours-team.\n'),
        found: /Ask ours-team/,
      },
      [`${this.package}/models/churn/governance.yaml`]: {
        edit: (file) => {
          if (!existsSync(file)) writeFileSync(file, 'owner: ours-owner\n');
          else appendFileSync(file, '# ours-owner answers\n');
        },
        found: /ours-owner/,
      },
      '.gitignore': { edit: (file) => appendFileSync(file, '\n# ours-notes\n/notes/\n'), found: /ours-notes/ },
    };
  }

  path(file: string): string {
    return join(this.dir, file);
  }

  read(file: string): string {
    return readFileSync(this.path(file), 'utf8');
  }

  commit(message: string): void {
    must(
      this.dir,
      `git add -A && git -c user.name=e2e -c user.email=e2e@example.com commit -qm ${JSON.stringify(message)} ` +
        '--allow-empty',
    );
  }

  /** Adds a comment to a file that will be removed with its tool. */
  append(file: string, text: string): void {
    appendFileSync(this.path(file), `\n\n# ours: ${text}\n`);
    this.commit(`Ours: ${text}`);
  }

  /** Runs the command with `update`, and returns its output. */
  update(words: string): string {
    return must(this.dir, `node ${BIN} update ${words}`);
  }

  change(change: string): Updated {
    return JSON.parse(this.update(`--yes --json --set ${change} 2>/dev/null`)) as Updated;
  }

  verifyEdits(): void {
    for (const [file, { found }] of Object.entries(this.#edits)) expect(this.read(file), file).toMatch(found);
  }

  /** The loaded files that name a removed module. `make lock` rewrites the lock file of uv. */
  filesWith(word: string, but = '^$'): string {
    return sh(
      this.dir,
      `git ls-files | grep -vE '^(kept|\\.mlops-stack)/' | grep -vE '${but}' | xargs grep -lE ${JSON.stringify(word)}`,
    ).output.trim();
  }

  /** Makes a change known without its tests, because an earlier state had it. */
  #returns(change: string): void {
    const [choice, option] = change.split('=') as [string, string];
    this.#choices = { ...this.#choices, [choice]: option };
  }

  /** No file is in conflict, the choices are recorded, and repeating the change does nothing. */
  settled(updated: Updated, change: string): void {
    expect(updated.conflicts).toEqual([]);
    expect(must(this.dir, `node ${BIN} check --json`)).toContain('"ok":true');
    this.commit(change);
    expect(this.change(change).actions.filter(({ action }) => !['keep', 'skip'].includes(action))).toEqual([]);
    expect(must(this.dir, 'git status --porcelain')).toBe('');
  }

  /** The repository passes its checks, the tests of the changed modules, and the demo, with the edits at their places. */
  verifyRuns(change: string, substituted: readonly string[] = []): void {
    must(this.dir, 'make lock setup');
    makeCheck(this.dir);
    const tests = this.#testsOfChange(change);
    if (tests.length > 0) must(this.dir, `.venv/bin/python -m pytest ${tests.join(' ')}`);
    must(this.dir, 'make demo');
    const { steps } = readReport(this.dir);
    // The models of the former framework stay in the history: the gate refuses a new version that is worse.
    const isRefused = steps.some(({ evidence }) => evidence.startsWith('a former version is better: '));
    const expected = (name: string): string => {
      if (substituted.includes(name)) return 'substituted';
      return isRefused && ['retrain and promote', 'rollback'].includes(name) ? 'skipped' : 'ok';
    };
    for (const { name, status } of steps) expect([name, status]).toEqual([name, expected(name)]);
    expect(must(this.dir, 'make ours-greet')).toContain('ours-greeting');
    this.verifyEdits();
  }

  /**
   * Changes the tracker from one option to another and back, with an edit of a file of the first one. The commands that
   * the leftovers name carry the champion both times, and the edit is at its place in the end.
   */
  verifyTrackerAndBack(from: string, to: string, edited: string): void {
    const [there, back] = [`tracker=${to}`, `tracker=${from}`];
    this.append(edited, from);
    let champion = this.#champion();
    must(this.dir, 'make export-champion');
    let updated = this.change(there);
    expect(pathsOf(updated, 'park')).toEqual([edited]);
    const left = updated.leftovers.find(({ module }) => module === `tracker/${from}`)!;
    expect(left.carry).toContain('make export-champion');
    this.settled(updated, there);
    const kept = must(this.dir, `git ls-files 'kept/*/${edited}'`).trim();
    expect(this.read(kept)).toContain(`# ours: ${from}`);
    // The places of this machine that the leftovers name still exist.
    const places = [...left.what.matchAll(/\.mlops\/[\w./-]+/g)].map(([place]) => place);
    expect(places.filter((place) => existsSync(this.path(place)))).toEqual(places);
    expect(places).not.toEqual([]);
    must(this.dir, 'make lock setup');
    must(this.dir, 'make import-champion');
    expect(this.#champion()).toEqual(champion);
    this.verifyRuns(there, rows.get(`tracker/${to}`)?.substituted);

    champion = this.#champion();
    must(this.dir, 'make export-champion TO=.mlops/carried/back');
    updated = this.change(back);
    expect(pathsOf(updated, 'unpark')).toEqual([kept]);
    this.settled(updated, back);
    expect(this.read(edited)).toContain(`# ours: ${from}`);
    expect(existsSync(this.path(kept.split('/').slice(0, 2).join('/')))).toBe(false);
    must(this.dir, 'make lock setup');
    must(this.dir, 'make import-champion FROM=.mlops/carried/back');
    expect(this.#champion()).toEqual(champion);
    this.#returns(back);
    rmSync(this.path('.mlops/carried'), { recursive: true });
  }

  #testsOfChange(change: string): readonly string[] {
    const [choice, option] = change.split('=') as [string, string];
    const takesMany = catalogue.choices.some(({ id, takes }) => id === choice && takes === 'many');
    this.#choices = { ...this.#choices, [choice]: takesMany && option === 'none' ? [] : option };
    const states = this.#states;
    states.push(testsOfValues(change, this.#choices));
    // A test without declared dependencies would run after each change. It runs once, at the end.
    const known = states.map((state) => ({ ...state, tests: state.tests.filter(({ varies }) => varies) }));
    const replaced = states
      .at(-1)!
      .tests.filter(({ path, text }) =>
        states.slice(0, -1).every(({ tests }) => tests.every((test) => test.path !== path || test.text !== text)),
      );
    const selected = selectTests(
      known.map((state, index) => ({ ...state, name: String(index) })),
      new Set(),
    ).get(String(states.length - 1))!;
    // Repositories of users do not contain the proofs of the templates.
    return [...new Set([...selected, ...replaced.map(({ path }) => path)])].filter((file) =>
      existsSync(this.path(file)),
    );
  }

  /** The champion with its evidence, its run, and the hash of its scores. */
  #champion(): Champion {
    const name = this.package.replace('src/', '');
    return JSON.parse(
      must(
        this.dir,
        `.venv/bin/python - <<'PY'
import hashlib, json
from ${name}.platform import artifacts, scoring
from ${name}.data.frames import read_frame
from ${name}.registry import CHAMPION, get_registry
from ${name}.tracking import get_tracker
from pathlib import Path
champion = get_registry().get("churn", CHAMPION)
run = get_tracker().read(champion.tags["run_id"])
rows = read_frame(str(sorted(Path(".mlops/runs/churn").glob("*/test.parquet"))[0]))
scorer = scoring.load(artifacts.local_copy(champion.uri), champion.sha256)
scores = scorer.raw(scoring.columns_of(rows, scorer.contract))
carried = {name: champion.tags[name] for name in ("data_sha256", "data_revision", "git_revision", "params_sha256", "trained_at")}
print(json.dumps({"sha256": champion.sha256, "metrics": dict(champion.metrics), "carried": carried, "run": [dict(run.params), dict(run.metrics), {k: run.tags[k] for k in sorted(run.tags)}], "scores": hashlib.sha256(scores.tobytes()).hexdigest()}))
PY`,
      ),
    ) as Champion;
  }

  drop(): void {
    dropEnvironment(this.dir);
  }
}
