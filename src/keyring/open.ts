// Opening a keyring: first run, or one that is there, or one that was cleared. On the first run the browser must prove that it
// keeps keys: written, read again over a new connection, and used, before anyone trusts it with one.
import { toHex } from '../formats/bytes.ts';
import { type Custody, deviceCustody, wrappedCustody } from '../keys/custody.ts';
import { prfOf } from '../keys/material.ts';
import { randomBytes } from '../keys/random.ts';
import type { Scope } from '../model/arn.ts';
import {
  KeyLocked,
  KeysNotKept,
  KmsError,
  StoreCorrupt,
  StoreEvicted,
  ValidationException,
} from '../model/errors/index.ts';
import type { Row, Store } from '../store/port.ts';
import { Keyring } from './keyring.ts';
import { RowCodec } from './row-codec.ts';
import { type KeyringRecord, keyringRef, macKeyLabel, macKeyRef } from './tables.ts';
import type { TrailLog, TrailMode } from './trail-log.ts';
import type { Retention } from './trail-retention.ts';

export interface KeyringOptions {
  readonly store: Store;
  /** The account and Region whose keys it shows first; `at` shows others. */
  readonly scope: Scope;
  readonly clock: () => number;
  /** Wraps all key material where given. */
  readonly root: CryptoKey | undefined;
  /** What to do where keys were lost: refuse to open, or go on with what is left. */
  readonly onEvicted: 'refuse' | 'continue';
  /** How calls are recorded; undefined for not at all. */
  readonly trail: { readonly mode: TrailMode; readonly retention: Retention } | undefined;
}

/**
 * Opens the keyring of a store, and makes it on the first run.
 * @throws KeysNotKept, StoreEvicted, StoreCorrupt, KeyLocked, KeyUndecryptable, StoreUnavailable
 */
export async function openKeyring(options: KeyringOptions): Promise<Keyring> {
  const { store } = options;
  // Loaded while the store opens.
  if (options.trail) import('./trail-open.ts').catch(() => {});
  for (;;) {
    const [row, macRow] = await store.read([keyringRef, macKeyRef]);
    if (row && macRow) return openExisting(options, row, macRow);
    if (row || macRow) throw lostItsOwn();
    await requireFirstRun(store, options.onEvicted);
    await makeKeyring(options);
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

/** The first run. Where another tab is faster, that tab's keyring is taken. */
async function makeKeyring({ store, clock, root }: KeyringOptions): Promise<void> {
  const custody = root ? wrappedCustody(root) : deviceCustody;
  if (custody.kind === 'device' && !store.holdsCryptoKeys) {
    throw new KeysNotKept('This store cannot hold a CryptoKey. Give a `root` secret to keep keys wrapped under it.');
  }
  const { material, kept } = await custody.make(macKeyLabel);
  const now = clock();
  const record: KeyringRecord = {
    format: 1,
    id: toHex(randomBytes(16)),
    custody: custody.kind,
    createdAt: now,
    keyCount: 0,
    latestTime: now,
    nextDeletion: null,
    deletionCount: 0,
  };
  const value = await new RowCodec(prfOf(material)).encode(keyringRef, record);
  const absent = [keyringRef, macKeyRef].map(({ table, id }) => ({ table, id, version: undefined }));
  const isFirst = await store.commit(
    absent,
    [
      { ...keyringRef, value },
      { ...macKeyRef, ...kept },
    ],
    'strict',
  );
  if (isFirst) await requireKept(store, custody);
}

/** Reads the new keyring over a new connection and uses its key. What cannot be used is removed. */
async function requireKept(store: Store, custody: Custody): Promise<void> {
  await store.disconnect();
  const [row, macRow] = await store.read([keyringRef, macKeyRef]);
  try {
    if (row === undefined || macRow === undefined) throw new Error('The rows are gone.');
    await new RowCodec(prfOf(await custody.recover(macKeyLabel, macRow))).decode(keyringRef, row);
  } catch (cause) {
    const written = [row, macRow].filter((found): found is Row => found !== undefined);
    await store.commit(
      written,
      written.map(({ table, id }) => ({ table, id })),
      'strict',
    );
    throw new KeysNotKept(
      'This browser does not keep CryptoKeys: one that was stored came back unusable. Give a `root` secret to keep keys wrapped under it.',
      { cause },
    );
  }
}

async function openExisting(options: KeyringOptions, row: Row, macRow: Row): Promise<Keyring> {
  const { store, clock, root, scope } = options;
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
  const log = await openTrail(options, codec);
  const keyring = new Keyring({ store, codec, custody, clock, siblings: new Map(), log }, scope);
  await settle(keyring, store, options.onEvicted);
  return keyring;
}

async function openTrail(
  { store, clock, trail, onEvicted }: KeyringOptions,
  codec: RowCodec,
): Promise<TrailLog | undefined> {
  if (trail === undefined) return undefined;
  const { openTrailLog } = await import('./trail-open.ts');
  return openTrailLog({ store, codec, clock, ...trail }, onEvicted);
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
