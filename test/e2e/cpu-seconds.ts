/**
 * The seconds of CPU of all child processes of a shell, as user and system time together.
 *
 * @param text - the output of the command `times`: one line for the shell, one for its children
 */
export const cpuSeconds = (text: string): number =>
  Math.round(
    [...(text.trim().split('\n')[1] ?? '').matchAll(/(\d+)m([\d.]+)s/g)].reduce(
      (sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds),
      0,
    ),
  );
