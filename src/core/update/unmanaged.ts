import picomatch from 'picomatch';

/** Tells the paths that the user took out of the generator's hands. */
export function unmanagedMatcher(globs: readonly string[]): (path: string) => boolean {
  return globs.length > 0 ? picomatch([...globs], { dot: true }) : () => false;
}
