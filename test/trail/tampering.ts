// A trail to tamper with, and the ways to do it: everything that somebody who can write to the store can do to its rows.
import { type Kms, memoryStore, openKms, type Store } from '../../src/index.ts';
import type { Row } from '../../src/store/index.ts';
import { utf8 } from '../support/bytes.ts';
import { newKey } from '../support/kms.ts';

export interface Victim {
  readonly store: Store;
  readonly kms: Kms;
  readonly KeyId: string;
}

/** Opens a keyring of its own and makes `groups` groups, the first of which holds the key's creation. */
export async function newVictim(groups: number, store: Store = memoryStore()): Promise<Victim> {
  const kms = await openKms({ store });
  const KeyId = await newKey(kms);
  await addGroups({ store, kms, KeyId }, groups - 1);
  return { store, kms, KeyId };
}

export async function addGroups({ kms, KeyId }: Victim, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await Promise.all(Array.from({ length: 1 + (i % 3) }, () => kms.encrypt({ KeyId, Plaintext: utf8('x') })));
    await kms.trail.flush();
  }
}

/** Rows of groups, the oldest first. */
export async function groupRows({ store }: Victim): Promise<readonly Row[]> {
  return [...(await store.list('trail', { limit: 1000 }))].reverse();
}

export async function headRow({ store }: Victim): Promise<Row> {
  const [row] = await store.read([{ table: 'trail-head', id: 'head' }]);
  if (row === undefined) throw new Error('There is no head.');
  return row;
}

export async function put({ store }: Victim, id: string, value: Uint8Array, table = 'trail'): Promise<void> {
  await store.commit([], [{ table, id, value: new Uint8Array(value) }], 'strict');
}

export async function remove({ store }: Victim, ids: readonly string[], table = 'trail'): Promise<void> {
  await store.commit(
    [],
    ids.map((id) => ({ table, id })),
    'strict',
  );
}

export const at = <T>(list: readonly T[], index: number): T => {
  const found = list.at(index);
  if (found === undefined) throw new Error('There is no such row.');
  return found;
};

/** First and last sequence number of a genuine row. */
export function rangeOf(row: Row): readonly [number, number] {
  const { first, events } = JSON.parse(new TextDecoder().decode(row.value.subarray(32)));
  return [first, first + events.length - 1];
}
