import type * as nodeFs from 'node:fs';
import { dirname, join } from 'node:path';
import { q } from '../core/quote.ts';

/** A formatter that the user configured for a type of files, and its command for some of them. */
export type Formatter = {
  readonly files: RegExp;
  readonly command: (paths: readonly string[]) => string;
};

type Known = {
  readonly files: RegExp;
  readonly program: string;
  /** The names of its config files. */
  readonly configs: RegExp;
  /** A file that can also hold its config, and the text of that config. */
  readonly section?: readonly [file: string, text: RegExp];
};

const YAML = /\.ya?ml$/;
const MARKDOWN = /\.md$/;

/** The first one that a repository configures formats a file. */
const KNOWN: readonly Known[] = [
  {
    files: /\.(?:md|ya?ml|json)$/,
    program: 'npx prettier --write',
    configs: /^(?:\.prettierrc(?:\.(?:json5?|ya?ml|toml|[cm]?[jt]s))?|prettier\.config\.[cm]?[jt]s)$/,
    section: ['package.json', /^\s*"prettier"\s*:/m],
  },
  { files: /\.json$/, program: 'npx biome format --write', configs: /^\.?biome\.jsonc?$/ },
  { files: YAML, program: 'yamlfmt', configs: /^\.?yamlfmt(?:\.ya?ml)?$/ },
  { files: MARKDOWN, program: 'mdformat', configs: /^\.mdformat\.toml$/ },
  { files: /\.toml$/, program: 'taplo format', configs: /^\.?taplo\.toml$/ },
  { files: /\.(?:md|json|toml)$/, program: 'dprint fmt', configs: /^\.?dprint\.jsonc?$/ },
  { files: /\.py$/, program: 'black', configs: /^$/, section: ['pyproject.toml', /^\[tool\.black\]/m] },
];

/** Every generated repository has a formatter for Python, with its settings in pyproject.toml. */
const OWN: Formatter = { files: /\.py$/, command: () => 'make format' };

/**
 * The formatters whose config files are in a folder or in a folder above it, up to the root of the git repository, in
 * the order of their precedence.
 */
export function findFormatters(
  dir: string,
  fs: Pick<typeof nodeFs, 'readdirSync' | 'readFileSync' | 'existsSync'>,
): Formatter[] {
  const folders = [dir];
  while (!fs.existsSync(join(folders.at(-1)!, '.git')) && dirname(folders.at(-1)!) !== folders.at(-1))
    folders.push(dirname(folders.at(-1)!));
  // Without a git repository, a folder above can belong to something else.
  const searched = fs.existsSync(join(folders.at(-1)!, '.git')) ? folders : [dir];
  const names = searched.map((folder) => fs.readdirSync(folder));
  const isConfigured = ({ configs, section }: Known): boolean =>
    searched.some((folder, index) => {
      const here = names[index]!;
      if (here.some((name) => configs.test(name))) return true;
      if (!section || !here.includes(section[0])) return false;
      return section[1].test(fs.readFileSync(join(folder, section[0]), 'utf8'));
    });
  return [
    ...KNOWN.filter(isConfigured).map(({ files, program }) => ({
      files,
      command: (paths: readonly string[]) => [program, ...paths.map((path) => q.shell(path))].join(' '),
    })),
    OWN,
  ];
}

/** The commands that format some files, one for each formatter. Files without a configured formatter have none. */
export function formatCommands(formatters: readonly Formatter[], paths: readonly string[]): string[] {
  const left = new Set(paths);
  return formatters.flatMap(({ files, command }) => {
    const own = [...left].filter((path) => files.test(path)).sort();
    for (const path of own) left.delete(path);
    return own.length > 0 ? [command(own)] : [];
  });
}
