import { createHash } from 'node:crypto';
import type { Catalogue, Source } from '../../src/core/catalogue.ts';
import { CONFIG_FILE, writeConfig } from '../../src/core/config-file.ts';
import { prepare } from '../../src/core/generate.ts';
import { STATE_DIR } from '../../src/core/lock.ts';
import type { FileIntent, Plan } from '../../src/core/plan.ts';
import { renderPlan } from '../../src/core/render.ts';
import { loadSource } from '../../src/fs/modules.ts';
import { type Case, givenOf } from './cases.ts';
import { renderProofs, TEMPLATES } from './proofs.ts';

/** A generated stack in memory, with the paths that it would have on disk. */

export { TEMPLATES };
export const loadTemplates = (): Promise<Source> => loadSource(TEMPLATES);

/** A content, shared by all files of all stacks that have it. `text` is undefined if the content is not UTF-8. */
export type Content = { readonly id: number; readonly bytes: Buffer; readonly text: string | undefined };
export type OutputFile = {
  readonly path: string;
  readonly content: Content;
  readonly source: string;
  readonly kind: FileIntent['kind'];
  readonly executable: boolean;
  readonly intent?: FileIntent;
};
export type Stack = {
  readonly label: string;
  readonly plan: Plan;
  readonly files: ReadonlyMap<string, OutputFile>;
  /** Every path that exists after `create`: planned files, the generator's own files, and all their parent folders. */
  readonly paths: ReadonlySet<string>;
  /** `tracker/wandb` of every module in the stack. */
  readonly modules: ReadonlySet<string>;
  readonly milliseconds: number;
};

/** Unique in the process, so that it can be the key of a cache for several catalogs. */
let lastId = 0;

export class Contents {
  readonly #known = new Map<string, Content>();

  get size(): number {
    return this.#known.size;
  }

  of(bytes: Uint8Array): Content {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const key = createHash('sha1').update(buffer).digest('base64');
    let content = this.#known.get(key);
    if (!content) {
      const text = buffer.includes(0) ? undefined : buffer.toString('utf8');
      this.#known.set(
        key,
        (content = { id: ++lastId, bytes: buffer, text: text?.includes('\ufffd') ? undefined : text }),
      );
    }
    return content;
  }
}

/**
 * Config -> stack -> plan -> content, through the same functions as the command. Only this part is timed. `proofs` adds
 * the files of its catalog (proofs.ts), so that they are checked like the files that they prove.
 */
export function renderCase(item: Case, catalogue: Catalogue, contents: Contents, proofs?: Catalogue): Stack {
  const from = performance.now();
  const { plan, config } = prepare(givenOf(item), catalogue, 'my-project');
  const rendered = renderPlan(plan);
  const written = Buffer.from(writeConfig(config, catalogue));
  const milliseconds = performance.now() - from;

  const files = new Map<string, OutputFile>([
    [
      CONFIG_FILE,
      { path: CONFIG_FILE, content: contents.of(written), source: 'core:config', kind: 'slot', executable: false },
    ],
  ]);
  for (const { intent, content } of [...rendered.values(), ...(proofs ? renderProofs(plan, proofs).values() : [])]) {
    files.set(intent.path, {
      path: intent.path,
      content: contents.of(content),
      source: intent.sourceId,
      kind: intent.kind,
      executable: intent.executable,
      intent,
    });
  }
  const paths = new Set([...files.keys(), `${STATE_DIR}/schema.json`, `${STATE_DIR}/lock.json`].flatMap(withFolders));
  const modules = new Set(
    plan.stack.parts.flatMap((node) => (node.module ? [`${node.module.choice}/${node.module.id}`] : [])),
  );
  return { label: item.label, plan, files, paths, modules, milliseconds };
}

function withFolders(path: string): string[] {
  const steps = path.split('/');
  return steps.map((_, index) => steps.slice(0, index + 1).join('/'));
}
