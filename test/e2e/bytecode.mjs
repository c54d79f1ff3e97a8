// Shares compiled Python modules between the virtual environments of a run. Without it, each environment compiles several
// thousand modules again.
//   node bytecode.mjs use <environment> <store>    links modules of the store that the environment has not compiled
//   node bytecode.mjs keep <environment> <store>   links modules of the environment that the store lacks
// uv links the sources of all environments to the files of its cache, so the inode of a source identifies its content.
// The time and the size of a source, which Python compares, can be equal in two versions of a package. Where uv copies
// the sources, nothing is shared.
import { existsSync, linkSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The folders of installed packages in a virtual environment. */
const sitesOf = (environment) => {
  const lib = join(environment, 'lib');
  const sites = existsSync(lib) ? readdirSync(lib).map((version) => join(lib, version, 'site-packages')) : [];
  return sites.filter((site) => existsSync(site));
};

/** The files below a folder whose name ends with `end`. */
function* filesOf(folder, end) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesOf(path, end);
    else if (entry.name.endsWith(end)) yield path;
  }
}

/** The folder of the store for the compiled modules of a source; undefined if the source is missing. */
function folderOf(store, source) {
  const found = statSync(source, { throwIfNoEntry: false });
  return found && join(store, `${found.dev}-${found.ino}`);
}

function link(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  try {
    linkSync(from, to);
  } catch (error) {
    // Another process was faster, or the store is on another file system.
    if (!['EEXIST', 'EXDEV'].includes(error.code)) throw error;
  }
}

/** Gives an environment the compiled modules of the store. */
export function useBytecode(environment, store) {
  for (const site of sitesOf(environment))
    for (const source of filesOf(site, '.py')) {
      const folder = folderOf(store, source);
      if (folder && existsSync(folder))
        for (const name of readdirSync(folder)) link(join(folder, name), join(dirname(source), '__pycache__', name));
    }
}

/** Gives the store the compiled modules of an environment. */
export function keepBytecode(environment, store) {
  for (const site of sitesOf(environment))
    for (const path of filesOf(site, '.pyc')) {
      const name = basename(path);
      const folder = folderOf(store, join(dirname(dirname(path)), `${name.split('.')[0]}.py`));
      if (folder) link(path, join(folder, name));
    }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [word, environment, store] = process.argv.slice(2);
  ({ use: useBytecode, keep: keepBytecode })[word](environment, store);
}
