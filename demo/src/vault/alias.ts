// Aliases know few characters, names know all.

/** `Family papers` becomes `alias/family-papers`; undefined where a name leaves nothing, as names in other scripts do. */
export function aliasOf(name: string): string | undefined {
  const slug = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{Mark}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return slug === '' ? undefined : `alias/${slug}`;
}
