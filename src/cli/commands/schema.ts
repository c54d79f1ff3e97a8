import { builtinSchema } from '../builtin.ts';
import type { CommandContext } from '../context.ts';

/** The text of the schema: the built-in one, or a new one if modules were added. */
export async function schemaText({
  catalogue,
  isExtended,
}: Pick<CommandContext, 'catalogue' | 'isExtended'>): Promise<string> {
  if (!isExtended) return builtinSchema();
  const { configSchema } = await import('../../core/schema.ts');
  return `${JSON.stringify(configSchema(catalogue), null, 2)}\n`;
}

export async function run(context: CommandContext): Promise<number> {
  context.terminal.out(await schemaText(context));
  return 0;
}
