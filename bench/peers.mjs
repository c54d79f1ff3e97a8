// Other scaffolders: how to install each of them, and the command that creates a project with it.
import { cpSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { countFiles, must } from './processes.mjs';

/**
 * Each peer has its installation and the command that creates a project. A failed installation becomes a row with the
 * reason.
 */
export function peers(work, sample, once) {
  const npm = join(work, 'npm');
  const venv = join(work, 'venv');
  const python = (name) => join(venv, 'bin', name);
  const list = [
    {
      name: 'create-vite react-ts',
      install: () => must('npm', ['install', '--prefix', npm, '--no-save', 'create-vite']),
      row: (target) => ({
        command: 'node',
        args: [
          join(npm, 'node_modules/create-vite/index.js'),
          'out-vite',
          '--template',
          'react-ts',
          '--no-interactive',
        ],
        target,
      }),
      out: 'out-vite',
    },
    {
      name: 'create-better-t-stack (with a polyfill on Node 20)',
      install: () => {
        must('npm', ['install', '--prefix', npm, '--no-save', 'create-better-t-stack', 'create-vite']);
        writeFileSync(
          join(work, 'polyfill.mjs'),
          'Set.prototype.union ??= function (other) { return new Set([...this, ...other.keys()]); };\n',
        );
      },
      row: (target) => ({
        command: 'node',
        args: [
          '--import',
          join(work, 'polyfill.mjs'),
          join(npm, 'node_modules/create-better-t-stack/dist/cli.mjs'),
          'out-bts',
          '--yes',
          '--no-install',
          '--no-git',
        ],
        target,
      }),
      out: 'out-bts',
    },
    {
      name: 'copier copy',
      install: () => (pip(venv, 'copier'), copierTemplate(work, sample)),
      row: (target) => ({
        command: python('copier'),
        args: ['copy', '--defaults', '--quiet', join(work, 'copier-template'), target],
        target,
      }),
      out: 'out-copier',
    },
    {
      name: 'cookiecutter',
      install: () => (pip(venv, 'cookiecutter'), cookieTemplate(work, sample)),
      row: (target) => ({
        command: python('cookiecutter'),
        args: ['--no-input', join(work, 'cookie-template')],
        target,
      }),
      out: 'out-cookie',
    },
    {
      name: 'kedro new',
      install: () => pip(venv, 'kedro'),
      row: (target) => ({
        command: python('kedro'),
        args: ['new', '--name', 'out-kedro', '--tools', 'none', '--example', 'n', '--telemetry', 'no'],
        target,
      }),
      out: 'out-kedro',
    },
  ];
  return list.map((peer) => {
    try {
      peer.install();
      const row = { name: peer.name, options: { cwd: work }, ...peer.row(join(work, peer.out)) };
      once(row);
      return { ...row, files: countFiles(join(work, peer.out)) };
    } catch (error) {
      return { name: peer.name, why: error.message };
    }
  });
}

/**
 * `copier update` on a template of the same size. The template has two versions in git. The second version contains the
 * change that a swap of one tool makes. Each round starts with a project of the first version.
 */
export function copierUpdates(work, sample, swapped) {
  const copier = join(work, 'venv', 'bin', 'copier');
  const template = join(work, 'copier-versions');
  const git = (cwd, ...words) =>
    must('git', ['-c', 'user.name=bench', '-c', 'user.email=bench@example.com', ...words], { cwd });
  const release = (from, version) => {
    for (const name of existsSync(template) ? readdirSync(template).filter((entry) => entry !== '.git') : [])
      rmSync(join(template, name), { recursive: true });
    cpSync(from, template, { recursive: true });
    writeFileSync(join(template, 'copier.yml'), '_exclude: [copier.yml, .git]\n');
    writeFileSync(join(template, '{{ _copier_conf.answers_file }}.jinja'), '{{ _copier_answers|to_nice_yaml }}');
    if (!existsSync(join(template, '.git'))) git(template, 'init', '--quiet');
    git(template, 'add', '--all');
    git(template, 'commit', '--quiet', '--message', version);
    git(template, 'tag', version);
  };
  release(sample, 'v1');
  const made = join(work, 'copier-made');
  must(copier, ['copy', '--defaults', '--quiet', '--vcs-ref', 'v1', template, made]);
  git(made, 'init', '--quiet');
  git(made, 'add', '--all');
  git(made, 'commit', '--quiet', '--message', 'made');
  release(swapped, 'v2');
  const row = (name, version) => {
    const target = join(work, `copier-${version}`);
    return {
      name,
      command: copier,
      args: ['update', '--defaults', '--quiet', '--vcs-ref', version, target],
      target,
      prepare: () => cpSync(made, target, { recursive: true }),
    };
  };
  return [row('copier update, nothing changed', 'v1'), row('copier update, one tool swapped', 'v2')];
}

function pip(venv, name) {
  if (!existsSync(venv)) must('python3', ['-m', 'venv', venv]);
  must(join(venv, 'bin/pip'), ['install', '--quiet', name]);
}

/** Every template engine writes the same files as this command. */
function copierTemplate(work, sample) {
  const dir = join(work, 'copier-template');
  cpSync(sample, dir, { recursive: true });
  writeFileSync(join(dir, 'copier.yml'), '_exclude: [copier.yml]\n');
}

function cookieTemplate(work, sample) {
  const dir = join(work, 'cookie-template');
  cpSync(sample, join(dir, '{{cookiecutter.name}}'), { recursive: true });
  writeFileSync(join(dir, 'cookiecutter.json'), '{"name": "out-cookie", "_copy_without_render": ["*"]}\n');
}
