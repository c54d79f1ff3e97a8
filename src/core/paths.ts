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

/**
 * Says why a repository must not be in a folder, or returns undefined. The commands of a repository put its absolute
 * path into a shell, into PATH and into URLs of databases, where these characters have a meaning of their own.
 */
export function whyUnusableFolder(path: string, platform: NodeJS.Platform = process.platform): string | undefined {
  const text = platform === 'win32' ? path.replace(/^[a-zA-Z]:/, '').replaceAll('\\', '/') : path;
  // Node.js reads each byte that is no text as this character, so a command would work in another folder.
  if (text.includes('\ufffd')) return 'its path holds a byte that is no UTF-8 text';
  if (text.split('/').includes('.git')) return 'it is inside a folder that belongs to git';
  const found = /[$"'`\\?:#\x00-\x1f\x7f]/.exec(text)?.[0];
  if (found === undefined) return undefined;
  return `its path holds ${JSON.stringify(found)}, which the shell, PATH or a URL of a database reads as its own`;
}
