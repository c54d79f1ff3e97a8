import { execa } from 'execa';

/** Sets up a new repository and runs its demo once. The output of the commands goes to stderr as it arrives. */
export async function install(dir: string, say: (text: string) => void): Promise<number> {
  for (const target of ['setup', 'demo']) {
    say(`make ${target}\n`);
    const { exitCode, failed } = await execa('make', [target], {
      cwd: dir,
      reject: false,
      stdin: 'ignore',
      stdout: process.stderr,
      stderr: process.stderr,
    });
    if (failed) {
      say(`make ${target} failed in ${dir}. The files exist; fix the reported problem and run it again.\n`);
      return exitCode ?? 1;
    }
  }
  return 0;
}
