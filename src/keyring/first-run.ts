// The first run: nothing is there, and nothing was. The browser must prove that it keeps keys, written, read again over a new
// connection, and used, before anyone trusts it with one.
import { toHex } from '../formats/bytes.ts';
import { type Custody, copyOf, deviceCustody } from '../keys/custody.ts';
import { prfOf } from '../keys/material.ts';
import { randomBytes } from '../keys/random.ts';
import { custodyUnder } from '../keys/rotating-custody.ts';
import { KeysNotKept, StoreEvicted } from '../model/errors/index.ts';
import type { Row, Store, Write } from '../store/port.ts';
import { knownFormat } from './format.ts';
import type { Mode } from './root/mode.ts';
import { RowCodec } from './row-codec.ts';
import { copyRef, type KeyringOptions, type KeyringRecord, keyringRef, macKeyLabel, macKeyRef } from './tables.ts';

/** @throws StoreEvicted where it is not the first */
export async function requireFirstRun({ store, onEvicted }: KeyringOptions): Promise<void> {
  const seen = await store.witness?.read();
  const leftovers = (await store.count('keys')) + (await store.count('materials')) + (await store.count('aliases'));
  if (seen === undefined && leftovers === 0) return;
  // Another tab may have made the keyring between the reads.
  const [row] = await store.read([keyringRef]);
  if (row) return;
  if (onEvicted === 'refuse') {
    throw new StoreEvicted(
      'This origin had keys, and its storage was cleared since: by the browser for want of space, by the user, or by another program. ' +
        "Data encrypted under those keys can be read with a backup only. Pass onEvicted: 'continue' to start over.",
    );
  }
  if (leftovers > 0) throw lostItsOwn();
}

/** Rows of keys without the keyring's own: nothing can tell whether they are genuine. */
export const lostItsOwn = (): StoreEvicted =>
  new StoreEvicted(
    'The store lost its own records and still holds others. Restore it from a backup, or delete the database to start over.',
  );

/** The first run. @returns undefined where another tab was faster, whose keyring is taken then */
export async function makeKeyring(options: KeyringOptions): Promise<Custody | undefined> {
  const { store, clock, root, mode } = options;
  if (mode !== 'locked' && root === undefined && !store.holdsCryptoKeys) {
    throw new KeysNotKept('This store cannot hold a CryptoKey. Give a `root` secret to keep keys wrapped under it.');
  }
  const id = toHex(randomBytes(16));
  const hasRoot = mode === 'recoverable' || mode === 'locked';
  const { found } = hasRoot ? await import('./root/founding.ts') : { found: undefined };
  const founded = await found?.({ id, mode: mode as Mode, slots: options.slots, now: clock() });
  const custody = founded?.custody ?? (root ? custodyUnder(root, options.otherRoots) : deviceCustody);
  const { material, kept } = await custody.make(macKeyLabel);
  const now = clock();
  const record: KeyringRecord = {
    format: knownFormat,
    id,
    custody: custody.kind,
    createdAt: now,
    keyCount: 0,
    latestTime: now,
    nextDeletion: null,
    deletionCount: 0,
    ...founded?.members,
  };
  const value = await new RowCodec(prfOf(material)).encode(keyringRef, record);
  const absent = [keyringRef, macKeyRef].map(({ table, id }) => ({ table, id, version: undefined }));
  const copy = copyOf(kept);
  const writes: readonly Write[] = [
    { ...keyringRef, value },
    { ...macKeyRef, value: kept.value, key: kept.key },
    ...(copy === undefined ? [] : [{ ...copyRef(macKeyRef), value: copy }]),
    ...(founded?.writes ?? []),
  ];
  if (!(await store.commit(absent, writes, 'strict'))) return undefined;
  await requireKept(store, custody, writes);
  return custody;
}

/** Reads the new keyring over a new connection and uses its key. What cannot be used is removed. */
async function requireKept(store: Store, custody: Custody, writes: readonly Write[]): Promise<void> {
  await store.disconnect();
  const [row, macRow] = await store.read([keyringRef, macKeyRef]);
  try {
    if (row === undefined || macRow === undefined) throw new Error('The rows are gone.');
    await new RowCodec(prfOf(await custody.recover(macKeyLabel, macRow))).decode(keyringRef, row);
  } catch (cause) {
    const written = [row, macRow].filter((found): found is Row => found !== undefined);
    await store.commit(
      written,
      writes.map(({ table, id }) => ({ table, id })),
      'strict',
    );
    throw new KeysNotKept(
      'This browser does not keep CryptoKeys: one that was stored came back unusable. Give a `root` secret to keep keys wrapped under it.',
      { cause },
    );
  }
}
