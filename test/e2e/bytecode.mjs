// Shares compiled Python modules between the virtual environments of a run. Without it, each environment compiles several
// thousand modules again.
//   node bytecode.mjs use <environment> <store>    links modules of the store that the environment has not compiled
//   node bytecode.mjs keep <environment> <store>   links modules of the environment that the store lacks
// Python uses a compiled module only if the time and the size of its source equal those of the compilation. uv links the
// sources of all environments to the same files. So a module of another version is compiled again.
import { existsSync, linkSync, mkdirSync, readdirSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The folders of installed packages in a virtual environment. */
const sitesOf = (environment) => {
  const lib = join(environment, 'lib');
  return existsSync(lib)
    ? readdirSync(lib)
        .map((version) => ({ version, site: join(lib, version, 'site-packages') }))
        .filter(({ site }) => existsSync(site))
    : [];
};

/** Compiled modules below a folder, as paths relative to it. */
function compiled(folder) {
  const found = [];
  const walk = (dir) => {
    for (const entry of readdirSync(dir, { withFileTypes: true }))
      if (entry.isDirectory()) walk(join(dir, entry.name));
      else if (entry.name.endsWith('.pyc')) found.push(relative(folder, join(dir, entry.name)));
  };
  if (existsSync(folder)) walk(folder);
  return found;
}

const sourceOf = (path) => join(dirname(dirname(path)), `${basename(path).split('.')[0]}.py`);

function linkMissing(from, to, isWanted) {
  for (const path of compiled(from)) {
    const target = join(to, path);
    if (existsSync(target) || !isWanted(path)) continue;
    mkdirSync(dirname(target), { recursive: true });
    try {
      linkSync(join(from, path), target);
    } catch (error) {
      // Another process was faster, or the store is on another file system.
      if (!['EEXIST', 'EXDEV'].includes(error.code)) throw error;
    }
  }
}

/**
 * Gives an environment the compiled modules of the store. A folder that belongs to no installed package is not created,
 * because Python would import it as a package.
 */
export function useBytecode(environment, store) {
  for (const { version, site } of sitesOf(environment))
    linkMissing(join(store, version), site, (path) => existsSync(join(site, sourceOf(path))));
}

/** Gives the store the compiled modules of an environment. */
export function keepBytecode(environment, store) {
  for (const { version, site } of sitesOf(environment)) linkMissing(site, join(store, version), () => true);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [word, environment, store] = process.argv.slice(2);
  ({ use: useBytecode, keep: keepBytecode })[word](environment, store);
}
