import type { PinRow, RemovedApi } from '../contract.ts';
import { compareVersions } from '../versions.ts';

/** A pin in a file that is older than the module's pin. `found` and `wanted` are the texts to exchange. */
export type OldPin = { readonly name: string; readonly line: number; readonly found: string; readonly wanted: string };
export type OldCall = RemovedApi & { readonly line: number };

const escapePattern = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;

/**
 * Pins in a text that are older than those of the modules. Pins that are newer, or not a version, are left unchanged.
 */
export function findOldPins(text: string, pins: readonly PinRow[]): OldPin[] {
  const byName = new Map<string, PinRow[]>();
  for (const pin of pins) byName.set(pin.name, [...(byName.get(pin.name) ?? []), pin]);
  return [...byName].flatMap(([name, rows]) =>
    text.includes(name.split(/[-_.]/)[0]!) ? findPin(text, name, rows) : [],
  );
}

function findPin(text: string, name: string, rows: readonly PinRow[]): OldPin[] {
  return [...text.matchAll(shapeOf(name, rows[0]!))].flatMap((match) => {
    const { version, digest } = match.groups as { version: string; digest?: string };
    const from = text.lastIndexOf('\n', match.index) + 1;
    const line = text.slice(from, text.indexOf('\n', from) < 0 ? undefined : text.indexOf('\n', from));
    // If interpreters need different versions, the line names the interpreter.
    const row =
      rows.find((pin) => pin.marker !== undefined && line.includes(pin.marker)) ??
      rows.find((pin) => pin.marker === undefined) ??
      rows[0]!;
    const order = compareVersions(version, row.version);
    if (order === undefined || order >= 0) return [];
    const [found] = match;
    const renewed = found.replace(version, row.version);
    return [
      {
        name,
        line: lineAt(text, match.index),
        found,
        wanted: digest && row.digest ? renewed.replace(digest, row.digest) : renewed,
      },
    ];
  });
}

/** The forms of a pin: `name[extra]==1.2`, `image:1.2@sha256:…`, `owner/action@<commit> # v1.2`. */
function shapeOf(name: string, { kind = 'python' }: PinRow): RegExp {
  const before = '(?<![\\w./-])';
  if (kind === 'image')
    return new RegExp(
      `${before}${escapePattern(name)}:(?<version>v?\\d[\\w.+-]*)(?:@(?<digest>sha256:[0-9a-f]{64}))?`,
      'g',
    );
  if (kind === 'action')
    return new RegExp(`${before}${escapePattern(name)}@(?<digest>[0-9a-f]{40}) # (?<version>v?\\d[\\w.]*)`, 'g');
  return new RegExp(
    `${before}${escapePattern(name).replaceAll(/[-_]|\\\./g, '[-_.]')}(?:\\[[\\w,-]*\\])?==(?<version>\\d[\\w.!+]*)`,
    'gi',
  );
}

/** Calls of APIs that a package removed. Comment lines are ignored. */
export function findRemoved(text: string, removed: readonly RemovedApi[]): OldCall[] {
  return removed.flatMap((api) => {
    if (!text.includes(api.api)) return [];
    const shape = new RegExp(
      `${/^\w/.test(api.api) ? '(?<!\\w)' : ''}${escapePattern(api.api)}${/\w$/.test(api.api) ? '(?!\\w)' : ''}`,
    );
    return text
      .split('\n')
      .flatMap((line, index) => (shape.test(line) && !/^\s*#/.test(line) ? [{ ...api, line: index + 1 }] : []));
  });
}
