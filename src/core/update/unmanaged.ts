import picomatch from 'picomatch';

/** Whether a path is one that the user took out of the generator's hands. */
export const isUnmanaged = (path: string, globs: readonly string[]): boolean => globs.length > 0 && picomatch([...globs], { dot: true })(path);
