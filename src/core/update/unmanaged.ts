import picomatch from 'picomatch';

/** Matches the paths that the user listed under `unmanaged`. */
export function unmanagedMatcher(globs: readonly string[]): (path: string) => boolean {
  return globs.length > 0 ? picomatch([...globs], { dot: true }) : () => false;
}
