// Keys and aliases in the order of their names, and keys that are due wherever they are. Loaded when someone lists.
import type { Scope } from '../model/arn.ts';
import { type AliasRecord, isDue, type KeyRecord } from '../model/key-record.ts';
import type { Row, Store } from '../store/port.ts';
import type { Draft } from './draft.ts';
import { ifKnown } from './format.ts';
import type { RowCodec } from './row-codec.ts';
import { aliasRef, type KeyringRecord, prefixOf, splitId } from './tables.ts';

/** What listing needs of a keyring. */
interface Ring {
  readonly scope: Scope;
  readonly now: number;
  readonly parts: { readonly store: Store; readonly codec: RowCodec };
  at(scope: Scope): { purge(id: string): Promise<void> };
  purge(id: string): Promise<void>;
  sweep(): Promise<unknown>;
  requireKeyring(): Promise<void>;
  change<T>(attempt: (draft: Draft) => Promise<T>): Promise<T>;
}

/** Keys in the order of their ids. Fewer than `limit` only at the end. */
export async function listKeys(keyring: Ring, after: string | undefined, limit: number): Promise<readonly KeyRecord[]> {
  const rows = await listRows(keyring, 'keys', after, limit);
  if (rows.length === 0 && after === undefined) await keyring.requireKeyring();
  const { codec } = keyring.parts;
  const keys = await Promise.all(rows.map((row) => codec.decode({ table: 'keys', id: row.id }, row)));
  const due = keys.filter((key) => isDue(key, keyring.now));
  if (due.length === 0) return keys;
  for (const key of due) await keyring.purge(key.id);
  return listKeys(keyring, after, limit);
}

/** Aliases in the order of their names. */
export async function listAliases(
  keyring: Ring,
  after: string | undefined,
  limit: number,
): Promise<readonly AliasRecord[]> {
  // An alias does not tell whether its key is due.
  await keyring.sweep();
  return decodeAliases(keyring, await listRows(keyring, 'aliases', after, limit));
}

/** Reads aliases by name; those that are gone are left out. */
export async function aliasesNamed(keyring: Ring, names: readonly string[]): Promise<readonly AliasRecord[]> {
  const rows = await keyring.parts.store.read(names.map((name) => aliasRef(keyring.scope, name)));
  return decodeAliases(
    keyring,
    rows.filter((row): row is Row => row !== undefined),
  );
}

const decodeAliases = ({ parts: { codec } }: Ring, rows: readonly Row[]): Promise<readonly AliasRecord[]> =>
  Promise.all(rows.map((row) => codec.decode({ table: 'aliases', id: row.id }, row)));

/** Rows of this account and Region in the order of their ids. */
async function listRows(
  { parts, scope }: Ring,
  table: string,
  after: string | undefined,
  limit: number,
): Promise<readonly Row[]> {
  const prefix = prefixOf(scope);
  const rows = await parts.store.list(table, { after: prefix + (after ?? ''), limit });
  return rows.filter(({ id }) => id.startsWith(prefix));
}

/**
 * Removes all keys that are due in any account and Region, and notes the next date.
 * @param before what the keyring knew
 * @returns false where only a newer version can tell the next date: it stays as it is then
 */
export async function purgeDue(keyring: Ring, before: KeyringRecord): Promise<boolean> {
  const { store, codec } = keyring.parts;
  let next: number | null = null;
  let isAllKnown = true;
  let after: string | undefined;
  do {
    const rows = await store.list('keys', { after, limit: 1000 });
    for (const row of rows) {
      const key = await ifKnown(codec.decode({ table: 'keys', id: row.id }, row));
      if (key === undefined) isAllKnown = false;
      else if (isDue(key, keyring.now)) await keyring.at(splitId(row.id).scope).purge(key.id);
      else if (key.deletionAt !== null) next = Math.min(next ?? key.deletionAt, key.deletionAt);
    }
    after = rows.at(-1)?.id;
  } while (after !== undefined);
  if (!isAllKnown) return false;
  await keyring.change(async (draft) => {
    const record = await draft.keyring();
    // A deletion that was scheduled meanwhile may have been missed: look again then.
    if (record.deletionCount === before.deletionCount) await draft.putKeyring({ ...record, nextDeletion: next });
  });
  return true;
}
