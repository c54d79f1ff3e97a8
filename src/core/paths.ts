import { isWindowsDevice } from './names.ts';

/**
 * Says why a path inside a generated repository must not be written, or returns undefined. Paths use `/` on every
 * system.
 */
export function whyUnsafePath(path: string): string | undefined {
  if (path === '') return 'it is empty';
  if (path.includes('\0')) return 'it holds a NUL byte';
  if (path.includes('\\')) return 'it holds a backslash';
  if (path.startsWith('/') || /^[a-zA-Z]:/.test(path)) return 'it is absolute';
  for (const part of path.split('/')) {
    if (part === '' || part === '.' || part === '..') return 'it holds an empty, "." or ".." step';
    // Git's own folder contains hooks that are run. `git~1` is its short name on Windows.
    if (/^(\.git|git~1)$/i.test(part)) return `${part} belongs to git`;
    if (isWindowsDevice(part)) return `${part} is a device name on Windows`;
    if (/[<>:"|?*]/.test(part) || /[. ]$/.test(part)) return `${part} is not a valid file name on Windows`;
  }
  return undefined;
}
