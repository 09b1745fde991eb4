// The trail under a new key of the keyring: an upgrade that gets a new one writes every row anew, and so the whole chain. What the
// old key did not authenticate goes along as it was, and stays what `verify` calls it. Anchors of before name MACs of the old key.
import { toHex } from '../../formats/bytes.ts';
import type { Check, Store, Write } from '../../store/port.ts';
import { macLength, type RowCodec } from '../row-codec.ts';
import type { Records } from '../tables.ts';
import { headRef } from './tables.ts';

/** The rows of the trail under the new key, and what must hold for them to be written. */
export async function rekeyTrail(
  store: Store,
  from: RowCodec,
  to: RowCodec,
): Promise<{ readonly checks: readonly Check[]; readonly writes: readonly Write[] }> {
  const [row] = await store.read([headRef]);
  const checks = [{ ...headRef, version: row?.version }];
  const writes: Write[] = [];
  if (row === undefined || !(await from.isGenuine(headRef, row.value))) return { checks, writes };
  const head = await from.decodeOnce(headRef, row);
  /** New MACs by the old ones. */
  const macs = new Map<string, string>();
  for (const each of [...(await rowsOf(store, 'trail'))].reverse()) {
    const ref = { table: 'trail', id: each.id } as const;
    if (!(await from.isGenuine(ref, each.value))) continue;
    const group = await from.decodeOnce(ref, each);
    const value = await to.encode(ref, { ...group, previous: macs.get(group.previous) ?? group.previous });
    macs.set(toHex(each.value.subarray(0, macLength)), toHex(value.subarray(0, macLength)));
    writes.push({ ...ref, value });
  }
  writes.push({ ...headRef, value: await to.encode(headRef, { ...head, mac: macs.get(head.mac) ?? head.mac }) });
  for (const table of ['trail-digests', 'trail-keys'] as const)
    writes.push(...(await rewritten(store, table, from, to)));
  return { checks, writes };
}

async function rewritten(
  store: Store,
  table: 'trail-digests' | 'trail-keys',
  from: RowCodec,
  to: RowCodec,
): Promise<Write[]> {
  const writes: Write[] = [];
  for (const row of await rowsOf(store, table)) {
    const ref = { table, id: row.id } as { table: typeof table & keyof Records; id: string };
    if (!(await from.isGenuine(ref, row.value))) continue;
    const value = await to.encode(ref, await from.decodeOnce(ref, row));
    writes.push({ ...ref, value, key: row.key });
  }
  return writes;
}

async function rowsOf(store: Store, table: string) {
  const found = [];
  for (let after: string | undefined; ; ) {
    const rows = await store.list(table, { after, limit: 50 });
    found.push(...rows);
    if (rows.length < 50) return found;
    after = rows.at(-1)?.id;
  }
}

/**
 * What becomes of the trail where a backup takes the place of the keyring: it goes on where the backup has the same key. Else nobody
 * could read it any more, and it goes with its keyring.
 */
export async function trailAfterRestore(
  store: Store,
  codec: RowCodec,
): Promise<{ readonly isKept: boolean; readonly checks: readonly Check[]; readonly writes: readonly Write[] }> {
  const [row] = await store.read([headRef]);
  const checks = [{ ...headRef, version: row?.version }];
  if (row !== undefined && (await codec.isGenuine(headRef, row.value))) return { isKept: true, checks, writes: [] };
  const writes: Write[] = [];
  for (const table of ['trail', 'trail-head', 'trail-digests', 'trail-keys'])
    writes.push(...(await rowsOf(store, table)).map(({ id }) => ({ table, id })));
  return { isKept: false, checks, writes };
}
