// Keys and aliases of one account and Region, page by page.
import { type AliasRecord, isDue, type KeyRecord } from '../model/key-record.ts';
import type { Row } from '../store/port.ts';
import type { Keyring } from './keyring.ts';
import { aliasRef, prefixOf } from './tables.ts';

/** Keys in the order of their ids. Fewer than `limit` only at the end. */
export async function listKeys(
  keyring: Keyring,
  after: string | undefined,
  limit: number,
): Promise<readonly KeyRecord[]> {
  const { codec } = keyring.parts;
  const rows = await list(keyring, 'keys', after, limit);
  if (rows.length === 0 && after === undefined) await keyring.requireKeyring();
  const keys = await Promise.all(rows.map((row) => codec.decode({ table: 'keys', id: row.id }, row)));
  const due = keys.filter((key) => isDue(key, keyring.now));
  if (due.length === 0) return keys;
  for (const key of due) await keyring.purgeIfDue(key.id);
  return listKeys(keyring, after, limit);
}

/** Aliases in the order of their names. */
export async function listAliases(
  keyring: Keyring,
  after: string | undefined,
  limit: number,
): Promise<readonly AliasRecord[]> {
  // An alias does not tell whether its key is due.
  await keyring.sweep();
  return decodeAliases(keyring, await list(keyring, 'aliases', after, limit));
}

/** Reads aliases by name; those that are gone are left out. */
export async function aliasesNamed(keyring: Keyring, names: readonly string[]): Promise<readonly AliasRecord[]> {
  const rows = await keyring.parts.store.read(names.map((name) => aliasRef(keyring.scope, name)));
  return decodeAliases(
    keyring,
    rows.filter((row): row is Row => row !== undefined),
  );
}

const decodeAliases = ({ parts: { codec } }: Keyring, rows: readonly Row[]): Promise<AliasRecord[]> =>
  Promise.all(rows.map((row) => codec.decode({ table: 'aliases', id: row.id }, row)));

/** Rows of this account and Region in the order of their ids. */
async function list(
  { scope, parts: { store } }: Keyring,
  table: string,
  after: string | undefined,
  limit: number,
): Promise<readonly Row[]> {
  const prefix = prefixOf(scope);
  const rows = await store.list(table, { after: prefix + (after ?? ''), limit });
  return rows.filter(({ id }) => id.startsWith(prefix));
}
