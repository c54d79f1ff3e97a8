// Records docs/media/wizard.svg: the wizard in a real pseudo-terminal, one frame for each answer. If you pass the path
// of a generated report.html, it also takes docs/media/drift.png with Chromium, if that is installed.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import xterm from '@xterm/headless';

const root = fileURLToPath(new URL('..', import.meta.url));
const media = join(root, 'docs', 'media');
const COLUMNS = 100;
const ROWS = 26;

/**
 * Answers each question: waits for its text, presses its keys one by one, and prints the output between two keys as a
 * JSON list.
 */
const DRIVER = `
import fcntl, json, os, pty, select, struct, sys, termios, time
spec = json.loads(sys.argv[1])
pid, fd = pty.fork()
if pid == 0:
    os.chdir(spec['cwd'])
    os.execve(spec['argv'][0], spec['argv'], spec['env'])
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', spec['rows'], spec['columns'], 0, 0))

def read(seconds):
    if not select.select([fd], [], [], seconds)[0]:
        return None
    try:
        return os.read(fd, 65536)
    except OSError:
        return b''

chunks = []
for question, keys in spec['steps']:
    text, end = b'', time.time() + 20
    while question.encode() not in text:
        text += read(1) or b''
        if time.time() > end:
            os.kill(pid, 9)
            sys.exit('the wizard did not ask: ' + question)
    for key in keys:
        while data := read(0.5):
            text += data
        chunks.append(text.decode('utf8'))
        text = b''
        os.write(fd, key.encode())
text = b''
while data := read(20):
    text += data
chunks.append(text.decode('utf8'))
os.waitpid(pid, 0)
print(json.dumps(chunks))
`;

const ENTER = '\r';
const UP = '\u001b[A';
const DOWN = '\u001b[B';

/** Colors of the 16-color palette on a dark background, with enough contrast for small text. */
const PALETTE = ['#484f58', '#ff7b72', '#3fb950', '#d29922', '#58a6ff', '#bc8cff', '#39c5cf', '#c9d1d9'];
const FOREGROUND = '#e6edf3';

const escapeXml = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** The visible screen as lines of spans {text, color, bold, dim}. */
function screenOf(terminal) {
  const buffer = terminal.buffer.active;
  return Array.from({ length: ROWS }, (_, row) => {
    const line = buffer.getLine(buffer.viewportY + row);
    const spans = [];
    for (let column = 0; line && column < COLUMNS; column += 1) {
      const cell = line.getCell(column);
      const color = cell.isFgPalette() ? PALETTE[cell.getFgColor() % 8] : FOREGROUND;
      const style = { color, bold: cell.isBold() !== 0, dim: cell.isDim() !== 0 };
      const last = spans.at(-1);
      const text = cell.getChars() || ' ';
      if (last && last.color === style.color && last.bold === style.bold && last.dim === style.dim) last.text += text;
      else spans.push({ text, column, ...style });
    }
    return spans.filter(({ text }) => text.trim() !== '');
  });
}

const CELL = { width: 8.4, height: 18 };
const PADDING = 14;

function frameText(lines) {
  return lines
    .flatMap((spans, row) =>
      spans.map(({ text, column, color, bold, dim }) => {
        const style = `${color === FOREGROUND ? '' : ` fill="${color}"`}${bold ? ' font-weight="bold"' : ''}${dim ? ' opacity=".65"' : ''}`;
        const words = text.trimEnd();
        const x = (PADDING + column * CELL.width).toFixed(1);
        const length = (words.length * CELL.width).toFixed(1);
        return (
          `<text x="${x}" y="${PADDING + 13 + row * CELL.height}" ` +
          `textLength="${length}"${style}>${escapeXml(words)}</text>`
        );
      }),
    )
    .join('');
}

/** All frames in one image, shown one after the other. Readers who prefer reduced motion see only the last frame. */
function animate(frames, seconds, title) {
  const width = Math.ceil(COLUMNS * CELL.width + 2 * PADDING);
  const height = ROWS * CELL.height + 2 * PADDING;
  const share = 100 / frames.length;
  const groups = frames.map(
    (frame, index) =>
      `<g class="f" style="animation-delay:${(index * seconds).toFixed(1)}s"` +
      `${index === frames.length - 1 ? ' id="last"' : ''}>${frameText(frame)}</g>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${title}">
<title>${title}</title>
<style>
text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre}
.f{visibility:hidden;animation:show ${(frames.length * seconds).toFixed(1)}s infinite}
@keyframes show{0%{visibility:visible}${share.toFixed(3)}%{visibility:hidden}}
@media (prefers-reduced-motion:reduce){.f{animation:none}#last{visibility:visible}}
</style>
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<g fill="${FOREGROUND}">
${groups.join('\n')}
</g>
</svg>
`;
}

async function recordWizard() {
  const question = (id) => /question: '(.*)'/.exec(readFileSync(join(root, 'templates', id, 'choice.ts'), 'utf8'))[1];
  const steps = [
    ['Where should', ['demo', ENTER]],
    [question('cloud'), [ENTER]],
    [question('orchestrator'), [UP, ENTER]],
    [question('tracker'), [DOWN, ENTER]],
    [question('server'), [ENTER]],
    [question('target'), [ENTER]],
    ['Do you want to change more', [ENTER]],
    ['Write these files', [ENTER]],
  ];
  const cwd = mkdtempSync(join(tmpdir(), 'media-'));
  try {
    const spec = {
      cwd,
      rows: ROWS,
      columns: COLUMNS,
      argv: [process.execPath, join(root, 'dist/bin.js'), '--no-git'],
      env: { PATH: process.env.PATH, HOME: cwd, TERM: 'xterm-256color', LANG: 'C.UTF-8' },
      steps,
    };
    const chunks = JSON.parse(execFileSync('python3', ['-c', DRIVER, JSON.stringify(spec)], { encoding: 'utf8' }));
    const terminal = new xterm.Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true });
    const frames = [];
    for (const chunk of chunks) {
      await new Promise((done) => terminal.write(chunk, done));
      frames.push(screenOf(terminal));
    }
    return frames;
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

mkdirSync(media, { recursive: true });
const frames = await recordWizard();
const svg = animate(frames, 1.4, 'The wizard asks for a folder and for each choice, shows the files, and writes them');
writeFileSync(join(media, 'wizard.svg'), svg);
console.log(`docs/media/wizard.svg: ${frames.length} frames, ${Math.round(svg.length / 1024)} KB`);

const [report] = process.argv.slice(2);
if (report) {
  const { status } = spawnSync(
    'chromium',
    [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--hide-scrollbars',
      '--window-size=1000,740',
      `--screenshot=${join(media, 'drift.png')}`,
      pathToFileURL(resolve(report)).href,
    ],
    { stdio: 'ignore' },
  );
  if (status !== 0) throw new Error('chromium could not take the screenshot');
  console.log('docs/media/drift.png');
}
