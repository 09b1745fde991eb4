// Opening a keyring: one that is there. What is done at the first run, or where the store was cleared, is in first-run.ts, which is
// loaded then.
import { deviceCustody, wrappedCustody } from '../keys/custody.ts';
import { prfOf } from '../keys/material.ts';
import { KeyLocked, KmsError, StoreCorrupt, StoreEvicted, ValidationException } from '../model/errors/index.ts';
import type { Row, Store } from '../store/port.ts';
import { Keyring } from './keyring.ts';
import { RowCodec } from './row-codec.ts';
import { type KeyringOptions, type KeyringRecord, keyringRef, macKeyLabel, macKeyRef } from './tables.ts';

/**
 * Opens the keyring of a store, and makes it on the first run.
 * @throws KeysNotKept, StoreEvicted, StoreCorrupt, KeyLocked, KeyUndecryptable, StoreUnavailable
 */
export async function openKeyring(options: KeyringOptions): Promise<Keyring> {
  const { store } = options;
  for (;;) {
    const [row, macRow] = await store.read([keyringRef, macKeyRef]);
    if (row && macRow) return openExisting(options, row, macRow);
    const { lostItsOwn, makeKeyring, requireFirstRun } = await import('./first-run.ts');
    if (row || macRow) throw lostItsOwn();
    await requireFirstRun(options);
    await makeKeyring(options);
  }
}

async function openExisting(options: KeyringOptions, row: Row, macRow: Row): Promise<Keyring> {
  const { store, clock, trustsClock, root, scope } = options;
  // Whether material is wrapped shows in the row of the keyring's own key, which can be read before anything is verified.
  const isWrapped = macRow.value.length > 0;
  if (isWrapped && root === undefined)
    throw new KeyLocked('The keys of this store are wrapped under a root secret: pass it as `root`.');
  if (!isWrapped && root !== undefined) {
    throw new ValidationException(
      'root must be left out: the keys of this store lie in it as CryptoKeys and were not wrapped when it was made.',
    );
  }
  const custody = isWrapped && root ? wrappedCustody(root) : deviceCustody;
  const codec = new RowCodec(prfOf(await custody.recover(macKeyLabel, macRow)));
  const record = await codec.decode(keyringRef, row);
  if (record.format !== 1)
    throw new StoreCorrupt('The store was written by a version of keyhaven that this one does not know.');
  if (record.custody !== custody.kind)
    throw new StoreCorrupt('The row of the keyring and its key do not belong together.');
  await writeWitness(store, record);
  const keyring = new Keyring({ store, codec, custody, clock, trustsClock, siblings: new Map() }, scope);
  await settle(keyring, store, record, options.onEvicted);
  return keyring;
}

async function writeWitness(store: Store, record: KeyringRecord): Promise<void> {
  try {
    if ((await store.witness?.read()) !== record.id) await store.witness?.write(record.id);
  } catch (error) {
    // The keys are safe without it: only a later eviction would look like a first run.
    if (!(error instanceof KmsError)) throw error;
  }
}

/** Counts the keys against the keyring's own count, and removes keys that came due while nobody looked. */
async function settle(keyring: Keyring, store: Store, record: KeyringRecord, onEvicted: 'refuse' | 'continue') {
  // Where the count is right nothing changes, as at nearly every opening.
  if ((await store.count('keys')) !== record.keyCount)
    await keyring.change(async (draft) => {
      const record = await draft.keyring();
      const count = await store.count('keys');
      const [again] = await store.read([keyringRef]);
      const isSteady = draft.checks.every(({ version }) => version === again?.version);
      if (isSteady && count !== record.keyCount) {
        if (onEvicted === 'refuse') throw miscounted(count, record.keyCount);
        await draft.putKeyring({ ...record, keyCount: count });
      }
    });
  await keyring.sweep();
}

const miscounted = (count: number, expected: number): KmsError =>
  count < expected
    ? new StoreEvicted(
        `The store holds ${count} keys and should hold ${expected}: some were removed from outside. Pass onEvicted: 'continue' to go on with the rest.`,
      )
    : new StoreCorrupt(
        `The store holds ${count} keys and should hold ${expected}: some were put back from outside. Pass onEvicted: 'continue' to accept them.`,
      );
