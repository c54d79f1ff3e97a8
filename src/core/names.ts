import { INSTALLED_PACKAGES } from './installed-packages.ts';

/** Keywords of Python 3.11 to 3.13, in lower case. */
const KEYWORDS = words(`
  and as assert async await break case class continue def del elif else except false finally for from global if import
  in is lambda match none nonlocal not or pass raise return true try while with yield
`);

/** Top-level modules of the standard library of Python 3.11 to 3.13: sys.stdlib_module_names, `test`, and pip. */
const STANDARD_MODULES = words(`
  abc aifc antigravity argparse array ast asynchat asyncio asyncore atexit audioop base64 bdb binascii bisect builtins
  bz2 calendar cgi cgitb chunk cmath cmd code codecs codeop collections colorsys compileall concurrent configparser
  contextlib contextvars copy copyreg crypt csv ctypes curses dataclasses datetime dbm decimal difflib dis distutils
  doctest email encodings ensurepip enum errno faulthandler fcntl filecmp fileinput fnmatch fractions ftplib functools
  gc genericpath getopt getpass gettext glob graphlib grp gzip hashlib heapq hmac html http idlelib imaplib imghdr imp
  importlib inspect io ipaddress itertools json keyword lib2to3 linecache locale logging lzma mailbox mailcap marshal
  math mimetypes mmap modulefinder msilib msvcrt multiprocessing netrc nis nntplib nt ntpath nturl2path numbers opcode
  operator optparse os ossaudiodev pathlib pdb pickle pickletools pip pipes pkgutil platform plistlib poplib posix
  posixpath pprint profile pstats pty pwd py_compile pyclbr pydoc pydoc_data pyexpat queue quopri random re readline
  reprlib resource rlcompleter runpy sched secrets select selectors shelve shlex shutil signal site smtpd smtplib
  sndhdr socket socketserver spwd sqlite3 sre_compile sre_constants sre_parse ssl stat statistics string stringprep
  struct subprocess sunau symtable sys sysconfig syslog tabnanny tarfile telnetlib tempfile termios test textwrap this
  threading time timeit tkinter token tokenize tomllib trace traceback tracemalloc tty turtle turtledemo types typing
  unicodedata unittest urllib uu uuid venv warnings wave weakref webbrowser winreg winsound wsgiref xdrlib xml xmlrpc
  zipapp zipfile zipimport zlib zoneinfo
`);

/** Device names that Windows reserves in every folder, with any extension. */
const WINDOWS_DEVICES = words(
  'con prn aux nul com1 com2 com3 com4 com5 com6 com7 com8 com9 lpt1 lpt2 lpt3 lpt4 lpt5 lpt6 lpt7 lpt8 lpt9',
);

/** Top-level folders of a generated repository, which Python would import instead of the package in some commands. */
const OWN_FOLDERS = words('pipelines tests src runs docs deploy config params monitoring scripts');

/**
 * Folders of `.mlops/` that the environment `local` uses. Each other environment has a folder of its own name there.
 */
const LOCAL_FOLDERS = words('carried demo drift policies registry rollout runs tracking');

/** `docker tag` refuses it: it is the name of the empty base image. */
const EMPTY_IMAGE = 'scratch';

/** The name of a project if neither the config nor a flag gives one. */
export const DEFAULT_NAME = 'my-project';

/** The largest number of characters in a name. */
const LONGEST = 40;
const NAME = /^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/;

/** The Python form of a name. */
export const packageName = (name: string): string => name.replaceAll('-', '_');

export const isWindowsDevice = (name: string): boolean => WINDOWS_DEVICES.has(name.toLowerCase().split('.')[0]!);

/** Returns the reason why the name of a model is not valid, or undefined. */
export function whyBadName(name: string): string | undefined {
  if (name === '') return 'it is empty';
  if (name.length > LONGEST) return `it has ${name.length} characters, and the limit is ${LONGEST}`;
  if (!NAME.test(name))
    return 'it must start with a letter a-z, hold only a-z, 0-9 and "-", and end with a letter or digit';
  if (isWindowsDevice(name)) return 'Windows reserves it for a device';
  if (KEYWORDS.has(packageName(name))) return 'its package name is a Python keyword';
  return undefined;
}

/** Returns the reason why the name of an environment is not valid, or undefined. */
export function whyBadEnvironmentName(name: string): string | undefined {
  if (LOCAL_FOLDERS.has(name)) return `the environment local has the folder .mlops/${name}`;
  return whyBadName(name);
}

/**
 * Returns the reason why the name of a project is not valid, or undefined. Its package is imported by its own name, so
 * the name must not be taken. `installed`: further packages that the stack installs.
 */
export function whyBadProjectName(name: string, installed: ReadonlySet<string> = new Set()): string | undefined {
  const why = whyBadName(name);
  if (why) return why;
  const python = packageName(name);
  if (STANDARD_MODULES.has(python)) return 'its package would hide a module of the Python standard library';
  if (OWN_FOLDERS.has(python)) return 'the generated repository has a folder of that name';
  if (name === EMPTY_IMAGE) return 'container engines reserve it for the empty image';
  if (name.includes('--')) return 'Python reads "--" in the name of a package as "-"';
  const owner = packageWith(python) ?? (installed.has(python) ? name : undefined);
  if (owner === undefined) return undefined;
  const what = packageName(owner) === python ? 'has that name' : `has a module ${python}`;
  return `the Python package ${owner}, which tools of the stack install, ${what}`;
}

let owners: ReadonlyMap<string, string> | undefined;

/** The Python package of the catalog that has this name or a module of this name. */
function packageWith(module: string): string | undefined {
  owners ??= new Map(
    INSTALLED_PACKAGES.trim()
      .split(/\s+/)
      .map((entry) => entry.split('='))
      .map(([name, owner]) => [name!, owner ?? name!.replaceAll('_', '-')]),
  );
  return owners.get(module);
}

/**
 * Returns a valid name that is close to an invalid one, for its message. `last`: the word that is appended to a
 * reserved name. `why`: the rule that the name must meet.
 */
export function otherName(name: string, last: string, why: (name: string) => string | undefined): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[^a-z]+|-+$/g, '');
  const short = (text: string, length: number): string => text.slice(0, length).replace(/-+$/, '');
  const names = [short(plain, LONGEST), `${short(plain, LONGEST - last.length - 1)}-${last}`, `my-${last}`];
  return names.find((candidate) => why(candidate) === undefined) ?? `my-own-${last}`;
}

/** A branch that needs no quotes in a workflow, a trust policy or a shell. */
export const BRANCH = /^[A-Za-z0-9][A-Za-z0-9._/-]*$/;

/** Returns the reason why a branch is not valid for git or cannot be the trunk, or undefined. */
export function whyBadBranch(name: string): string | undefined {
  if (name.length > 100) return `it has ${name.length} characters, and the limit is 100`;
  if (!BRANCH.test(name))
    return 'it must start with a letter or digit, and hold only A-Z, a-z, 0-9, ".", "_", "-" and "/"';
  if (name === 'HEAD' || name.startsWith('refs/')) return 'git uses this name for references';
  const isBad = name.split('/').some((step) => step === '' || /^\.|\.\.|\.$|\.lock$/.test(step));
  return isBad ? 'git does not accept it: git check-ref-format --branch shows why' : undefined;
}

/** A relative path that needs no quotes in a workflow or a shell. */
export const FOLDER = /^[A-Za-z0-9_][\w.-]*(\/[A-Za-z0-9_][\w.-]*)*$/;

/** Returns the reason why a path cannot be the folder of a project in a git repository, or undefined. */
export function whyBadFolder(path: string): string | undefined {
  if (path.length > 200) return `it has ${path.length} characters, and the limit is 200`;
  return FOLDER.test(path)
    ? undefined
    : 'it must be a path from the root of the git repository, such as services/churn, with A-Z, a-z, 0-9, "_", "-" and "."; "." is the root';
}

/** An owner as in CODEOWNERS. */
export const OWNER = /^(@[A-Za-z0-9][\w.-]*(\/[\w.-]+)*|[\w.+-]+@[\w-]+(\.[\w-]+)+)$/;

/** Returns the reason why a name cannot be in CODEOWNERS, or undefined. */
export const whyBadOwner = (name: string): string | undefined =>
  OWNER.test(name) ? undefined : 'an owner is @user, @organization/team or an email address';

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(/\s+/).filter(Boolean));
}
