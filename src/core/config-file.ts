import type { Document } from 'yaml';
import type { Catalogue } from './catalogue.ts';
import { type Config, optionalKeys } from './config.ts';
import { STATE_DIR } from './lock.ts';
import { q } from './quote.ts';

export const CONFIG_FILE = 'mlops-stack.yaml';
const SCHEMA_LINE = `# yaml-language-server: $schema=${STATE_DIR}/schema.json`;

/** The text of mlops-stack.yaml with every choice written out. The user's document keeps its comments and order. */
export function writeConfig(config: Config, catalogue: Catalogue, document?: Document): string {
  return document ? complete(config, catalogue, document) : fresh(config, catalogue);
}

function fresh(config: Config, catalogue: Catalogue): string {
  const groups = new Map<string, string[]>();
  for (const choice of catalogue.choices) {
    groups.set(choice.group, [
      ...(groups.get(choice.group) ?? []),
      `${choice.id}: ${q.yaml(config.choices[choice.id])}`,
    ]);
  }
  const blocks = [
    `${SCHEMA_LINE}\n# The choices of this repository; create-mlops-stack explain <choice> describes each one`,
    `name: ${q.yaml(config.name)}`,
    ...[...groups].map(([group, lines]) => [`# ${group}`, ...lines].join('\n')),
    [
      '# What is built and where it runs; the last environment is the guarded one',
      ...tail(config).map(([key, value]) => `${key}: ${q.yaml(value)}`),
    ].join('\n'),
    ...Object.entries(config.settings).map(([id, block]) => `${id}: ${q.yaml(block)}`),
  ];
  return `${blocks.join('\n\n')}\n`;
}

/** A model as the config file holds it: its name, or a mapping where the model has choices of its own. */
export const modelValue = ({
  name,
  choices,
}: Config['models'][number]): string | ({ name: string } & typeof choices) =>
  Object.keys(choices).length === 0 ? name : { name, ...choices };

function tail(config: Config): [string, unknown][] {
  return [
    ['models', config.models.map(modelValue)],
    ['environments', config.environments],
    ...Object.entries(optionalKeys(config)),
    ...(config.unmanaged.length > 0 ? [['unmanaged', config.unmanaged] as [string, unknown]] : []),
  ];
}

/** Every key of the file except settings, with its value. */
export const completeEntries = (config: Config, catalogue: Catalogue): [string, unknown][] => [
  ['name', config.name],
  ...catalogue.choices.map((choice): [string, unknown] => [choice.id, config.choices[choice.id]]),
  ...tail(config),
];

function complete(config: Config, catalogue: Catalogue, document: Document): string {
  const own = document.clone();
  for (const [key, value] of completeEntries(config, catalogue))
    if (!own.has(key)) own.set(key, own.createNode(value, { flow: true }));
  const text = own.toString({ lineWidth: 0 });
  return text.startsWith('# yaml-language-server:') ? text : `${SCHEMA_LINE}\n${text}`;
}
