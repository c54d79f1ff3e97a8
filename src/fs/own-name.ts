import * as nodeModule from 'node:module';

const OWN_NAME = 'create-mlops-stack';

type Resolved = { readonly url: string; readonly shortCircuit?: boolean };
type NextResolve = (specifier: string, context: unknown) => Resolved;
/** In Node.js 22.15 and later; earlier versions have the asynchronous `register` only. */
type RegisterHooks = (hooks: { resolve: (specifier: string, context: unknown, next: NextResolve) => Resolved }) => void;

let isRegistered = false;

/**
 * Lets modules outside this package import it by its name, also from a folder without node_modules: what Node.js cannot
 * resolve becomes `api`, the module of the running package. A copy that the folder has installed is used as it is.
 */
export function registerOwnName(api: string): void {
  if (isRegistered) return;
  isRegistered = true;
  const { registerHooks } = nodeModule as { registerHooks?: RegisterHooks };
  if (registerHooks) {
    registerHooks({
      resolve(specifier, context, next) {
        try {
          return next(specifier, context);
        } catch (error) {
          if (specifier === OWN_NAME) return { url: api, shortCircuit: true };
          throw error;
        }
      },
    });
    return;
  }
  // These hooks run in a thread of their own, which loads them from a URL.
  const hooks = `export async function resolve(specifier, context, next) {
    try {
      return await next(specifier, context);
    } catch (error) {
      if (specifier === ${JSON.stringify(OWN_NAME)}) return { url: ${JSON.stringify(api)}, shortCircuit: true };
      throw error;
    }
  }`;
  nodeModule.register(`data:text/javascript,${encodeURIComponent(hooks)}`);
}
