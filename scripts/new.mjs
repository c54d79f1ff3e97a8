// `npm run new -- tracker acme` makes the skeleton of a module: it passes every check but those that need its content.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const [choice, id] = process.argv.slice(2);
const fail = (message) => {
  console.error(message);
  process.exit(2);
};

if (!choice || !id) fail('Give a choice and an id: npm run new -- tracker acme');
if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(id))
  fail(`The id ${JSON.stringify(id)} is no lower-case name such as acme or step-functions.`);
const declaration = join(root, 'templates', choice, 'choice.ts');
if (!existsSync(declaration))
  fail(`There is no choice ${choice}; its declaration would be templates/${choice}/choice.ts.`);
const dir = join(root, 'templates', choice, id);
if (existsSync(dir)) fail(`templates/${choice}/${id} exists already.`);

const source = readFileSync(declaration, 'utf8');
const contract = [.../contract: \[([^\]]*)\]/.exec(source)[1].matchAll(/'([^']+)'/g)].map((match) => match[1]);
const fact = (cap) => {
  const shape = new RegExp(`${cap}: \\{([^}]*)\\}`).exec(source)?.[1] ?? '';
  const fields = [...shape.matchAll(/readonly (\w+): ([^;]+)/g)].map(([, name, type]) => {
    const text = type.trim();
    if (text.startsWith("'")) return `${name}: ${text.split('|')[0].trim()}`;
    return `${name}: ${{ string: name.match(/^(module|object)$/) ? `'${id.replaceAll('-', '_')}'` : `''`, number: '0', boolean: 'false' }[text] ?? 'undefined'}`;
  });
  return `    ${cap}: () => ({ ${fields.join(', ')} }),`;
};
const title = id
  .split('-')
  .map((word) => word[0].toUpperCase() + word.slice(1))
  .join(' ');

mkdirSync(join(dir, 'files', 'docs', 'tools'), { recursive: true });
writeFileSync(
  join(dir, 'module.ts'),
  `import { defineModule } from '../../../src/core/contract.ts';

export default defineModule({
  choice: '${choice}',
  id: '${id}',
  title: '${title}',
  summary: '${title} as the ${choice} of the repository.',
  docs: 'https://example.com/${id}',
  why: '${title} is what the team knows.',
  watch: '${title} and its client move together: raise both in one change.',
  status: 'active',
  home: 'docs/tools/${id}.md',
  provides: {
${contract.map(fact).join('\n')}
  },
  contributes: () => [{ slot: 'docs', key: 'docs/tools/${id}.md', value: { title: '${title}' } }],
  traces: ['docs/tools/${id}.md'],
});
`,
);
writeFileSync(
  join(dir, 'files', 'docs', 'tools', `${id}.md`),
  `# ${title}\n\nHow this repository uses ${title}, its commands, and where it keeps things.\n`,
);
console.log(`Made templates/${choice}/${id}. Write its files/, then: npm test`);
