import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type Catalogue, createCatalogue, type Source } from '../../src/core/catalogue.ts';
import { type Contribution, defineChoice, defineModule, definePart, defineSlot } from '../../src/core/contract.ts';
import { diagramEdge, diagramNode } from '../../templates/_base/documentation/part.ts';
import { docs } from '../../templates/_base/repository/part.ts';
import { caseOf, factorsOf } from '../support/cases.ts';
import { DECLARATIONS } from '../support/checks/declarations.ts';
import { product } from '../support/covering.ts';
import { CHECKS, Inspector } from '../support/inspect.ts';
import { Contents, renderCase } from '../support/stacks.ts';

/** Shows that every check of the matrix can fail, in a small catalog with one planted error at a time. */

const CLEAN: Readonly<Record<string, string>> = {
  '_base/ground:Makefile.ejs':
    '.PHONY: help\nhelp: ## List\n\t@echo <%= q.shell(project.name) %>\n\ninclude $(sort $(wildcard mk/*.mk))\n',
  '_base/ground:mk/run.mk': '.PHONY: run\nrun: ## Run\n\tsh scripts/run.sh\n',
  '_base/ground:.gitignore': '/reports/\n',
  '_base/ground:.dockerignore': 'dist/\n',
  '_base/ground:scripts/run.sh': '#!/bin/sh\nset -eu\necho "run"\necho "uv sync --extra serve"\n',
  '_base/ground:README.md.ejs':
    '# <%= project.name %>\n\nRead [the docs](docs/index.md#how-it-works) and ' +
    '`src/<%= project.package %>/main.py`, then:\n\n```sh\nmake run  # once\n```\n',
  '_base/ground:docs/index.md': '# Docs\n\n## How it works\n\nBy `make run`; see `config/a.yaml`.\n',
  '_base/ground:config/a.yaml': 'a: 1\n---\nb: [2]\n',
  '_base/ground:config/b.json': '{"a": 1}\n',
  '_base/ground:pyproject.toml.ejs':
    '[project]\nname = <%= q.toml(project.name) %>\n\n[tool.ruff]\nline-length = 100\n\n[tool.ruff.lint]\n' +
    'select = ["E", "F", "I"]\n\n[project.optional-dependencies]\nserve = [\n    "numpy==1.0",\n]\n',
  '_base/ground:src/__package__/main.py': '"""Runs."""\n\nimport os\n\nsep = os.sep\n',
  '_base/ground:src/__package__/other.py': '"""Uses."""\n\nfrom .main import sep\n\nprint(sep)\n',
  '_base/ground:deploy/Dockerfile': 'FROM python:3.13-slim\nCMD ["python"]\n',
  '_base/ground:compose.yaml': 'include:\n  - path: deploy/compose/app.yaml\n',
  '_base/ground:deploy/compose/app.yaml':
    'services:\n  app:\n    image: app\n    depends_on: [db]\n  db:\n    image: db\n',
  '_base/ground:.github/workflows/ci.yml':
    'name: CI\non: [push, pull_request]\npermissions: {}\njobs:\n  one:\n    runs-on: ubuntu-latest\n' +
    '    timeout-minutes: 5\n    steps:\n      - run: make run\n  two:\n    runs-on: ubuntu-latest\n' +
    '    timeout-minutes: 5\n    needs: one\n    steps:\n      - run: |\n          make run\n',
  '_base/ground:mk/account.mk':
    'ACCOUNT := one\n\n.PHONY: ci-role\nci-role: ## Role\n\techo ci-role\n\n.PHONY: infra-plan\n' +
    'infra-plan: ## Plan\n\techo infra-plan\n\n.PHONY: infra-apply\ninfra-apply: ## Apply\n\techo infra-apply\n',
  '_base/ground:.github/workflows/account.yml':
    'name: Account\non: push\npermissions: {}\njobs:\n  read:\n    runs-on: ubuntu-latest\n' +
    '    timeout-minutes: 5\n    permissions:\n      id-token: write\n    steps:\n' +
    '      - run: make --silent ci-role ENV=prod ROLE=plan >> "$GITHUB_OUTPUT"\n' +
    '      - run: make infra-plan ENV=prod LOCK=false\n  write:\n    runs-on: ubuntu-latest\n' +
    "    timeout-minutes: 5\n    environment: prod\n    if: ${{ github.ref == 'refs/heads/main' }}\n" +
    '    permissions:\n      id-token: write\n    steps:\n' +
    '      - run: make --silent ci-role ENV=prod ROLE=apply >> "$GITHUB_OUTPUT"\n' +
    '      - run: make infra-apply ENV=prod\n',
  '_base/ground:ci/gitlab/account.yml':
    'plan:\n  stage: test\n  id_tokens: { TOKEN: { aud: a } }\n  variables: { ENV: prod, ROLE: plan }\n' +
    '  rules:\n    - if: $CI_PIPELINE_SOURCE == "merge_request_event" && $CI_MERGE_REQUEST_SOURCE_PROJECT_ID ' +
    '== $CI_PROJECT_ID\n  script: [make infra-plan ENV=prod LOCK=false]\napply:\n  stage: test\n' +
    '  id_tokens: { TOKEN: { aud: a } }\n  variables: { ENV: dev, ROLE: apply }\n  environment: dev\n  rules:\n' +
    '    - if: $CI_COMMIT_BRANCH == "main"\n  script: [make infra-apply ENV=dev]\n',
  '_base/ground:.github/dependabot.yml':
    'version: 2\nupdates:\n  - package-ecosystem: pip\n    directory: /\n    schedule:\n      interval: weekly\n',
  '_base/ground:.gitlab-ci.yml':
    'stages: [test]\ninclude:\n  - local: ci/gitlab/jobs.yml\n  - local: ci/gitlab/account.yml\n.base:\n' +
    '  before_script: [echo]\n',
  '_base/ground:ci/gitlab/jobs.yml':
    'a:\n  stage: test\n  extends: .base\n  before_script:\n    - !reference [.base, before_script]\n' +
    '  script:\n    - make run\nb:\n  stage: test\n  needs: [a]\n  rules:\n' +
    '    - if: $CI_PIPELINE_SOURCE == "merge_request_event"\n  script: [make run]\n',
  '_base/ground:infra/table.tf':
    'resource "aws_dynamodb_global_secondary_index" "one" {\n  warm_throughput = { read_units_per_second = 1 }\n}\n',
  '_base/ground:infra/dev.tfvars': 'size = 1\n',
  '_base/ground:infra/one.asl.json':
    '{\n  "StartAt": "A",\n  "States": {\n' +
    '    "A": { "Type": "Pass", "Parameters": { "b.$": "States.Format(\'{}\', $.c)" }, "Next": "B" },\n' +
    '    "B": { "Type": "Succeed" }\n  }\n}\n',
  '_base/ground:infra/terraform/role.tf':
    'resource "aws_iam_role" "work" {\n  permissions_boundary = local.boundary\n}\n',
  '_base/ground:infra/terraform/balancer.tf':
    'variable "idle" {\n  type    = number\n  default = 30\n}\n\nlocals {\n  idle = 60\n' +
    '  service = {\n    MLOPS_SERVING__IDLE_SECONDS = tostring(var.idle + 30)\n  }\n' +
    '  command = ["--timeout-keep-alive ${local.idle + 30}"]\n}\n\n' +
    'resource "aws_lb" "one" {\n  name         = "one"\n  idle_timeout = var.idle\n}\n\n' +
    'resource "aws_lb" "two" {\n  idle_timeout = local.idle\n}\n',
  '_base/ground:src/__package__/router/proxy.py': '"""Routes."""\n\nPOOL_SECONDS = 2.0\n',
  '_base/ground:src/__package__/platform/sections/serving.py':
    '"""Settings."""\n\n\nclass Serving:\n    """A section."""\n\n    idle_seconds: float = 5.0\n',
  '_base/ground:infra/policies/apply.json':
    '{"Statement": [{"Sid": "Alerts"}, {"Sid": "LoadBalancer"}, {"Sid": "Roles2"}]}\n',
  '_base/ground:docs/README.md': '# Pages\n',
  '_base/ground:docs/architecture.md':
    '# Diagram\n\n```mermaid\nflowchart LR\n    rows[("Rows")]\n    work["Work"]\n  rows -->|"read"| work\n```\n',
  '_base/ground:docs/decisions.md.ejs':
    "# Decisions\n\n<% for (const { value } of slots['core.choices']) for (const option of value.options) { " +
    '%><%= option.why %> <%= option.watch %>\n<% } %>',
  'tool/acme:docs/acme.md': '# Acme\n',
  'tool/acme:tools/acme.ini': 'acme = 1\n',
};

type Fault = {
  readonly check: string;
  readonly what: string;
  /** Part and path of a file, and its content with the error. */
  readonly change: readonly [string, (text: string) => string];
  readonly says: RegExp;
};

const add =
  (text: string) =>
  (was: string): string =>
    was + text;
const swap =
  (from: string, to: string) =>
  (was: string): string => {
    expect(was).toContain(from);
    return was.replace(from, to);
  };
const at = (path: string): string => `_base/ground:${path}`;

const FAULTS: readonly Fault[] = [
  {
    check: 'ignored names',
    what: 'a pattern that also matches a model',
    change: [at('.gitignore'), add('data/\n')],
    says: /\.gitignore: line 2: the pattern data\/ also matches/,
  },
  ...[
    ['a wildcard that also matches a model', '.gitignore', 'lib*/\n', '\\.gitignore: line 2: the pattern lib\\*/'],
    ['a pattern at any depth that also matches a model', '.gitignore', '**/env/\n', 'line 2: the pattern \\*\\*/env/'],
    ['a pattern of Docker at any depth', '.dockerignore', '**/build/\n', '\\.dockerignore: line 2: the pattern'],
  ].map(
    ([what, path, line, says]): Fault => ({
      check: 'ignored names',
      what: what!,
      change: [at(path!), add(line!)],
      says: new RegExp(says!),
    }),
  ),
  ...[
    ['a load balancer with the default timeout', swap('  idle_timeout = local.idle\n', ''), /aws_lb\.two sets no idle/],
    ['a keep-alive of its own', swap('(var.idle + 30)', '("90")'), /no server derives its keep-alive from var\.idle/],
    ['a keep-alive that is as short', swap('local.idle + 30', 'local.idle + 0'), /two keeps .* 60 s, .* for 60 s/],
  ].map(
    ([what, edit, says]): Fault => ({
      check: 'idle timeouts',
      what: what as string,
      change: [at('infra/terraform/balancer.tf'), edit as (text: string) => string],
      says: says as RegExp,
    }),
  ),
  {
    check: 'idle timeouts',
    what: 'a pool of the router that outlives the connections of the service',
    change: [at('src/__package__/router/proxy.py'), swap('2.0', '9.0')],
    says: /the router keeps idle connections for 9 s, and the service for 5 s/,
  },
  {
    check: 'extras',
    what: 'a command that names an extra without an entry',
    change: [at('scripts/run.sh'), swap('--extra serve', '--extra sreve')],
    says: /scripts\/run\.sh: line 4: pyproject\.toml has no extra sreve/,
  },
  {
    check: 'exceptions of .gitignore',
    what: 'an exception before a pattern that cancels it',
    change: [at('.gitignore'), add('!/cache/settings.yaml\n/cache/*\n')],
    says: /\.gitignore: line 3: the pattern \/cache\/\* follows the exception/,
  },
  {
    check: 'values',
    what: 'a value that is undefined',
    change: [at('Makefile.ejs'), add('# <%- String(q.nothing) %>\n')],
    says: /Makefile: line 6: a missing value/,
  },
  {
    check: 'values',
    what: 'an object as text',
    change: [at('README.md.ejs'), add('\n<%= `${{}}` %>\n')],
    says: /\[object Object\]/,
  },
  {
    check: 'values',
    what: 'a calculation that gives NaN',
    change: [at('README.md.ejs'), add('\n<%= 0 / 0 %>\n')],
    says: /NaN/,
  },
  {
    check: 'tags',
    what: 'a template tag in a copied file',
    change: [at('docs/index.md'), add('\n<%= project.name %>\n')],
    says: /docs\/index\.md: line 7: a tag/,
  },
  {
    check: 'tags',
    what: 'a token in a text',
    change: [at('docs/index.md'), add('\nIn src/__package__.\n')],
    says: /a token/,
  },
  {
    check: 'placeholders',
    what: 'an unfinished task',
    change: [at('src/__package__/main.py'), add('# TODO: more\n')],
    says: /"TODO"/,
  },
  {
    check: 'placeholders',
    what: 'a placeholder',
    change: [at('docs/index.md'), add('\nLog in as <your-name>.\n')],
    says: /<your-/,
  },
  {
    check: 'machine paths',
    what: 'the path of a home folder',
    change: [at('docs/index.md'), add('\nIn /Users/ada/project.\n')],
    says: /\/Users\/ada/,
  },
  {
    check: 'machine paths',
    what: 'the folder of the generator',
    change: [at('docs/index.md'), add(`\nIn ${process.cwd()}.\n`)],
    says: /this machine/,
  },
  {
    check: 'lines',
    what: 'carriage returns',
    change: [at('config/a.yaml'), (text) => text.replaceAll('\n', '\r\n')],
    says: /carriage return/,
  },
  {
    check: 'lines',
    what: 'no newline at the end',
    change: [at('config/b.json'), (text) => text.trimEnd()],
    says: /does not end with a newline/,
  },
  {
    check: 'lines',
    what: 'two newlines at the end',
    change: [at('config/b.json'), add('\n')],
    says: /more than one newline/,
  },
  {
    check: 'lines',
    what: 'trailing blanks',
    change: [at('config/b.json'), swap('\n', ' \n')],
    says: /line 1: trailing blanks/,
  },
  { check: 'yaml', what: 'broken YAML', change: [at('config/a.yaml'), add('c: [\n')], says: /config\/a\.yaml/ },
  { check: 'yaml', what: 'a duplicate key', change: [at('config/a.yaml'), add('b: 3\n')], says: /unique/ },
  { check: 'yaml', what: 'an unknown tag', change: [at('config/a.yaml'), add('c: !secret x\n')], says: /!secret/ },
  { check: 'toml', what: 'broken TOML', change: [at('pyproject.toml.ejs'), add('x = \n')], says: /pyproject\.toml/ },
  { check: 'json', what: 'broken JSON', change: [at('config/b.json'), swap('}', ',}')], says: /b\.json/ },
  {
    check: 'python',
    what: 'a syntax error',
    change: [at('src/__package__/main.py'), add('def f(:\n')],
    says: /invalid-syntax|Expected/,
  },
  {
    check: 'python',
    what: 'an undefined name',
    change: [at('src/__package__/main.py'), add('print(seperator)\n')],
    says: /F821 Undefined name `seperator`/,
  },
  {
    check: 'python',
    what: 'an unused import',
    change: [at('src/__package__/main.py'), swap('import os\n', 'import os\nimport sys\n')],
    says: /F401/,
  },
  {
    check: 'python',
    what: "a rule of the repository's own settings",
    change: [at('src/__package__/main.py'), swap('import os\n', 'import sys\nimport os\n\nprint(sys.path)\n')],
    says: /I001|E402/,
  },
  {
    check: 'python format',
    what: 'a format that ruff would change',
    change: [at('src/__package__/main.py'), add("print('x')\n")],
    says: /line 6: ruff format would write "print\(\\"x\\"\)"/,
  },
  {
    check: 'imports',
    what: 'a missing file',
    change: [at('src/__package__/other.py'), swap('.main', '.mian')],
    says: /other\.py: line 3: imports \.mian, which does not exist/,
  },
  {
    check: 'imports',
    what: 'a missing name',
    change: [at('src/__package__/main.py'), swap('sep =', 'separator =')],
    says: /other\.py: line 3: imports sep from \.main/,
  },
  {
    check: 'imports',
    what: 'a missing name that is used through its module',
    change: [
      at('src/__package__/other.py'),
      swap('from .main import sep\n\nprint(sep)', 'from . import main\n\nprint(main.sep, main.separator)'),
    ],
    says: /other\.py: line 5: uses main\.separator, which src\/\w+\/main\.py does not have/,
  },
  {
    check: 'imports',
    what: 'a package without a pin',
    change: [at('src/__package__/main.py'), swap('import os', 'import numpy\nimport os')],
    says: /main\.py: line 3: imports numpy, which no module of this stack pins/,
  },
  {
    check: 'dockerfile',
    what: 'an unknown instruction',
    change: [at('deploy/Dockerfile'), add('RUNN make\n')],
    says: /RUNN/,
  },
  {
    check: 'schemas',
    what: 'an unknown key in a workflow',
    change: [at('.github/workflows/ci.yml'), swap('runs-on', 'run-on')],
    says: /run-on|runs-on/,
  },
  {
    check: 'schemas',
    what: 'an unknown interval',
    change: [at('.github/dependabot.yml'), swap('weekly', 'sometimes')],
    says: /interval/,
  },
  {
    check: 'schemas',
    what: 'a job without a script',
    change: [at('ci/gitlab/jobs.yml'), swap('script: [make run]', 'script: 1')],
    says: /script/,
  },
  {
    check: 'schemas',
    what: 'an unknown key of a service',
    change: [at('deploy/compose/app.yaml'), swap('image: db', 'imagee: db')],
    says: /imagee/,
  },
  {
    check: 'delivery',
    what: 'a trigger that runs untrusted code',
    change: [at('.github/workflows/ci.yml'), swap('push, pull_request', 'push, pull_request_target')],
    says: /pull_request_target, which runs untrusted code/,
  },
  {
    check: 'delivery',
    what: 'a secret in a pull request',
    change: [
      at('.github/workflows/ci.yml'),
      swap('- run: make run', '- run: make run\n        env:\n          KEY: ${{ secrets.KEY }}'),
    ],
    says: /a pull request sees \$\{\{ secrets\.KEY \}\}/,
  },
  {
    check: 'delivery',
    what: 'a secret on any branch',
    change: [
      at('.github/workflows/ci.yml'),
      (was) =>
        swap(
          '[push, pull_request]',
          'push',
        )(swap('- run: make run', '- run: make run\n        env:\n          KEY: ${{ secrets.KEY }}')(was)),
    ],
    says: /job one sees a secret outside an environment[\s\S]*job one sees a secret on any branch/,
  },
  {
    check: 'delivery',
    what: 'an environment in a pull request',
    change: [at('.github/workflows/ci.yml'), swap('timeout-minutes: 5', 'timeout-minutes: 5\n    environment: prod')],
    says: /job one of a pull request uses the environment prod/,
  },
  {
    check: 'delivery',
    what: 'a command for an environment in a pull request',
    change: [at('.github/workflows/ci.yml'), swap('- run: make run', '- run: make run ENV=prod')],
    says: /job one of a pull request runs a command for another environment/,
  },
  {
    check: 'delivery',
    what: 'an identity in a pull request',
    change: [
      at('.github/workflows/ci.yml'),
      swap('timeout-minutes: 5', 'timeout-minutes: 5\n    permissions:\n      id-token: read'),
    ],
    says: /job one has the permission id-token/,
  },
  {
    check: 'delivery',
    what: 'an unused permission',
    change: [
      at('.github/workflows/ci.yml'),
      swap('timeout-minutes: 5', 'timeout-minutes: 5\n    permissions:\n      contents: write'),
    ],
    says: /job one has the permission contents: write/,
  },
  {
    check: 'delivery',
    what: 'a proposal from any branch',
    change: [
      at('.github/workflows/account.yml'),
      add(
        '  bump:\n    runs-on: ubuntu-latest\n    timeout-minutes: 5\n    permissions:\n      contents: write\n' +
          '    steps:\n      - run: make bump\n',
      ),
    ],
    says: /job bump has the permission contents: write/,
  },
  {
    check: 'delivery',
    what: 'a proposal by a job that also runs other code',
    change: [
      at('.github/workflows/account.yml'),
      add(
        '  bump:\n    runs-on: ubuntu-latest\n    timeout-minutes: 5\n' +
          "    if: ${{ github.ref == 'refs/heads/main' }}\n    permissions:\n      pull-requests: write\n" +
          '    steps:\n      - run: make run\n      - run: make bump\n',
      ),
    ],
    says: /job bump has the permission pull-requests: write/,
  },
  {
    check: 'promises',
    what: 'a check that no job runs',
    change: [at('docs/index.md'), add('CI runs it: `make infra-apply`.\n')],
    says: /no job of a pull request runs make infra-apply/,
  },
  {
    check: 'promises',
    what: 'a check without its command',
    change: [at('docs/index.md'), add('Nothing is lost, because CI runs all of them.\n')],
    says: /"CI runs all of them" names no make target/,
  },
  {
    check: 'promises',
    what: 'a table that names a target of another CI file',
    change: [
      at('docs/index.md'),
      add(
        '\n| file | when | runs |\n|---|---|---|\n| `.github/workflows/ci.yml` | a push | `make run`, `make infra-plan` |\n',
      ),
    ],
    says: /\.github\/workflows\/ci\.yml does not run make infra-plan/,
  },
  {
    check: 'promises',
    what: 'a table that omits a target',
    change: [
      at('docs/index.md'),
      add('\n| file | when | runs |\n|---|---|---|\n| `.github/workflows/account.yml` | a push | `make ci-role` |\n'),
    ],
    says: /runs make infra-plan, which the page omits/,
  },
  {
    check: 'delivery',
    what: 'permissions for every job',
    change: [at('.github/workflows/ci.yml'), swap('permissions: {}', 'permissions: read-all')],
    says: /gives permissions to every job/,
  },
  {
    check: 'delivery',
    what: 'an action that is pinned by tag',
    change: [at('.github/workflows/ci.yml'), swap('- run: make run', '- uses: actions/setup-node@v7')],
    says: /actions\/setup-node@v7, which is not pinned to a commit/,
  },
  {
    check: 'parameters',
    what: 'a variable with a default that the shell replaces',
    change: [at('mk/run.mk'), add('LEVEL ?= high\n')],
    says: /mk\/run\.mk: line 4: \?= and \+= take LEVEL from the shell/,
  },
  {
    check: 'parameters',
    what: 'a variable of make that nothing assigns',
    change: [at('mk/run.mk'), add('\t@$(if $(LEVEL),echo high)\n')],
    says: /mk\/run\.mk: line 4: takes LEVEL from the shell/,
  },
  {
    check: 'parameters',
    what: 'a variable that the shell of a recipe takes from its environment',
    change: [at('mk/run.mk'), add('\t@echo "$${LEVEL:-low}"\n')],
    says: /mk\/run\.mk: line 4: takes LEVEL from the shell/,
  },
  {
    check: 'parameters',
    what: 'a variable that a script takes from its environment',
    change: [at('scripts/run.sh'), add('echo "${LEVEL:-low}"\n')],
    says: /scripts\/run\.sh: line 5: takes LEVEL from the shell/,
  },
  {
    check: 'parameters',
    what: 'a variable that a compose file takes from its environment',
    change: [at('deploy/compose/app.yaml'), add('    hostname: ${LEVEL:-low}\n')],
    says: /deploy\/compose\/app\.yaml: line 7: takes LEVEL from the shell/,
  },
  {
    check: 'parameters',
    what: 'a variable with two meanings',
    change: [at('mk/run.mk'), add('ACCOUNT := two\n')],
    says: /assigns ACCOUNT, which mk\/\w+\.mk assigns differently/,
  },
  {
    check: 'portability',
    what: 'a program in a recipe that macOS does not have',
    change: [at('mk/run.mk'), add('\t@cat a | sha256sum\n')],
    says: /mk\/run\.mk: line 4: not every macOS has the program: \| sha256sum/,
  },
  {
    check: 'portability',
    what: 'an option in a script that only GNU sed has',
    change: [at('scripts/run.sh'), add("sed -i 's/a/b/' c\n")],
    says: /scripts\/run\.sh: line 5: not every macOS has sed -i/,
  },
  {
    check: 'portability',
    what: 'an assignment that GNU make 3.81 does not have',
    change: [at('mk/run.mk'), add('NOW != date\n')],
    says: /mk\/run\.mk: line 4: not every macOS has the assignment !=/,
  },
  {
    check: 'portability',
    what: 'a command on a page that macOS does not have',
    change: [at('docs/index.md'), add('\n```sh\ntimeout 5 make run\n```\n')],
    says: /docs\/index\.md: line 8: not every macOS has the program/,
  },
  {
    check: 'portability',
    what: 'a program that Python starts and macOS does not have',
    change: [at('src/__package__/main.py'), add('\nargs = ["nproc"]\n')],
    says: /main\.py: line 7: not every macOS has the program/,
  },
  {
    check: 'delivery',
    what: 'a cache that a pull request writes',
    change: [at('.github/workflows/ci.yml'), swap('- run: make run', `- uses: actions/cache/save@${'0'.repeat(40)}`)],
    says: /a pull request writes a cache/,
  },
  {
    check: 'delivery',
    what: 'a token that persists',
    change: [at('.github/workflows/ci.yml'), swap('- run: make run', `- uses: actions/checkout@${'0'.repeat(40)}`)],
    says: /leaves the token in the checkout/,
  },
  {
    check: 'delivery',
    what: 'a cache in an environment',
    change: [
      at('.github/workflows/ci.yml'),
      swap(
        '- run: make run',
        `- uses: astral-sh/setup-uv@${'0'.repeat(40)}\n        with:\n          enable-cache: true\n` +
          '    environment: prod',
      ),
    ],
    says: /job one of an environment installs from a cache/,
  },
  {
    check: 'delivery',
    what: 'a job without a time limit',
    change: [at('.github/workflows/ci.yml'), swap('timeout-minutes: 5\n', 'timeout-minutes: ${{ 5 }}\n')],
    says: /job one has no timeout-minutes/,
  },
  {
    check: 'delivery',
    what: 'an expression inside a command',
    change: [at('.github/workflows/ci.yml'), swap('- run: make run', '- run: make run ONE=${{ github.head_ref }}')],
    says: /which is not one make target/,
  },
  {
    check: 'delivery',
    what: 'an environment in a merge request',
    change: [at('ci/gitlab/jobs.yml'), swap('  needs: [a]\n', '  needs: [a]\n  environment: prod\n')],
    says: /job b of a merge request uses the environment prod/,
  },
  {
    check: 'delivery',
    what: 'an automatic promotion',
    change: [
      at('ci/gitlab/jobs.yml'),
      add(
        'c:\n  stage: test\n  environment: prod\n  rules:\n    - if: $CI_COMMIT_BRANCH == "main"\n' +
          '  script: [make ci-promote ENV=prod]\n',
      ),
    ],
    says: /job c uses the environment prod without a manual start/,
  },
  {
    check: 'delivery',
    what: 'a command other than make',
    change: [at('ci/gitlab/jobs.yml'), swap('script: [make run]', 'script: [sh scripts/run.sh]')],
    says: /job b runs "sh scripts\/run\.sh"/,
  },
  {
    check: 'delivery',
    what: 'a role of another environment',
    change: [at('.github/workflows/account.yml'), swap('    environment: prod\n', '    environment: dev\n')],
    says: /job write takes the role apply of prod outside of that environment/,
  },
  {
    check: 'delivery',
    what: 'a role without an environment',
    change: [at('.github/workflows/account.yml'), swap('    environment: prod\n', '')],
    says: /job write takes the role apply of prod outside[\s\S]*job write changes an account outside of its environment/,
  },
  {
    check: 'delivery',
    what: 'a role that writes on any branch',
    change: [at('.github/workflows/account.yml'), swap("    if: ${{ github.ref == 'refs/heads/main' }}\n", '')],
    says: /job write takes the role apply on any branch/,
  },
  {
    check: 'delivery',
    what: 'a change of an account with the deployment role',
    change: [at('.github/workflows/account.yml'), swap('ROLE=apply', 'ROLE=deploy')],
    says: /job write changes an account outside of its environment/,
  },
  {
    check: 'delivery',
    what: 'a change of an account with the read-only role',
    change: [
      at('.github/workflows/account.yml'),
      swap('make infra-plan ENV=prod LOCK=false', 'make infra-apply ENV=prod'),
    ],
    says: /job read changes an account[\s\S]*job read changes something with a read-only role/,
  },
  {
    check: 'delivery',
    what: 'an unused token',
    change: [
      at('.github/workflows/account.yml'),
      swap('      - run: make --silent ci-role ENV=prod ROLE=plan >> "$GITHUB_OUTPUT"\n', ''),
    ],
    says: /job read has the permission id-token: write, but does not log in/,
  },
  {
    check: 'delivery',
    what: 'a pull request that logs in',
    change: [at('.github/workflows/account.yml'), swap('on: push', 'on: [push, pull_request]')],
    says: /job read has the permission id-token: write[\s\S]*job read of a pull request runs a command for another/,
  },
  {
    check: 'delivery',
    what: 'a token for the merge request of a fork',
    change: [at('ci/gitlab/account.yml'), swap(' && $CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID', '')],
    says: /job plan gives a token to the merge request of a fork/,
  },
  {
    check: 'delivery',
    what: 'a merge request that writes',
    change: [at('ci/gitlab/account.yml'), swap('ROLE: plan', 'ROLE: apply')],
    says: /job plan of a merge request takes the role apply/,
  },
  {
    check: 'delivery',
    what: 'a role outside of its environment',
    change: [at('ci/gitlab/account.yml'), swap('  environment: dev\n', '')],
    says: /job apply takes the role apply of dev outside of that environment/,
  },
  {
    check: 'delivery',
    what: 'an automatic change of an account',
    change: [
      at('ci/gitlab/account.yml'),
      swap('ENV: dev, ROLE: apply }\n  environment: dev', 'ENV: prod, ROLE: apply }\n  environment: prod'),
    ],
    says: /job apply uses the environment prod without a manual start/,
  },
  {
    check: 'references',
    what: 'a need of a job that does not exist',
    change: [at('.github/workflows/ci.yml'), swap('needs: one', 'needs: first')],
    says: /job two needs first/,
  },
  {
    check: 'references',
    what: 'a need of a GitLab job that does not exist',
    change: [at('ci/gitlab/jobs.yml'), swap('needs: [a]', 'needs: [c]')],
    says: /job b needs c/,
  },
  {
    check: 'references',
    what: 'a stage that is not listed',
    change: [at('ci/gitlab/jobs.yml'), swap('stage: test', 'stage: deploy')],
    says: /stage deploy/,
  },
  {
    check: 'references',
    what: 'a missing include',
    change: [at('.gitlab-ci.yml'), swap('jobs.yml', 'job.yml')],
    says: /includes ci\/gitlab\/job\.yml/,
  },
  {
    check: 'references',
    what: 'a missing compose file',
    change: [at('compose.yaml'), swap('app.yaml', 'db.yaml')],
    says: /includes deploy\/compose\/db\.yaml/,
  },
  {
    check: 'references',
    what: 'a service that does not exist',
    change: [at('deploy/compose/app.yaml'), swap('[db]', '[cache]')],
    says: /depends on cache/,
  },
  {
    check: 'makefiles',
    what: 'a duplicate target',
    change: [at('mk/run.mk'), add('\n.PHONY: help\nhelp:\n\techo\n')],
    says: /the target help is also in/,
  },
  {
    check: 'makefiles',
    what: 'a phony target without a rule',
    change: [at('mk/run.mk'), add('\n.PHONY: stop\n')],
    says: /\.PHONY names stop/,
  },
  {
    check: 'makefiles',
    what: 'spaces instead of a tab',
    change: [at('mk/run.mk'), swap('\t', '        ')],
    says: /begins with spaces instead of the tab of a recipe/,
  },
  {
    check: 'makefiles',
    what: 'a command that is not phony',
    change: [at('mk/run.mk'), add('\nstop: ## Stop\n\techo\n')],
    says: /stop is not \.PHONY/,
  },
  {
    check: 'makefiles',
    what: 'an undefined variable',
    change: [at('mk/run.mk'), swap('sh scripts', '$(RUNN) sh scripts')],
    says: /run\.mk: line 3: uses \$\(RUNN\), which is not defined/,
  },
  {
    check: 'makefiles',
    what: 'a Python module that does not exist',
    change: [at('mk/run.mk'), add('\n.PHONY: stop\nstop: ## Stop\n\tpython -m $(PACKAGE).missing\n')],
    says: /runs \$\(PACKAGE\)\.missing, which is not a module/,
  },
  { check: 'make', what: 'text that make cannot parse', change: [at('mk/run.mk'), add('ifeq (a,b)\n')], says: /endif/ },
  {
    check: 'make',
    what: 'an undefined variable',
    change: [at('Makefile.ejs'), swap('@echo', '@echo $(NAMEE)')],
    says: /NAMEE/,
  },
  {
    check: 'states language',
    what: 'a transition to a missing state',
    change: [at('infra/one.asl.json'), swap('"Next": "B"', '"Next": "C"')],
    says: /C/,
  },
  {
    check: 'states language',
    what: 'a field that does not exist',
    change: [at('infra/one.asl.json'), swap('"Parameters"', '"Parametres"')],
    says: /States.A is invalid/,
  },
  {
    check: 'states language',
    what: 'an invalid path',
    change: [at('infra/one.asl.json'), swap('{ "Type": "Succeed" }', '{ "Type": "Succeed", "OutputPath": "a.b" }')],
    says: /OutputPath/,
  },
  {
    check: 'states language',
    what: 'JSONata',
    change: [at('infra/one.asl.json'), swap('"StartAt"', '"QueryLanguage": "JSONata",\n  "StartAt"')],
    says: /line 2: JSONata/,
  },
  {
    check: 'hcl',
    what: 'an unclosed block',
    change: [at('infra/table.tf'), add('data "aws_region" "here" {\n')],
    says: /table\.tf: .*Unclosed configuration block/,
  },
  {
    check: 'hcl',
    what: 'a variable without a value',
    change: [at('infra/dev.tfvars'), add('name =\n')],
    says: /dev\.tfvars: .*Invalid expression/,
  },
  {
    check: 'hcl',
    what: 'a key that Terraform silently drops',
    change: [at('infra/table.tf'), swap('read_units', 'raed_units')],
    says: /aws_dynamodb_global_secondary_index\.one\.warm_throughput\.raed_units_per_second does not exist/,
  },
  {
    check: 'hcl',
    what: 'a role without a boundary',
    change: [at('infra/terraform/role.tf'), swap('  permissions_boundary = local.boundary\n', '')],
    says: /aws_iam_role\.work has no permissions_boundary/,
  },
  {
    check: 'hcl',
    what: 'a resource that does not exist',
    change: [at('infra/table.tf'), swap('secondary_index', 'secondary_idx')],
    says: /aws_dynamodb_global_secondary_idx is no resource/,
  },
  {
    check: 'permissions',
    what: 'a resource that no policy permits',
    change: [at('infra/policies/apply.json'), swap('Roles2', 'Roads2')],
    says: /role\.tf: .*no policy permits aws_iam_role: .*mayApply\('roles'\)/,
  },
  {
    check: 'permissions',
    what: 'a resource without a known permission',
    change: [at('infra/terraform/role.tf'), add('resource "aws_dynamodb_table" "one" {\n}\n')],
    says: /aws_dynamodb_table: no concern/,
  },
  {
    check: 'text tools',
    what: 'a recipe that reads JSON with grep',
    change: [at('mk/run.mk'), add(`\t@if grep -q '"a": true' reports/a.json; then echo yes; fi\n`)],
    says: /mk\/run\.mk: line 4: reads a format without its parser: .*grep -q/,
  },
  {
    check: 'text tools',
    what: 'a variable of make that reads JSON with sed',
    change: [at('mk/run.mk'), add("A = $(shell sed -n 's/a/b/p' .mlops-stack/lock.json)\n")],
    says: /sed -n/,
  },
  {
    check: 'text tools',
    what: 'a script that reads YAML in a pipeline, over several lines',
    change: [at('scripts/run.sh'), add("cat config/a.yaml \\\n  | awk '{print $1}'\n")],
    says: /scripts\/run\.sh: line 5: .*awk/s,
  },
  {
    check: 'text tools',
    what: 'a job that reads the JSON output of a command with sed',
    change: [at('.github/workflows/ci.yml'), swap('run: make run\n', 'run: terraform output -json | sed s/a/b/\n')],
    says: /ci\.yml: line \d+: .*terraform output -json/,
  },
  {
    check: 'strict JSON',
    what: 'a call that can write NaN, next to one that states that it may',
    change: [
      at('src/__package__/main.py'),
      swap(
        'import os\n\nsep = os.sep\n',
        'import json\nimport os\n\nsep = os.sep\nhashed = json.dumps(dict(a=1), allow_nan=True)\n' +
          'written = json.dumps(\n    dict(allow_nan=1),\n    indent=2,\n)\n',
      ),
    ],
    says: /main\.py: line 8: json\.dumps can write NaN/,
  },
  {
    check: 'strict JSON',
    what: 'a writer of JSON under a name of its own',
    change: [
      at('src/__package__/main.py'),
      swap('import os\n', 'import os\nfrom json import dump as write\n\nwrite(1, open("a.json", "w"))\n'),
    ],
    says: /main\.py: line 4: call json\.dumps by its full name/,
  },
  { check: 'shell', what: 'broken shell', change: [at('scripts/run.sh'), add('if true; then\n')], says: /run\.sh/ },
  {
    check: 'shell',
    what: 'broken shell in a workflow',
    change: [at('.github/workflows/ci.yml'), swap('          make run', '          if make run; then')],
    says: /ci\.yml: .*syntax error/,
  },
  {
    check: 'links',
    what: 'a broken link',
    change: [at('README.md.ejs'), swap('docs/index.md#', 'docs/indexx.md#')],
    says: /line 3: the link docs\/indexx\.md/,
  },
  {
    check: 'links',
    what: 'a missing heading',
    change: [at('docs/index.md'), swap('How it works', 'How it worked')],
    says: /#how-it-works/,
  },
  {
    check: 'commands',
    what: 'a command in a code block',
    change: [at('README.md.ejs'), swap('make run', 'make runn')],
    says: /README\.md: line 6: the target make runn does not exist/,
  },
  {
    check: 'commands',
    what: 'a command in a sentence',
    change: [at('docs/index.md'), swap('`make run`', '`MODEL=a make run stop`')],
    says: /the target make stop does not exist/,
  },
  {
    check: 'commands',
    what: 'a command in a workflow',
    change: [at('.github/workflows/ci.yml'), swap('          make run', '          make stop')],
    says: /the target make stop does not exist/,
  },
  {
    check: 'commands',
    what: 'a command in a message',
    change: [at('src/__package__/main.py'), add('print("first run `make setup`")\n')],
    says: /the target make setup does not exist/,
  },
  {
    check: 'paths',
    what: 'a missing file',
    change: [at('docs/index.md'), swap('config/a.yaml', 'config/c.yaml')],
    says: /config\/c\.yaml does not exist/,
  },
  {
    check: 'paths',
    what: 'a missing page',
    change: [at('config/a.yaml'), add('# docs/runbooks/latency.md\n')],
    says: /docs\/runbooks\/latency\.md does not exist/,
  },
  {
    check: 'documentation',
    what: 'a page that is in no index',
    change: [at('docs/lost.md'), () => '# Lost\n'],
    says: /docs\/lost\.md: no index leads to it/,
  },
  {
    check: 'documentation',
    what: 'a decision without its reason',
    change: [at('docs/decisions.md.ejs'), swap('<%= option.why %>', 'Because.')],
    says: /decisions\.md: tool\/acme: it does not contain "It is quick\."/,
  },
  {
    check: 'documentation',
    what: 'a missing box of the diagram',
    change: [at('docs/architecture.md'), swap('work["Work"]', 'job["Work"]')],
    says: /the box work is not drawn/,
  },
  {
    check: 'documentation',
    what: 'a missing arrow of the diagram',
    change: [at('docs/architecture.md'), swap('rows -->|"read"| work', 'work -->|"read"| rows')],
    says: /the arrow rows work is not drawn/,
  },
  {
    check: 'documentation',
    what: 'a README that is too long',
    change: [at('README.md.ejs'), add('\nMore.\n'.repeat(40))],
    says: /README\.md: \d+ lines/,
  },
  {
    check: 'traces',
    what: 'a trace that is not in the output',
    change: ['tool/acme:tools/acme.ini', swap('acme =', 'name =')],
    says: /tool\/acme is chosen, but its trace "acme = 1" is not in the output/,
  },
  {
    check: 'traces',
    what: 'a trace of an option that is not chosen',
    change: [at('docs/index.md'), add('\nSet acme = 1.\n')],
    says: /tool\/acme is not chosen, but its trace "acme = 1" is in docs\/index\.md/,
  },
];

declare module '../../src/core/contract.ts' {
  interface Capabilities {
    testTool: true;
  }
  interface Choices {
    tool: 'one';
  }
  interface Options {
    'tool/acme': true;
    'tool/none': true;
  }
  interface Slots {
    note: string;
  }
}

function source(
  texts: Readonly<Record<string, string>>,
  traces: readonly string[] = ['acme = 1'],
  acme: object = { contributes: () => [docs('docs/acme.md', { title: 'Acme' })] },
): Source {
  const option = (id: string, own: readonly string[], more: object = {}) => ({
    id: `tool/${id}`,
    module: defineModule({
      choice: 'tool',
      id,
      title: id,
      summary: `${id}.`,
      docs: 'https://acme.dev',
      why: 'It is quick.',
      watch: 'It is new.',
      status: 'active',
      provides: { testTool: () => true as const },
      traces: own,
      ...more,
    }),
  });
  const note = defineSlot({
    id: 'note',
    meaning: 'A note; the key is its path.',
    path: 'config/notes.yaml',
    format: 'yaml',
    schema: z.string(),
    sameKey: 'equal',
    owner: 'managed',
  });
  return {
    choices: [
      defineChoice({
        id: 'tool',
        title: 'Tool',
        question: 'Which?',
        group: 'Tools',
        order: 1,
        asked: 'first',
        takes: 'one',
        per: 'project',
        contract: ['testTool'],
        owes: ['docs'],
        default: () => 'none',
      }),
    ],
    modules: [
      option('acme', traces, { home: 'tools/', ...acme }),
      option('none', [], { exempt: { docs: 'there is nothing to describe' } }),
    ],
    parts: [
      {
        id: '_base/ground',
        part: definePart({
          slots: [note, docs, diagramNode, diagramEdge].map((define) => define.slot),
          reads: ['core.choices'],
          contributes: () => ground(note('a.b', 'c')),
        }),
      },
    ],
    files: (part) =>
      Object.entries(texts)
        .filter(([key]) => key.startsWith(`${part}:`))
        .map(([key, text]) => ({
          path: key.slice(part.length + 1),
          executable: key.endsWith('.sh'),
          content: () => text,
        })),
  };
}

const ground = (...more: Contribution[]): Contribution[] => [
  ...more,
  ...['architecture', 'decisions', 'index'].map((name) => docs(`docs/${name}.md`, { title: name })),
  diagramNode('rows', { title: 'Rows', group: 'data', shape: 'store' }),
  diagramNode('work', { title: 'Work', group: 'training', shape: 'process' }),
  diagramEdge('rows work', { label: 'read' }),
];

/**
 * Plans both options with the usual choices otherwise. Most of the time is spent on starting programs, so they run only
 * in tests about them.
 */
async function inspectAll(catalogue: Catalogue, withPrograms = false): Promise<Inspector> {
  const factors = factorsOf(catalogue);
  const inspector = new Inspector(catalogue);
  const contents = new Contents();
  for (const row of product(factors.map((factor) => (factor.id === 'tool' ? factor.levels.length : 1))))
    inspector.inspect(renderCase(caseOf(row, factors, catalogue), catalogue, contents));
  if (withPrograms) await inspector.finish();
  return inspector;
}

const problemsOf = (inspector: Inspector): string[] =>
  CHECKS.flatMap((check) => inspector.problems(check).map((problem) => `${check}: ${problem}`));

describe('a planted fault', () => {
  it('is the only fault, because the unchanged catalog has none', async () => {
    expect(problemsOf(await inspectAll(createCatalogue(source(CLEAN)), true))).toEqual([]);
  });

  it.each(FAULTS)('fails the check $check: $what', async ({ check, change: [key, edit], says }) => {
    const inspector = await inspectAll(
      createCatalogue(source({ ...CLEAN, [key]: edit(CLEAN[key]!) })),
      ['hcl', 'shell', 'make'].includes(check),
    );
    if (inspector.skipped.some((skipped) => skipped.startsWith(`${check}:`))) return;
    expect(inspector.problems(check).join('\n')).toMatch(says);
  });

  it('exists for every check', () => {
    // declarations.test.ts shows that the checks of declarations can fail.
    const planted = CHECKS.filter((check) => !DECLARATIONS.includes(check));
    expect([...new Set(FAULTS.map((fault) => fault.check))].sort()).toEqual(planted.sort());
  });

  it.each([
    [
      'a variable that does not exist',
      '<%= project.nmae %>',
      /README\.md\.ejs.*there is no project\.nmae; there are name/s,
    ],
    ['a variable that nobody declared', '<%= nmae %>', /README\.md\.ejs.*nmae is not defined/s],
    ['a value that is missing', '<%= model %>', /README\.md\.ejs.*missing/s],
    ['a slot that the part does not read', "<%= slots['docs'].length %>", /README\.md\.ejs.*there is no slots\.docs/s],
  ])('stops the rendering with its name: %s', async (_, tag, says) => {
    const texts = { ...CLEAN, [at('README.md.ejs')]: `${CLEAN[at('README.md.ejs')]}\n${tag}\n` };
    await expect(inspectAll(createCatalogue(source(texts)))).rejects.toThrow(says);
  });

  it('is reported for a module that writes files without a declared trace', async () => {
    expect((await inspectAll(createCatalogue(source(CLEAN)))).traces.silent()).toEqual({
      empty: ['tool/none'],
      faulty: [],
    });
    expect((await inspectAll(createCatalogue(source(CLEAN, [])))).traces.silent()).toEqual({
      empty: ['tool/none'],
      faulty: ['tool/acme'],
    });
  });

  it.each([
    ['has files and no page', {}, /tool\/acme has files in tools\/ and no page/],
    [
      'names a missing page',
      { contributes: () => [docs('docs/acme.md', { title: 'Acme' }), docs('docs/none.md', { title: 'None' })] },
      /it names docs\/none\.md/,
    ],
    ['gives no reason', { why: '' }, /tool\/acme does not give the reason for the option/],
    [
      'draws a box that nothing leads to',
      { contributes: () => [diagramNode('lone', { title: 'Lone', group: 'data', shape: 'store' })] },
      /no arrow leads to or from lone/,
    ],
    [
      'draws an arrow to nowhere',
      { contributes: () => [diagramEdge('rows nowhere', { label: 'lost' })] },
      /the arrow rows nowhere has an end that is no box/,
    ],
  ])('is reported for a module that %s', async (_, acme, says) => {
    expect(
      (await inspectAll(createCatalogue(source(CLEAN, ['acme = 1'], acme)))).problems('documentation').join('\n'),
    ).toMatch(says);
  });

  it('is reported for a file that no stack renders', async () => {
    const catalogue = createCatalogue(source(CLEAN));
    const inspector = new Inspector(catalogue);
    expect(inspector.unused(catalogue)).toContain('tool/acme/files/tools/acme.ini');
    expect((await inspectAll(catalogue)).unused(catalogue)).toEqual([]);
  });
});
