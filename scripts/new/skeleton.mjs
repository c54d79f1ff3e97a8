// A module without code, for choices whose contract names none: the facts of its smallest neighbor, and one example of
// each thing that a module can contribute.
import { property, quote } from './neighbors.mjs';

/** Files of the new module by path. */
export function skeleton(neighbor, request) {
  const { id, title, choice } = request;
  const file = id.replaceAll('-', '_');
  // Mermaid accepts letters and underscores.
  const box = file.replace(/\d/g, '');
  const targets = new Map();
  const provides = neighbor.facts.replace(/'([^']*)'/g, (literal, text) => {
    // A Make target of the neighbor gets a new name. A file of the neighbor does not exist in the new module.
    const [, verb] = /^make ([\w-]+)/.exec(text) ?? [];
    if (verb) targets.set(`${id}-${verb}`, verb);
    if (verb) return quote(`make ${id}-${verb}`);
    return [...neighbor.files.keys()].some((path) => path.replace(/\.ejs$/, '') === `files/${text}`) ? "''" : literal;
  });
  if (targets.size === 0) targets.set(`${id}-about`, 'about');
  const page = `docs/tools/${id}.md`;
  const test = `tests/test_${file}.py`;
  const module = `import { defineModule } from '${request.contract}';

declare module '${request.contract}' {
  interface Options {
    '${choice}/${id}': true;
  }
}

export default defineModule({
  choice: '${choice}',
  id: '${id}',
  title: ${quote(title)},
  summary: ${quote(`${title} as the ${choice} of the repository.`)},
  docs: ${property(neighbor.text, 'docs')},
  why: ${quote(`${title} is what the team knows.`)},
  watch: ${quote(`${title} and its client move together: raise both in one change.`)},
  status: 'active',
  home: '${page}',
  provides: ${provides},
  contributes: () => [
    { slot: 'docs', key: '${page}', value: { title: ${quote(title)} } },
    {
      slot: 'diagram-node',
      key: '${box}',
      value: { title: ${quote(title)}, detail: '${choice}', group: 'delivery', shape: 'process' },
    },
    { slot: 'diagram-edge', key: 'pipeline ${box}', value: { label: 'uses' } },
    { slot: 'gitignore', key: '.${id}/', value: { why: ${quote(`files of ${title}`)} } },
    {
      slot: 'cost',
      key: ${quote(title)},
      value: { here: 'nothing', grows: 'with nothing', elsewhere: ${quote(`what ${title} asks for an account`)} },
    },
    {
      slot: 'threat',
      key: ${quote(`Others read what ${title} stores`)},
      value: {
        area: 'permissions',
        measure: ${quote(`\`.${id}/\` stays on this machine`)},
        test: '${test}',
        left: 'the disk is not encrypted by this repository',
      },
    },
  ],
  traces: ['${page}'],
  leftovers: [{ what: ${quote(`files of ${title} in .${id}/`)}, remove: 'rm -r .${id}' }],
});
`;
  const rules = [...targets].map(
    ([name, verb]) =>
      `.PHONY: ${name}\n${name}: ## Tell what ${title} does for \`${verb}\`\n\t@echo "${title}: ${verb}; ` +
      `see ${page}"\n`,
  );
  const text = (content) => ({ content, mode: 0o666 });
  return new Map([
    ['module.ts', text(module)],
    [
      `files/${page}`,
      text(
        `# ${title}\n\n${title} is the ${choice} of this repository.\n\n` +
          `${[...targets.keys()].map((name) => `- \`make ${name}\``).join('\n')}\n`,
      ),
    ],
    [`files/mk/${id}.mk`, text(`##@ ${title}\n\n${rules.join('\n')}`)],
    [
      `files/${test}`,
      text(`"""The make targets of ${title}."""

from pathlib import Path

MAKEFILE = Path(__file__).parents[1] / "mk" / "${id}.mk"


def test_each_target_has_a_line_in_the_help() -> None:
    text = MAKEFILE.read_text(encoding="utf-8")
    for name in (${[...targets.keys()].map((name) => `"${name}"`).join(', ')}${targets.size === 1 ? ',' : ''}):
        assert f"\\n{name}: ## " in text
`),
    ],
  ]);
}
