import ejs from 'ejs';
import type { Template } from './catalogue.ts';
import { LOCAL } from './config.ts';
import type { Pin, PinRow } from './contract.ts';
import { PartError } from './errors.ts';
import type { FileIntent, Plan } from './plan.ts';
import { q } from './quote.ts';
import type { StackPart } from './resolve.ts';
import { emitSlot } from './slots.ts';

/**
 * The content of every planned file, in the order of the plan. A Buffer stays unchanged; text has LF line ends and one
 * final newline.
 */
export type Rendered = ReadonlyMap<string, { readonly intent: FileIntent; readonly content: Uint8Array }>;

/** How EJS compiles templates, also in the build. The escape function rejects values that are not text. */
export const TEMPLATE_OPTIONS = {
  filename: 'template',
  strict: true,
  destructuredLocals: ['project', 'model', 'settings', 'cap', 'slots', 'pins', 'q'],
  rmWhitespace: false,
};

/** Renders a plan. The result depends only on the plan, not on the clock, randomness or local paths. */
export function renderPlan(plan: Plan): Rendered {
  const locals = new Map<StackPart, object>();
  const pins = (plan.slots.get('core.pins') ?? []).map(({ value }) => value as PinRow);
  return new Map(
    plan.files.map((intent) => {
      const content =
        'slot' in intent.source
          ? Buffer.from(emitSlot(intent.source.slot, intent.source.entries, plan.stack.project, pins))
          : renderFile(plan, intent, intent.source, locals);
      return [intent.path, { intent, content }];
    }),
  );
}

function renderFile(
  plan: Plan,
  intent: FileIntent,
  source: Extract<FileIntent['source'], { file: unknown }>,
  cache: Map<StackPart, object>,
): Uint8Array {
  const content = source.file.content();
  if (intent.kind === 'copy') return typeof content === 'string' ? Buffer.from(content) : (content as Uint8Array);
  let locals = cache.get(source.node);
  if (!locals) cache.set(source.node, (locals = localsOf(plan, source.node)));
  const template = typeof content === 'function' ? content : String(content);
  return Buffer.from(renderText(template, locals, intent.sourceId, source.node.id));
}

const compiled = new Map<string, Template>();

function compile(text: string): Template {
  let template = compiled.get(text);
  if (!template) {
    template = ejs.compile(text, { ...TEMPLATE_OPTIONS, escape: verifyValue }) as Template;
    compiled.set(text, template);
  }
  return template;
}

/** Renders one template. `name` is its name in errors; `part` is the part that it belongs to. */
export function renderText(source: string | Template, locals: object, name: string, part = name): string {
  try {
    const template = typeof source === 'string' ? compile(source) : source;
    return `${template(locals, verifyValue).trimEnd()}\n`;
  } catch (error) {
    // Compiled once for all templates with this text, so EJS cannot know which one it is.
    throw new PartError(
      part,
      `The template ${name} cannot be rendered: ${(error as Error).message.replace(/^template:/, `${name}:`)}`,
      error,
    );
  }
}

function verifyValue(value: unknown): string {
  if (value === undefined || value === null) throw new Error('a value is missing (undefined or null)');
  if (typeof value === 'object' || typeof value === 'function')
    throw new Error(`a value is ${typeof value}, not text; use a quoting helper`);
  return String(value);
}

function localsOf(plan: Plan, node: StackPart): object {
  const reads: Record<string, unknown> = {};
  for (const id of node.part.reads ?? []) {
    reads[id] = (plan.slots.get(id) ?? []).filter(
      (entry) => !node.model || !entry.model || entry.model === node.model.name,
    );
  }
  return {
    project: named('project', { ...plan.stack.project, everywhere: [LOCAL, ...plan.stack.project.environments] }),
    model: node.model && named('model', node.model),
    settings: named('settings', node.settings),
    cap: named('cap', node.cap),
    slots: named('slots', reads),
    pins: named('pins', pinRefs(node)),
    q,
  };
}

/** An unknown name throws, where JavaScript would return undefined. */
function named(what: string, values: object): object {
  return new Proxy(values, {
    get(target, key) {
      if (typeof key === 'symbol' || key in target) return Reflect.get(target, key);
      throw new Error(`there is no ${what}.${key}; there are ${Object.keys(target).join(', ') || 'none'}`);
    },
  });
}

function pinRefs(node: StackPart): Record<string, { version: string; ref: string; digest?: string }> {
  const entries = Object.entries((node.part.pins ?? {}) as Record<string, Pin | readonly Pin[]>);
  return Object.fromEntries(entries.map(([name, pins]) => [name, pinRef(name, [pins].flat()[0]!)]));
}

function pinRef(name: string, pin: Pin): { version: string; ref: string; digest?: string } {
  const ref = {
    python: `${name}==${pin.version}`,
    tool: `${name}==${pin.version}`,
    image: `${name}:${pin.version}${pin.digest ? `@${pin.digest}` : ''}`,
    action: `${name}@${pin.digest} # ${pin.version}`,
  };
  return { version: pin.version, ref: ref[pin.kind ?? 'python'], digest: pin.digest };
}
