import { compareVersions } from '../versions.ts';
import { diffLines } from './diff-lines.ts';
import { differsInLayoutOnly } from './layout.ts';
import type { Merged } from './merge.ts';
import { linesOf } from './text.ts';

/**
 * Bots raise pins. A line that only its version tells from the generated one is merged as a value: it stays raised where
 * its entry stays, and leaves with its tool.
 */

/** The forms of a version in a pin. Each is replaced by `0`, so that a file stays valid. */
const SHAPES: readonly RegExp[] = [
  // owner/action@<commit> # v1.2
  /(?<=@)[0-9a-f]{40}(?:\s+#\s*(?:tag=)?\S+)?/g,
  // image:1.2@sha256:…, and image@sha256:…
  /(?<=[\w/.-]:)[\w.+-]+@sha256:[0-9a-f]{64}/g,
  /(?<=[\w/.-]@)sha256:[0-9a-f]{64}/g,
  /(?<=(?:\b(?:image|FROM|uses)\b.*|^\s*- name:\s+[\w/.-]*)[\w/.-]:)v?\d[\w.+-]*/g,
  // a checksum
  /\b[0-9a-f]{64}\b/g,
  // name==1.2, and the bounds in "name>=1.2,<2"
  /(?<===\s*)v?\d[\w.!+*-]*/g,
  /(?<=["'][A-Za-z][\w.-]*(?:\[[^\]]*\])?\s*(?:[<>~!]=?\s*[\w.!+*-]+\s*,\s*)*[<>~!]=?\s*)v?\d[\w.!+*-]*/g,
  // rev: v1.2 of a hook; version: 1.2 and terraform_version: 1.2 of a tool; TOOL_VERSION=1.2
  /(?<=^\s*(?:- )?(?:rev|(?:[\w-]+[-_])?version):\s*)["']?v?\d[\w.+-]*["']?/g,
  /(?<=\b(?:[A-Z][A-Z0-9]*_)*VERSION\s*[:?]?=\s*["']?)v?\d[\w.+-]*/g,
  // version = "~> 1.2"
  /(?<=^\s*(?:required_)?version\s*=\s*")[^"]*(?=")/g,
  // https://host/tool/1.2/tool_1.2_linux.zip
  /(?<=https?:\/\/[^/\s]+\/(?:\S*[/_-])?)v?\d+(?:\.\d+)+/g,
];

/** A line without the versions of its pins. */
const withoutVersions = (line: string): string => SHAPES.reduce((text, shape) => text.replace(shape, '0'), line);

/** A line without its indent and its kind of quotes, which formatters change. */
const plain = (line: string): string => line.trim().replaceAll("'", '"');
const indentOf = (line: string): string => /^\s*/.exec(line)![0];
const isSamePin = (a: string, b: string): boolean =>
  plain(a) !== plain(b) && plain(withoutVersions(a)) === plain(withoutVersions(b));

/** Whether your text differs from the base in nothing but the versions of pins, and in its layout. */
export function differsInPinsOnly(path: string, base: string, yours: string): boolean {
  const [a, b] = [base, yours].map((text) => linesOf(text).map(withoutVersions).join('')) as [string, string];
  return a === b || differsInLayoutOnly(path, a, b);
}

/** A pin in your text: its line in the base, and your line. */
type Raised = { readonly was: number; readonly at: number };

/** The pins that you raised, by what they pin. */
type Pins = {
  readonly base: readonly string[];
  readonly yours: readonly string[];
  readonly raised: ReadonlyMap<string, readonly Raised[]>;
};

export type MergedPins = Merged & { readonly left: readonly string[] };

/**
 * Merges with the base's version of each pin that you raised, and raises the pins of the result that you raised. `left`
 * has the names of those that the result no longer contains. Returns undefined if you raised none, or if the result
 * does not tell which of its lines are the raised ones.
 */
export function mergeWithPins(base: string, yours: string, merge: (yours: string) => Merged): MergedPins | undefined {
  const pins = pinsOf(linesOf(base), linesOf(yours));
  if (pins.raised.size === 0) return undefined;
  const lines = [...pins.yours];
  for (const { was, at } of [...pins.raised.values()].flat())
    lines[at] = indentOf(lines[at]!) + pins.base[was]!.trimStart();
  const merged = merge(lines.join(''));
  const raised = merged.conflicts === 0 ? raise(linesOf(merged.text), pins) : undefined;
  return raised && { ...merged, ...raised, reports: [...merged.reports, ...raised.reports] };
}

function raise(
  lines: string[],
  pins: Pins,
): { readonly text: string; readonly left: string[]; readonly reports: string[] } | undefined {
  const left: string[] = [];
  const reports = new Set<string>();
  const known = placesOf(pins.base);
  const found = placesOf(lines);
  for (const [what, raised] of pins.raised) {
    const places = found.get(what) ?? [];
    if (places.length === 0) left.push(nameOf(what));
    const before = known.get(what)!;
    const isEach =
      raised.length === before.length && new Set(raised.map(({ at }) => plain(pins.yours[at]!))).size === 1;
    if (!isEach && places.length > 0 && places.length !== before.length) return undefined;
    for (const [index, place] of places.entries()) {
      const own = isEach ? raised[0] : raised.find(({ was }) => was === before[index]);
      if (!own) continue;
      const line = higher(pins.base[own.was]!, pins.yours[own.at]!, lines[place]!, nameOf(what), reports);
      if (line === undefined) return undefined;
      lines[place] = line;
    }
  }
  return { text: lines.join(''), left, reports: [...reports] };
}

/** Your line, or the generated one if its version is higher. Undefined if they cannot be compared. */
function higher(was: string, yours: string, generated: string, name: string, reports: Set<string>): string | undefined {
  const raised = indentOf(generated) + yours.trimStart();
  if (plain(generated) === plain(was) || plain(generated) === plain(yours)) return raised;
  const [mine, theirs] = [versionsOf(yours), versionsOf(generated)];
  if (mine.rest !== theirs.rest || mine.versions.length === 0) return undefined;
  const orders = mine.versions.map((version, index) => compareVersions(version, theirs.versions[index]!)!);
  const at = orders.findIndex((order) => order !== 0);
  if (at < 0) {
    reports.add(`${name} changed on both sides: yours is kept`);
    return raised;
  }
  const isYours = orders.every((order) => order >= 0);
  if (!isYours && orders.some((order) => order > 0)) return undefined;
  const [own, other] = [mine.versions[at]!, theirs.versions[at]!];
  const both = `your version (${own}) and the generated version (${other})`;
  reports.add(`${name} changed on both sides: ${isYours ? own : other} is kept, the higher of ${both}`);
  return isYours ? raised : generated;
}

/** The versions in a line, and the line without them. Hashes are no versions. */
function versionsOf(line: string): { readonly versions: readonly string[]; readonly rest: string } {
  const text = plain(line).replace(/\b(?:sha256:)?[0-9a-f]{64}\b|\b[0-9a-f]{40}\b/g, '@');
  const shape = /(?<![A-Za-z\d.])v?\d+(?:\.\d+)*/g;
  return { versions: text.match(shape) ?? [], rest: text.replace(shape, '#') };
}

/** The pins in your text that differ from their line in the base in the version alone. */
function pinsOf(base: readonly string[], yours: readonly string[]): Pins {
  const { from, to } = diffLines(base, yours);
  const raised = new Map<string, Raised[]>();
  for (let a = 0, b = 0; a < base.length || b < yours.length; a++, b++) {
    // One run of changed lines.
    const [firstA, firstB] = [a, b];
    while (from[a]) a++;
    while (to[b]) b++;
    const open = new Set(Array.from({ length: b - firstB }, (_, index) => firstB + index));
    for (let was = firstA; was < a; was++) {
      const at = [...open].find((other) => isSamePin(base[was]!, yours[other]!));
      if (at === undefined) continue;
      open.delete(at);
      const what = pinned(base, was);
      raised.set(what, [...(raised.get(what) ?? []), { was, at }]);
    }
  }
  return { base, yours, raised };
}

/** The lines of each pin. */
function placesOf(lines: readonly string[]): Map<string, number[]> {
  const places = new Map<string, number[]>();
  for (const [index, line] of lines.entries()) {
    if (withoutVersions(line) === line) continue;
    const what = pinned(lines, index);
    places.set(what, [...(places.get(what) ?? []), index]);
  }
  return places;
}

/**
 * What a line pins. `rev: v1` and `version = "1"` do not name it: the line before does, or the action whose inputs they
 * are in.
 */
function pinned(lines: readonly string[], index: number): string {
  const line = plain(withoutVersions(lines[index]!));
  if (!/^(?:- )?(?:rev|version)\s*[:=]/.test(line)) return line;
  const before = lines.slice(Math.max(0, index - 9), index).filter((each) => !/^\s*(?:#|$)/.test(each));
  const owner = before.findLast((each) => !/^\s*with:\s*$/.test(each)) ?? '';
  return `${plain(withoutVersions(owner))} ${line}`;
}

/** The name in a message. */
const nameOf = (what: string): string =>
  what
    .replace(/ (?:rev|version)\s*[:=].*$/, '')
    .replace(/^[\s\-"']*(?:(?:uses|image|repo|name):\s+|FROM\s+|source\s*=\s*"|\w+\s*:=\s*|[\w-]+\s*=\s*\["?)?/, '')
    .replace(/\s*(?:[=<>~!]=|[<>]|:?=\s*["{0]|;|\sAS\s).*$/, '')
    .replace(/(?:[:@]\s*0)?[:@"',\s]*$/, '');
