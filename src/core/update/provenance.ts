import type { Rendered } from '../render.ts';

/**
 * The folder of the module or shared part that a source belongs to (`tracker/wandb`); a slot is a folder of its own
 * (`slot/gitignore`).
 */
export function moduleOf(source: string): string {
  if (source.startsWith('slot:')) return `slot/${bare(source).slice('slot:'.length)}`;
  return source.split('/').slice(0, 2).join('/');
}

/** Where an edited file waits while its source is not in the stack. `n`: which try it is, where the place is taken. */
export const parkingPath = (source: string, path: string, n = 1): string =>
  `kept/${moduleOf(source).replaceAll('/', '-')}${n === 1 ? '' : `-${n}`}/${path}`;

/** A source without the model or environment that it was made for. */
const bare = (source: string): string => source.replace(/@[^@/]*$/, '');

/** Says why a source is not in the stack now, as a sentence without its end. */
export function whyGone(source: string, next: Rendered): string {
  const sources = [...next.values()].map(({ intent }) => intent.sourceId);
  const own = /@([^@/]*)$/.exec(source)?.[1];
  if (own !== undefined && sources.some((other) => bare(other) === bare(source)))
    return `there is no ${source.startsWith('slot:') ? 'environment' : 'model'} ${own} any more`;
  const module = moduleOf(source);
  const [folder, id = ''] = module.split('/') as [string, string?];
  if (folder === 'slot') return 'nothing has an entry for it any more';
  const isThere = sources.some((other) => moduleOf(other) === module);
  if (folder === '_base') return isThere ? 'nothing needs it any more' : `${id} is no longer needed`;
  return isThere ? `${id} no longer brings it` : `${id} is no longer chosen (${folder})`;
}
