import * as z from 'zod';
import { CONFIG_FILE } from './config-file.ts';
import { type Problem, UserError } from './errors.ts';
import { type EntryState, LOCK_SCHEMA, type Lock, type LockEntry, STATE_DIR } from './lock.ts';
import { MIGRATIONS, migrateLock } from './migrations.ts';
import { whyUnsafePath } from './paths.ts';
import { compareReleases, RELEASE } from './versions.ts';

const words = z.record(z.string(), z.unknown());
const entry = z.strictObject({
  path: z.string(),
  source: z.string().min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'it is not a SHA-256 hash'),
  state: z.enum(['managed', 'kept', 'deleted']),
  owner: z.enum(['managed', 'tuned', 'starter']),
  executable: z.literal(true).optional(),
  kept: z.string().optional(),
  followed: z.literal(true).optional(),
});
const head = z.object({
  schema: z.int().positive(),
  generator: z.string().regex(RELEASE, 'it is not a release version'),
});
const lock = z.strictObject({
  ...head.shape,
  config: z.strictObject({
    name: z.string(),
    choices: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
    models: z.array(z.strictObject({ name: z.string(), choices: z.record(z.string(), z.string()) })),
    environments: z.array(z.string()),
    settings: z.record(z.string(), words),
    unmanaged: z.array(z.string()),
    trunk: z.string().optional(),
    folder: z.string().optional(),
    owners: z.array(z.string()).optional(),
  }),
  settings: z.record(z.string(), words),
  entries: z.array(entry),
});

const RESTORE = `Restore the last committed version: git restore ${STATE_DIR}`;
const AFTER_MERGE = 'Finish the merge, also of the generated files: create-mlops-stack update --resolve';

/**
 * Reads the text of a lock and trusts nothing in it: it checks the shape, hashes, every path, and that no two files are
 * one on a disk that ignores case. `version` is the running release. Throws a UserError: E-LOCK, or E-LOCK-NEWER for a
 * lock of a later release or format. All problems of one kind are reported together, each with its line. A lock of an
 * older release is migrated.
 */
export function readLock(
  text: string,
  version: string,
  file = `${STATE_DIR}/lock.json`,
  migrations = MIGRATIONS,
): Lock {
  const value = parse(text, file);
  const fail = (problems: readonly Problem[]): never => {
    throw new UserError(
      'E-LOCK',
      problems.slice(0, 10).map((problem) => ({ file, ...problem })),
      RESTORE,
    );
  };
  const start = head.safeParse(value);
  if (!start.success) return fail(shapeProblems(start.error, value, text));
  verifyAge(start.data, version, file);
  const whole = lock.safeParse(value);
  if (!whole.success) return fail(shapeProblems(whole.error, value, text));
  const problems = whole.data.entries.flatMap((item) => pathProblems(item, text));
  if (problems.length > 0) return fail(problems);
  const twins = findTwins(whole.data.entries, text);
  if (twins.length > 0) return fail(twins);
  return migrateLock(whole.data as Lock, migrations);
}

function parse(text: string, file: string): unknown {
  const marker = /^(<{7}|\|{7}|={7}|>{7})( |\r?$)/m.exec(text);
  if (marker)
    throw new UserError(
      'E-LOCK',
      [{ file, line: lineAt(text, marker.index), message: 'it contains merge conflict markers.' }],
      AFTER_MERGE,
    );
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    const { message } = error as Error;
    const at = /position (\d+)/.exec(message);
    const isCut = /end of JSON|Unterminated/.test(message) || Number(at?.[1]) >= text.trimEnd().length;
    throw new UserError(
      'E-LOCK',
      [
        {
          file,
          ...(isCut ? { line: lineAt(text, text.trimEnd().length) } : at && { line: lineAt(text, Number(at[1])) }),
          message: isCut ? 'it is truncated.' : 'it is not JSON.',
        },
      ],
      RESTORE,
    );
  }
}

function verifyAge({ schema, generator }: z.infer<typeof head>, version: string, file: string): void {
  const fail = (message: string): never => {
    throw new UserError(
      'E-LOCK-NEWER',
      [{ file, message }],
      `Use the version that the lock names: npx create-mlops-stack@${generator} update`,
    );
  };
  if (schema > LOCK_SCHEMA)
    fail(
      `its format is ${schema}, written by ${generator}; this version, ${version}, knows formats up to ${LOCK_SCHEMA}.`,
    );
  if (compareReleases(generator, version) > 0) fail(`it was written by ${generator}, and this is ${version}.`);
}

function shapeProblems(error: z.ZodError, value: unknown, text: string): Problem[] {
  return error.issues.map(({ path, message }) => {
    const [list, index] = path;
    const row =
      list === 'entries' && typeof index === 'number'
        ? (value as { entries: { path?: unknown }[] }).entries[index]
        : undefined;
    const name = typeof row?.path === 'string' ? row.path : undefined;
    const what = path.length === 0 ? 'the lock' : path.join('.');
    return {
      ...(name !== undefined && { line: lineOf(text, name) }),
      key: path.join('.'),
      message: `${what}${name === undefined ? '' : ` (${JSON.stringify(name)})`} is not valid: ${message}.`,
    };
  });
}

function whyBadKept(kept: string, state: EntryState): string | undefined {
  if (state !== 'kept') return `its state is ${state}`;
  return whyUnsafePath(kept) ?? (kept.startsWith('kept/') ? undefined : 'it is not below kept/');
}

function pathProblems({ path, state, kept }: LockEntry, text: string): Problem[] {
  const why = whyUnsafePath(path) ?? (isOwn(path) ? 'it belongs to the generator' : undefined);
  const whyKept = kept === undefined ? undefined : whyBadKept(kept, state);
  return [
    ...(why
      ? [
          {
            line: lineOf(text, path),
            value: path,
            message: `the path ${JSON.stringify(path)} must not be written: ${why}.`,
          },
        ]
      : []),
    ...(whyKept
      ? [
          {
            line: lineOf(text, path),
            value: kept,
            message: `${JSON.stringify(path)} cannot be kept at ${JSON.stringify(kept)}: ${whyKept}.`,
          },
        ]
      : []),
  ];
}

const isOwn = (path: string): boolean =>
  path.toLowerCase() === CONFIG_FILE || path.toLowerCase().split('/')[0] === STATE_DIR;

/**
 * Two managed files that are one on a disk that ignores case, two kept files in one place, or two entries of one file
 * and source.
 */
function findTwins(entries: readonly LockEntry[], text: string): Problem[] {
  const seen = new Map<string, LockEntry>();
  return entries.flatMap((item) => {
    const keys = [
      `${item.state === 'managed' ? 'managed' : `${item.state} ${item.source}`} ${item.path.toLowerCase()}`,
      `key ${item.source} ${item.path}`,
      ...(item.kept === undefined ? [] : [`place ${item.kept.toLowerCase()}`]),
    ];
    const other = keys.map((key) => seen.get(key)).find((found) => found !== undefined);
    for (const key of keys) seen.set(key, item);
    if (!other) return [];
    const both = `${JSON.stringify(other.path)} and ${JSON.stringify(item.path)}`;
    let why = `${both} differ only in case`;
    if (other.path === item.path) why = `${JSON.stringify(item.path)} is listed twice`;
    else if (other.kept !== undefined && other.kept.toLowerCase() === item.kept?.toLowerCase())
      why = `${both} are kept at one path`;
    return [{ line: lineOf(text, item.path), value: item.path, message: `${why}.` }];
  });
}

/** Line of the last mention of a path, counted from 1. */
const lineOf = (text: string, path: string): number | undefined => {
  const at = text.lastIndexOf(`"path":${JSON.stringify(path)}`);
  return at < 0 ? undefined : lineAt(text, at);
};
const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;
