import { spawnSync } from 'node:child_process';
import { execa } from 'execa';
import { BIN, environment } from './harness.ts';

/** Runs the command in a pseudo-terminal of Python, because Node.js has none. */

const DRIVER = `
import fcntl, json, os, pty, select, struct, sys, termios, time
spec = json.loads(sys.argv[1])
pid, fd = pty.fork()
if pid == 0:
    os.chdir(spec['cwd'])
    os.execve(spec['argv'][0], spec['argv'], spec['env'])
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', 60, 160, 0, 0))
out, seen, steps, end = '', 0, spec['steps'], time.time() + 25
while time.time() < end:
    if steps and steps[0][0] in out[seen:]:
        seen = len(out)
        time.sleep(0.05)
        os.write(fd, steps.pop(0)[1].encode())
    if select.select([fd], [], [], 0.05)[0]:
        try:
            data = os.read(fd, 65536)
        except OSError:
            break
        if not data:
            break
        out += data.decode('utf8', 'replace')
else:
    os.kill(pid, 9)
status = os.waitpid(pid, 0)[1]
print(json.dumps({'code': os.waitstatus_to_exitcode(status), 'out': out, 'unasked': [step[0] for step in steps]}))
`;

export const hasPty =
  process.platform !== 'win32' && spawnSync('python3', ['-c', 'import pty'], { stdio: 'ignore' }).status === 0;

export type Talk = { readonly code: number; readonly out: string; readonly unasked: readonly string[] };

/** `steps`: the text to wait for, and the keys to press then. */
export async function talk(
  args: readonly string[],
  {
    cwd,
    env,
    steps,
    program = BIN,
  }: {
    cwd: string;
    env?: Readonly<Record<string, string | undefined>>;
    steps: readonly (readonly [string, string])[];
    program?: string;
  },
): Promise<Talk> {
  const spec = {
    argv: [process.execPath, program, ...args],
    cwd,
    env: environment({ TERM: 'xterm-256color', ...env }),
    steps,
  };
  const { stdout } = await execa('python3', ['-c', DRIVER, JSON.stringify(spec)]);
  return JSON.parse(stdout) as Talk;
}

export const ENTER = '\r';
export const CTRL_C = '\u0003';
export const UP = '\u001b[A';
export const DOWN = '\u001b[B';

/** The last two questions of the wizard, each answered with Enter. */
export const END = [
  ['Do you want to change more?', ENTER],
  ['Write these files?', ENTER],
] as const;
