import { PERMISSIONS } from '../../../templates/cloud/aws/permissions.ts';
import { type Fault, memo, type StackCheck } from './check.ts';

/** Policies for users: the policy of a root permits each type of resource in that root. */

const ROOTS = [
  { root: 'infra/terraform/', policy: 'infra/policies/apply.json', helper: 'mayApply', known: PERMISSIONS.apply },
  {
    root: 'infra/bootstrap/',
    policy: 'infra/policies/bootstrap.json',
    helper: 'mayBootstrap',
    known: PERMISSIONS.bootstrap,
  },
] as const;

const typesIn = memo((text) => [...new Set([...text.matchAll(/^resource "(aws_\w+)"/gm)].map(([, type]) => type!))]);

/** Statements are named after their concern, numbered from the second on. */
const concernsIn = memo(
  (text) =>
    new Set([...text.matchAll(/"Sid": "(\w)([A-Za-z]*)\d*"/g)].map(([, first, rest]) => first!.toLowerCase() + rest!)),
);

export const permissionCheck: StackCheck = {
  name: 'permissions',
  find: (stack) =>
    ROOTS.flatMap(({ root, policy, helper, known }) => {
      const written = stack.files.get(policy);
      if (!written) return [];
      const given = concernsIn(written) ?? new Set();
      const files = [...stack.files.values()].filter(
        ({ path }) => path.startsWith(root) && /^[^/]+\.tf$/.test(path.slice(root.length)),
      );
      return files.flatMap((file) =>
        (typesIn(file) ?? []).flatMap((type): Fault[] => {
          const concerns = Object.entries(known)
            .filter(([, { types }]) => types.includes(type))
            .map(([concern]) => concern);
          if (concerns.some((concern) => given.has(concern))) return [];
          const mend =
            concerns.length > 0
              ? `the part that owns the file contributes ...${helper}('${concerns[0]}')`
              : 'no concern in templates/cloud/aws/permissions.ts has it';
          return [{ path: file.path, message: `no policy permits ${type}: ${mend}` }];
        }),
      );
    }),
};
