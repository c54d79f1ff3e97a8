import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';
import { linksOf } from '../../src/project.ts';

/**
 * The site has the same layout as the repository, so that a relative link works in both. Pages are the Markdown files
 * of the root, docs/ and bench/.
 */
const root = fileURLToPath(new URL('../..', import.meta.url));
const links = linksOf();

/** Pages of a folder as entries of the sidebar; `README.md` is the folder's own page. */
const pagesOf = (folder: string): { text: string; link: string }[] =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md') && name !== 'README.md')
    .sort()
    .map((name) => name.replace(/\.md$/, ''))
    .map((name) => ({ text: name, link: `/${folder}/${name}` }));

export default defineConfig({
  title: 'create-mlops-stack',
  description: 'Generate an MLOps repository for your own mix of tools, and change the mix later',
  lang: 'en-US',
  srcDir: '..',
  // Pages are in the root, docs/ and bench/ only.
  srcExclude: readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !['docs', 'bench'].includes(entry.name))
    .map((entry) => `${entry.name}/**`),
  outDir: './.vitepress/dist',
  cacheDir: './.vitepress/cache',
  rewrites: (path) => (path === 'README.md' ? 'index.md' : path.replace(/\/README\.md$/, '/index.md')),
  // Text such as <env> is text, as it is on a code host.
  markdown: { html: false },
  ignoreDeadLinks: false,
  cleanUrls: false,
  vite: { logLevel: 'warn' },
  themeConfig: {
    search: { provider: 'local' },
    nav: [
      { text: 'Tutorial', link: '/docs/tutorial' },
      { text: 'Choices', link: '/docs/choices' },
      { text: 'Changelog', link: '/CHANGELOG' },
    ],
    sidebar: [
      {
        text: 'Use',
        items: [
          { text: 'Overview', link: '/' },
          { text: 'Tutorial', link: '/docs/tutorial' },
          { text: 'Change a choice', link: '/docs/changing-a-choice' },
          { text: 'Support matrix', link: '/docs/support-matrix' },
          { text: 'Real data', link: '/docs/real-data' },
          { text: 'Changelog', link: '/CHANGELOG' },
        ],
      },
      {
        text: 'Choices',
        collapsed: true,
        items: [{ text: 'All choices', link: '/docs/choices' }, ...pagesOf('docs/choices')],
      },
      {
        text: 'Reference',
        items: [
          { text: 'Estimators of scikit-learn', link: '/docs/estimators' },
          { text: 'JSON output', link: '/docs/json/' },
          { text: 'Glossary', link: '/GLOSSARY' },
          { text: 'Benchmarks of the generator', link: '/bench/results' },
          { text: 'Benchmarks of the service', link: '/bench/serving' },
        ],
      },
      {
        text: 'Errors',
        collapsed: true,
        items: [{ text: 'All errors', link: '/docs/errors/' }, ...pagesOf('docs/errors')],
      },
      {
        text: 'Contribute',
        items: [
          { text: 'Contributing', link: '/CONTRIBUTING' },
          { text: 'Slots', link: '/docs/slots' },
          { text: 'How Terraform is tested', link: '/docs/proof-of-terraform' },
          { text: 'Code of conduct', link: '/CODE_OF_CONDUCT' },
          { text: 'Security', link: '/SECURITY' },
        ],
      },
    ],
    ...(links ? { socialLinks: [{ icon: 'github', link: links.manifest.homepage }] } : {}),
  },
  buildEnd({ outDir }) {
    // Files that pages link to and that are no pages themselves.
    cpSync(join(root, 'docs'), join(outDir, 'docs'), {
      recursive: true,
      filter: (source) => !source.endsWith('.md'),
    });
  },
});
