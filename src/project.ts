/**
 * The public address of this project's repository, for example a GitHub URL, without a slash at its end. It is null
 * until the repository is public. Every link to the project derives from it; run `npm run docs` after a change.
 */
export const PUBLIC_ADDRESS: string | null = null;

export type ProjectLinks = {
  /** Fields of package.json. */
  readonly manifest: {
    readonly homepage: string;
    readonly repository: { readonly type: 'git'; readonly url: string };
    readonly bugs: { readonly url: string };
  };
  readonly issues: string;
  readonly securityReports: string;
  /** The page of an error id. */
  readonly errorPage: (id: string) => string;
  /** A file or folder of the repository, by its path. */
  readonly file: (path: string) => string;
};

/** The links that derive from an address, or null if there is no address. */
export function linksOf(address: string | null = PUBLIC_ADDRESS): ProjectLinks | null {
  if (address === null) return null;
  const file = (path: string): string => `${address}/blob/main/${path}`;
  const issues = `${address}/issues`;
  return {
    manifest: {
      homepage: `${address}#readme`,
      repository: { type: 'git', url: `git+${address}.git` },
      bugs: { url: issues },
    },
    issues,
    securityReports: `${address}/security/advisories/new`,
    errorPage: (id) => file(`docs/errors/${id}.md`),
    file,
  };
}

/** package.json with the fields that derive from `links`; fields of an earlier address are removed. */
export function withLinks(
  manifest: Readonly<Record<string, unknown>>,
  links: ProjectLinks | null = linksOf(),
): Record<string, unknown> {
  const { homepage: _homepage, repository: _repository, bugs: _bugs, ...rest } = manifest;
  if (!links) return rest;
  // The derived fields come after the license, where npm puts them.
  return Object.fromEntries(
    Object.entries(rest).flatMap(([key, value]) =>
      key === 'license' ? [[key, value], ...Object.entries(links.manifest)] : [[key, value]],
    ),
  );
}
