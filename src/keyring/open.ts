// Opening a keyring: first run, or one that is there, or one that was cleared. On the first run the browser must prove that it
// keeps keys: written, read again over a new connection, and used, before anyone trusts it with one.
import { toHex } from '../formats/bytes.ts';
import { type Custody, copyOf, deviceCustody, wrappedCustody } from '../keys/custody.ts';
import { prfOf } from '../keys/material.ts';
import { randomBytes } from '../keys/random.ts';
import { rotatingCustody } from '../keys/rotating-custody.ts';
import type { UnlockMethod } from '../keys/unlock-method.ts';
import type { Scope } from '../model/arn.ts';
import {
  KeyLocked,
  KeysNotKept,
  KmsError,
  StoreCorrupt,
  StoreEvicted,
  ValidationException,
} from '../model/errors/index.ts';
import type { Row, Store, Write } from '../store/port.ts';
import { Keyring } from './keyring.ts';
import { type Mode, modeOf } from './mode.ts';
import { RowCodec } from './row-codec.ts';
import type { StoredSlot } from './slots.ts';
import { copyRef, type KeyringRecord, keyringRef, macKeyLabel, macKeyRef, type SlotMark } from './tables.ts';

export interface KeyringOptions {
  readonly store: Store;
  /** The account and Region whose keys it shows first; `at` shows others. */
  readonly scope: Scope;
  readonly clock: () => number;
  /** Wraps all key material where given. */
  readonly root: CryptoKey | undefined;
  /** Under which material may lie as well, while the root is exchanged. */
  readonly otherRoots: readonly CryptoKey[];
  /** What the keyring is to be on the first run; later what it must be. Undefined: `device`, later whatever it is. */
  readonly mode: Mode | undefined;
  /** The methods that get a slot on the first run. */
  readonly slots: readonly UnlockMethod[];
  /** Unlocks a keyring that is locked. */
  readonly unlock: UnlockMethod | undefined;
  /** What to do where keys were lost: refuse to open, or go on with what is left. */
  readonly onEvicted: 'refuse' | 'continue';
}

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
    if (row || macRow) throw lostItsOwn();
    await requireFirstRun(store, options.onEvicted);
    made = await makeKeyring(options);
  }
}

async function requireFirstRun(store: Store, onEvicted: 'refuse' | 'continue'): Promise<void> {
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
const lostItsOwn = (): StoreEvicted =>
  new StoreEvicted(
    'The store lost its own records and still holds others. Restore it from a backup, or delete the database to start over.',
  );

/** The first run. @returns undefined where another tab was faster, whose keyring is taken then */
async function makeKeyring(options: KeyringOptions): Promise<Custody | undefined> {
  const { store, clock, root, mode } = options;
  if (mode !== 'locked' && root === undefined && !store.holdsCryptoKeys) {
    throw new KeysNotKept('This store cannot hold a CryptoKey. Give a `root` secret to keep keys wrapped under it.');
  }
  const id = toHex(randomBytes(16));
  const hasRoot = mode === 'recoverable' || mode === 'locked';
  const { found } = hasRoot ? await import('./founding.ts') : { found: undefined };
  const founded = await found?.({ id, mode: mode as Mode, slots: options.slots, now: clock() });
  const custody = founded?.custody ?? custodyUnder(options);
  const { material, kept } = await custody.make(macKeyLabel);
  const now = clock();
  const record: KeyringRecord = {
    format: 1,
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

/** Where there is no root in slots: the device, or the root that the caller gives. */
const custodyUnder = ({ root, otherRoots }: KeyringOptions): Custody =>
  root === undefined ? deviceCustody : otherRoots.length > 0 ? rotatingCustody(root, otherRoots) : wrappedCustody(root);

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
    const custody = made ?? custodyUnder(options);
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
  return openUnder(options, isWrapped ? wrappedCustody(opened) : deviceCustody, row, macRow, used);
}

async function openUnder(
  options: KeyringOptions,
  held: Custody,
  row: Row,
  macRow: Row,
  used: StoredSlot | undefined,
): Promise<Opened> {
  const { store, clock, scope, mode } = options;
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
  const custody = record.custody === 'recoverable' ? await recoverable(store, marks ?? []) : held;
  await writeWitness(store, record);
  const isCounted = marks !== undefined;
  const keyring = new Keyring({ store, codec, custody, clock, isCounted, siblings: new Map() }, scope);
  await settle(keyring, store, options.onEvicted);
  return { keyring, id: record.id, isLockable: isCounted, version: macRow.version };
}

/** Keys of the device with copies under the root, which the device's own slot opens where a key is made. */
async function recoverable(store: Store, marks: readonly SlotMark[]): Promise<Custody> {
  const [{ recoverableCustody }, { readSlots, requireKnown, unlockWith }, { deviceMethod }] = await Promise.all([
    import('../keys/recoverable-custody.ts'),
    import('./slots.ts'),
    import('../keys/device-method.ts'),
  ]);
  let opening: Promise<CryptoKey> | undefined;
  return recoverableCustody(() => {
    opening ??= (async () => {
      const { root, used } = await unlockWith(await readSlots(store), deviceMethod);
      requireKnown(marks, used);
      return root;
    })();
    opening.catch(() => {
      opening = undefined;
    });
    return opening;
  });
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
async function settle(keyring: Keyring, store: Store, onEvicted: 'refuse' | 'continue'): Promise<void> {
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
