import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { OutputFile, Stack } from '../stacks.ts';
import { type Fault, type FileCheck, memo, type StackCheck } from './check.ts';
import { readYaml } from './syntax.ts';

/** Files with a published schema, and the names inside them that refer to something else. */

const KINDS = [
  { schema: 'github-workflows', matches: /^\.github\/workflows\/[^/]+\.ya?ml$/ },
  { schema: 'github-actions', matches: /^\.github\/actions\/.*action\.ya?ml$/ },
  { schema: 'dependabot', matches: /^\.github\/dependabot\.ya?ml$/ },
  { schema: 'gitlab-ci', matches: /^\.gitlab-ci\.ya?ml$|(^|\/)\.?gitlab\/.*\.ya?ml$/ },
  { schema: 'compose-spec', matches: /(^|\/)(docker-)?compose(\.[\w-]+)?\.ya?ml$|^deploy\/compose\/[^/]+\.ya?ml$/ },
] as const;
type Kind = (typeof KINDS)[number]['schema'];

export const kindOf = (path: string): Kind | undefined => KINDS.find(({ matches }) => matches.test(path))?.schema;

const validators = new Map<Kind, ValidateFunction>();

function validatorOf(kind: Kind): ValidateFunction {
  let validate = validators.get(kind);
  if (!validate) {
    const schema = JSON.parse(readFileSync(join(import.meta.dirname, `../../schemas/${kind}.json`), 'utf8')) as {
      $schema: string;
    };
    // Published schemas use keywords and formats of editors.
    const options = { strict: false, validateFormats: false, allErrors: true };
    validate = (schema.$schema.includes('2020') ? new Ajv2020(options) : new Ajv(options)).compile(schema);
    validators.set(kind, validate);
  }
  return validate;
}

const schemas: FileCheck = {
  name: 'schemas',
  accepts: (file) => kindOf(file.path) !== undefined,
  key: (file) => kindOf(file.path)!,
  find: (text, file) => {
    const validate = validatorOf(kindOf(file.path)!);
    return readYaml(text).flatMap((document) => {
      if (document.errors.length > 0 || validate(document.toJS())) return [];
      // The branches of an anyOf repeat the same errors. The deepest locations are the nearest to the cause.
      const errors = [...(validate.errors ?? [])].sort((a, b) => b.instancePath.length - a.instancePath.length);
      return errors
        .slice(0, 3)
        .map((error) => `${error.instancePath || '/'} ${error.message} ${JSON.stringify(error.params)}`);
    });
  },
};

type Tree = Record<string, unknown>;
const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);
const tree = (value: unknown): Tree => (isTree(value) ? value : {});
const words = (value: unknown): string[] => [value].flat().filter((word) => typeof word === 'string');

const content = memo((text): Tree => {
  const document = readYaml(text)[0];
  return document && document.errors.length === 0 ? tree(document.toJS()) : {};
});
const filesOf = (stack: Stack, kind: Kind): OutputFile[] =>
  [...stack.files.values()].filter((file) => kindOf(file.path) === kind);

function github(stack: Stack): Fault[] {
  return [...filesOf(stack, 'github-workflows')].flatMap((file) => {
    const jobs = tree(content(file)!['jobs']);
    return Object.entries(jobs).flatMap(([id, job]): Fault[] => {
      const needs = words(tree(job)['needs']).filter((name) => !(name in jobs));
      const steps = (tree(job)['steps'] as unknown[] | undefined) ?? [];
      const local = [tree(job)['uses'], ...steps.map((step) => tree(step)['uses'])]
        .flatMap(words)
        .filter((uses) => uses.startsWith('./') && !stack.paths.has(uses.slice(2)));
      return [
        ...needs.map((name) => `job ${id} needs ${name}, which is no job`),
        ...local.map((uses) => `job ${id} uses ${uses}, which does not exist`),
      ].map((message) => ({ path: file.path, message }));
    });
  });
}

const NO_JOBS = new Set([
  'stages',
  'variables',
  'default',
  'include',
  'workflow',
  'image',
  'services',
  'cache',
  'before_script',
  'after_script',
  'pages',
  'spec',
]);

function gitlab(stack: Stack): Fault[] {
  const files = filesOf(stack, 'gitlab-ci');
  const all: Tree = Object.assign({}, ...files.map((file) => content(file)!));
  const stages = new Set([
    ...words(all['stages']),
    '.pre',
    '.post',
    ...(all['stages'] ? [] : ['build', 'test', 'deploy']),
  ]);
  const at = (value: unknown, key: string): string[] =>
    [value].flat().flatMap((item) => (typeof item === 'string' ? [item] : words(tree(item)[key])));
  return files.flatMap((file) => {
    const own = content(file)!;
    const { folder } = stack.plan.stack.project;
    // GitLab looks from the root of the git repository.
    const here = (path: string): string => path.replace(/^\//, '').replace(folder && `${folder}/`, '');
    const include = at(own['include'], 'local').filter(
      (path) =>
        !path.includes('*') &&
        !/^https?:/.test(path) &&
        !(path.replace(/^\//, '').startsWith(folder) && stack.paths.has(here(path))),
    );
    const faults = include.map((path) => `includes ${path}, which does not exist`);
    for (const [id, job] of Object.entries(own)) {
      if (NO_JOBS.has(id) || !isTree(job)) continue;
      faults.push(
        ...[...at(job['needs'], 'job'), ...words(job['dependencies'])]
          .filter((name) => !(name in all))
          .map((name) => `job ${id} needs ${name}, which is no job`),
      );
      faults.push(
        ...words(job['extends'])
          .filter((name) => !(name in all))
          .map((name) => `job ${id} extends ${name}, which does not exist`),
      );
      faults.push(
        ...words(job['stage'])
          .filter((name) => !stages.has(name))
          .map((name) => `job ${id} is in the stage ${name}, which is not listed`),
      );
    }
    return faults.map((message) => ({ path: file.path, message }));
  });
}

function compose(stack: Stack): Fault[] {
  const files = filesOf(stack, 'compose-spec');
  const services = new Set(files.flatMap((file) => Object.keys(tree(content(file)!['services']))));
  return files.flatMap((file) => {
    const own = content(file)!;
    const from = (path: string): string =>
      posix.normalize(posix.join(posix.dirname(file.path), path)).replace(/\/$/, '');
    const include = [own['include']]
      .flat()
      .flatMap((item) => (typeof item === 'string' ? [item] : words(tree(item)['path'])));
    const faults = include
      .filter((path) => !stack.paths.has(from(path)))
      .map((path) => `includes ${path}, which does not exist`);
    for (const [name, service] of Object.entries(tree(own['services']))) {
      const needs = tree(service)['depends_on'];
      faults.push(
        ...(Array.isArray(needs) ? words(needs) : Object.keys(tree(needs)))
          .filter((other) => !services.has(other))
          .map((other) => `service ${name} depends on ${other}, which is none`),
      );
    }
    return faults.map((message) => ({ path: file.path, message }));
  });
}

/**
 * The modules of Kustomize, Prometheus and others check their own files. No package can validate these three kinds of
 * files offline.
 */
const references: StackCheck = {
  name: 'references',
  find: (stack) => [...github(stack), ...gitlab(stack), ...compose(stack)],
};

export const SCHEMA_CHECKS = { file: schemas, stack: references };
