// Opening a keyring: one that is there. What is done at the first run, or where the store was cleared, is in first-run.ts, and what
// opens a root in slots is in slots.ts and recoverable.ts; they are loaded then.
import { type Custody, deviceCustody } from '../keys/custody.ts';
import { prfOf } from '../keys/material.ts';
import { KeyLocked, KmsError, StoreCorrupt, StoreEvicted, ValidationException } from '../model/errors/index.ts';
import type { Row, Store } from '../store/port.ts';
import { Keyring } from './keyring.ts';
import { modeOf } from './mode.ts';
import { RowCodec } from './row-codec.ts';
import type { StoredSlot } from './slots.ts';
import { type KeyringOptions, type KeyringRecord, keyringRef, macKeyLabel, macKeyRef } from './tables.ts';

export interface Opened {
  readonly keyring: Keyring;
  readonly id: string;
  /** True where a root lies in slots. */
  readonly isLockable: boolean;
  /** Of the row of the keyring's own key: it changes with an upgrade only. */
  readonly version: string;
}

/**
 * Opens the keyring of a store, and makes it on the first run.
 * @returns undefined where it is locked, and no method was given
 * @throws KeysNotKept, StoreEvicted, StoreCorrupt, KeyLocked, KeyUndecryptable, StoreUnavailable, UnlockFailed
 */
export async function openKeyring(options: KeyringOptions): Promise<Opened | undefined> {
  const { store } = options;
  for (let made: Custody | undefined; ; ) {
    const [row, macRow] = await store.read([keyringRef, macKeyRef]);
    if (row && macRow) return openExisting(options, made, row, macRow);
    const { lostItsOwn, makeKeyring, requireFirstRun } = await import('./first-run.ts');
    if (row || macRow) throw lostItsOwn();
    await requireFirstRun(options);
    made = await makeKeyring(options);
  }
}

/** Opens a keyring that is there with the custody it was just written with. @throws StoreEvicted */
export async function openWith(options: KeyringOptions, custody: Custody): Promise<Opened | undefined> {
  const [row, macRow] = await options.store.read([keyringRef, macKeyRef]);
  if (row === undefined || macRow === undefined) throw (await import('./first-run.ts')).lostItsOwn();
  return openExisting(options, custody, row, macRow);
}

/** @param made what a first run has just made it with: it need not be unlocked then */
async function openExisting(
  options: KeyringOptions,
  made: Custody | undefined,
  row: Row,
  macRow: Row,
): Promise<Opened | undefined> {
  const { root, unlock, store } = options;
  // Whether material is wrapped shows in the row of the keyring's own key, which can be read before anything is verified.
  const isWrapped = macRow.value.length > 0;
  if (!isWrapped && root !== undefined) {
    throw new ValidationException(
      'root must be left out: the keys of this store lie in it as CryptoKeys and were not wrapped when it was made.',
    );
  }
  if (made !== undefined || root !== undefined || (!isWrapped && unlock === undefined)) {
    const custody = made ?? (root === undefined ? deviceCustody : await wrapped(root, options.otherRoots));
    return openUnder(options, custody, row, macRow, undefined);
  }
  const { readSlots, unlockWith } = await import('./slots.ts');
  const slots = await readSlots(store);
  if (isWrapped && slots.length === 0)
    throw new KeyLocked('The keys of this store are wrapped under a root secret: pass it as `root`.');
  if (unlock === undefined) return undefined;
  if (!isWrapped && slots.length === 0)
    throw new ValidationException('unlock must be left out: this keyring has no root, so nothing of it is locked.');
  const { root: opened, used } = await unlockWith(slots, unlock);
  return openUnder(options, isWrapped ? await wrapped(opened, []) : deviceCustody, row, macRow, used);
}

const wrapped = async (root: CryptoKey, others: readonly CryptoKey[]): Promise<Custody> =>
  (await import('../keys/rotating-custody.ts')).custodyUnder(root, others);

async function openUnder(
  options: KeyringOptions,
  held: Custody,
  row: Row,
  macRow: Row,
  used: StoredSlot | undefined,
): Promise<Opened> {
  const { store, clock, trustsClock, scope, mode } = options;
  const codec = new RowCodec(prfOf(await held.recover(macKeyLabel, macRow)));
  const record = await codec.decode(keyringRef, row);
  if (record.format !== 1)
    throw new StoreCorrupt('The store was written by a version of keyhaven that this one does not know.');
  if ((record.custody === 'wrapped') !== (held.kind === 'wrapped'))
    throw new StoreCorrupt('The row of the keyring and its key do not belong together.');
  const marks = record.slots;
  if (mode !== undefined && mode !== modeOf(record))
    throw new ValidationException(
      `mode must be ${modeOf(record)}, which this keyring is, or left out: kms.upgrade({ to: '${mode}' }) changes it.`,
    );
  if (used) (await import('./slots.ts')).requireKnown(marks ?? [], used);
  const custody =
    record.custody === 'recoverable' ? (await import('./recoverable.ts')).recoverable(store, marks ?? []) : held;
  await writeWitness(store, record);
  const isCounted = marks !== undefined;
  const keyring = new Keyring({ store, codec, custody, clock, trustsClock, isCounted, siblings: new Map() }, scope);
  await settle(keyring, store, record, options.onEvicted);
  return { keyring, id: record.id, isLockable: isCounted, version: macRow.version };
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
  if (onEvicted === 'continue' && keyring.parts.isCounted) await (await import('./check.ts')).acceptRows(keyring);
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
