import { diffIndices } from 'node-diff3';

/**
 * A text for merging. It is read as Latin-1, which preserves every byte in any encoding: the merge compares lines, and
 * two lines are equal if their bytes are.
 */
export type Text = {
  readonly bom: boolean;
  /** Without the BOM, and with LF line ends. */
  readonly text: string;
  /** The line end of most lines. */
  readonly eol: '\n' | '\r\n';
  /** Which lines end with CRLF, if line ends are mixed. */
  readonly mixed?: readonly boolean[];
};

const BOM = '\u00ef\u00bb\u00bf';

export function readText(content: Uint8Array): Text {
  const raw = Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('latin1');
  const bom = raw.startsWith(BOM);
  const body = bom ? raw.slice(BOM.length) : raw;
  if (!body.includes('\r\n')) return { bom, text: body, eol: '\n' };
  const text = body.replaceAll('\r\n', '\n');
  const ends = body.match(/\r?\n/g)!.map((end) => end === '\r\n');
  const crlf = ends.filter(Boolean).length;
  return { bom, text, eol: crlf * 2 > ends.length ? '\r\n' : '\n', ...(crlf < ends.length && { mixed: ends }) };
}

/**
 * Turns a text with LF line ends into one with the BOM and line ends of `like`. A line that `like` has too keeps its
 * own end.
 */
export function writeText(text: string, like: Text): Buffer {
  const uniform = like.eol === '\n' ? text : text.replaceAll('\n', '\r\n');
  const body = like.mixed ? withOwnEnds(text, like, like.mixed) : uniform;
  return Buffer.from(like.bom ? BOM + body : body, 'latin1');
}

/** Lines with their ends. The last line may have none. */
export const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

function withOwnEnds(text: string, like: Text, mixed: readonly boolean[]): string {
  const lines = linesOf(text);
  const ends = new Array<boolean>(lines.length).fill(like.eol === '\r\n');
  let from = 0;
  let to = 0;
  const common = (until: number): void => {
    for (; from < until; from++, to++) ends[to] = mixed[from] ?? ends[to]!;
  };
  for (const { buffer1, buffer2 } of diffIndices(linesOf(like.text), lines)) {
    common(buffer1[0]);
    from += buffer1[1];
    to += buffer2[1];
  }
  common(mixed.length);
  return lines.map((line, index) => (ends[index] && line.endsWith('\n') ? `${line.slice(0, -1)}\r\n` : line)).join('');
}

export const LABELS = {
  yours: '<<<<<<< yours',
  base: '||||||| base',
  middle: '=======',
  generated: '>>>>>>> generated',
} as const;

const MARKER = /^(?:<{7} yours|\|{7} base|>{7} generated)\r?$/m;

/**
 * The line (from 1) of the first conflict marker of an update or of a merge by git; undefined without one. A half
 * resolved conflict counts.
 */
export function conflictLine(text: string): number | undefined {
  const found = /^(?:<{7}|>{7}) .*$/m.exec(text);
  return found ? text.slice(0, found.index).split('\n').length : undefined;
}

/**
 * Whether a text contains markers of an unresolved conflict. A part of them counts: a conflict that is half resolved is
 * not resolved.
 */
export const hasMarkers = (text: string): boolean => MARKER.test(text);
