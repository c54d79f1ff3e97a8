import type { Rendered } from '../render.ts';

/**
 * The folder of the module or shared part of a source (`tracker/wandb`). A slot is a folder of its own
 * (`slot/gitignore`).
 */
export function moduleOf(source: string): string {
  if (source.startsWith('slot:')) return `slot/${bare(source).slice('slot:'.length)}`;
  return source.split('/').slice(0, 2).join('/');
}

/**
 * The path of an edited file while its source is not in the stack. `n`: the number of the attempt, if the path is
 * taken.
 */
export const parkingPath = (source: string, path: string, n = 1): string =>
  `kept/${moduleOf(source).replaceAll('/', '-')}${n === 1 ? '' : `-${n}`}/${path}`;

/** A source without its model or environment. */
const bare = (source: string): string => source.replace(/@[^@/]*$/, '');

/** Says why a source is not in the stack now, as a clause. */
export function whyGone(source: string, next: Rendered): string {
  const sources = [...next.values()].map(({ intent }) => intent.sourceId);
  const own = /@([^@/]*)$/.exec(source)?.[1];
  if (own !== undefined && sources.some((other) => bare(other) === bare(source)))
    return `there is no ${source.startsWith('slot:') ? 'environment' : 'model'} ${own} any more`;
  const module = moduleOf(source);
  const [folder, id = ''] = module.split('/') as [string, string?];
  if (folder === 'slot') return 'no module contributes to it any more';
  const isThere = sources.some((other) => moduleOf(other) === module);
  if (folder === '_base') return isThere ? 'no module needs it any more' : `${id} is no longer needed`;
  return isThere ? `${id} no longer contains it` : `${id} is no longer chosen (${folder})`;
}
