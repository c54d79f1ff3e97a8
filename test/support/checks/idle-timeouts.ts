import type { Stack } from '../stacks.ts';
import type { Fault, StackCheck } from './check.ts';

/**
 * A server keeps an idle connection longer than the load balancer in front of it. Otherwise, it can close one while the
 * load balancer sends a request on it, and the client gets status 502.
 */
export const idleTimeoutCheck: StackCheck = {
  name: 'idle timeouts',
  find: (stack) => [...balancerFaults(stack), ...poolFaults(stack)],
};

/** The expressions for the time for which a server keeps an idle connection. */
const KEPT = [/^\s*MLOPS_SERVING__IDLE_SECONDS\s*=\s*tostring\((.+)\)$/gm, /--timeout-keep-alive \$\{([^}]+)\}/g];

function balancerFaults(stack: Stack): Fault[] {
  const files = [...stack.files.values()].filter(({ path }) => /^infra\/terraform\/[^/]+\.tf$/.test(path));
  const all = files.map(({ content }) => content.text!).join('\n');
  const kept = KEPT.flatMap((shape) => [...all.matchAll(shape)].map((match) => match[1]!));
  return files.flatMap(({ path, content }) =>
    [...content.text!.matchAll(/^resource "aws_lb" "(\w+)" \{\n([\s\S]*?)^\}/gm)].flatMap(([, name, body]) => {
      const idle = /^ {2}idle_timeout\s*=\s*(\S+)$/m.exec(body!)?.[1];
      if (idle === undefined) return [{ path, message: `aws_lb.${name} sets no idle_timeout` }];
      const server = kept.find((expression) => expression.split(' + ').includes(idle));
      if (server === undefined)
        return [{ path, message: `no server derives its keep-alive from ${idle}, the idle timeout of aws_lb.${name}` }];
      const [most, least] = [secondsOf(idle, all), secondsOf(server, all)];
      if (least > most) return [];
      return [{ path, message: `aws_lb.${name} keeps idle connections for ${most} s, and its server for ${least} s` }];
    }),
  );
}

/** The value of a sum of numbers, locals and variables with a default; NaN if it has another form. */
function secondsOf(expression: string, text: string): number {
  return expression
    .split(' + ')
    .map((term) => {
      const [, kind, name] = /^(local|var)\.(\w+)$/.exec(term) ?? [];
      if (kind === 'local') return secondsOf(new RegExp(`^ {2}${name}\\s*= (.+)$`, 'm').exec(text)?.[1] ?? '', text);
      if (kind === 'var')
        return Number(new RegExp(`^variable "${name}" \\{[^}]*?^ {2}default\\s*= (\\d+)$`, 'm').exec(text)?.[1] ?? NaN);
      return /^\d+$/.test(term) ? Number(term) : Number.NaN;
    })
    .reduce((sum, value) => sum + value, 0);
}

/** The router keeps connections to the service in a pool, as a load balancer does. */
function poolFaults(stack: Stack): Fault[] {
  const find = (end: string, shape: RegExp): readonly [string, number] | undefined => {
    const file = [...stack.files.values()].find(({ path }) => path.endsWith(end));
    const value = file && shape.exec(file.content.text!)?.[1];
    return value === undefined ? undefined : [file!.path, Number(value)];
  };
  const pool = find('/router/proxy.py', /^POOL_SECONDS = ([\d.]+)$/m);
  const service = find('/platform/sections/serving.py', /^ {4}idle_seconds: \w+ = ([\d.]+)$/m);
  if (!pool || !service || pool[1] < service[1]) return [];
  return [
    {
      path: pool[0],
      message: `the router keeps idle connections for ${pool[1]} s, and the service for ${service[1]} s`,
    },
  ];
}
