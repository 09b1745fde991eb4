// Opening a keyring: one that is there. What is done at the first run, or where the store was cleared, is in first-run.ts, and what
// concerns a root is in rooted.ts; they are loaded then.
import { type Custody, deviceCustody } from '../keys/custody.ts';
import { prfOf } from '../keys/material.ts';
import { KmsError, StoreCorrupt } from '../model/errors/index.ts';
import { lazily } from '../model/lazily.ts';
import type { LockChannel } from '../store/lock-channel.ts';
import type { Row, Store } from '../store/port.ts';
import { Fence } from './fence.ts';
import { Keyring } from './keyring.ts';
import type { Rooted } from './root/rooted.ts';
import { RowCodec } from './row-codec.ts';
import { type KeyringOptions, type KeyringRecord, keyringRef, macKeyLabel, macKeyRef } from './tables.ts';
import type { TrailLog } from './trail/log.ts';

const trailOpening = lazily(() => import('./trail/open.ts'));

export interface Opened {
  readonly keyring: Keyring;
  /** Where a root lies in slots: hears of locks in other tabs, and tells them. */
  readonly listen: ((onLock: () => void) => LockChannel | undefined) | undefined;
  /** Of the row of the keyring's own key: it changes with an upgrade only. */
  readonly version: string;
}

/**
 * Opens the keyring of a store, and makes it on the first run.
 * @returns undefined where it is locked, and no method was given
 * @throws KeysNotKept, StoreEvicted, StoreCorrupt, StoreNewer, KeyLocked, KeyUndecryptable, StoreUnavailable, UnlockFailed
 */
export async function openKeyring(options: KeyringOptions): Promise<Opened | undefined> {
  const { store } = options;
  // Loaded while the store opens.
  if (options.trail) trailOpening().catch(() => {});
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
  // Whether material is wrapped shows in the row of the keyring's own key, which can be read before anything is verified.
  const isWrapped = macRow.value.length > 0 && macRow.key === undefined;
  const isPlain =
    !isWrapped && options.root === undefined && options.unlock === undefined && options.mode === undefined;
  if (isPlain && made === undefined) return openUnder(options, { held: deviceCustody }, row, macRow);
  const { holdRoot } = await import('./root/rooted.ts');
  const rooted = await holdRoot(options, isWrapped, made);
  return rooted && openUnder(options, rooted, row, macRow);
}

async function openUnder(options: KeyringOptions, rooted: Rooted, row: Row, macRow: Row): Promise<Opened> {
  const { store, clock, trustsClock, scope, mostKeys } = options;
  const { held } = rooted;
  const codec = new RowCodec(prfOf(await held.recover(macKeyLabel, macRow)));
  const record = await codec.decode(keyringRef, row);
  if ((record.custody === 'wrapped') !== (held.kind === 'wrapped'))
    throw new StoreCorrupt('The row of the keyring and its key do not belong together.');
  const isCounted = record.slots !== undefined;
  const { custodyOf, listenTo } = isCounted || options.mode !== undefined ? await import('./root/rooted.ts') : {};
  const custody = (await custodyOf?.(options, rooted, codec, record)) ?? held;
  await writeWitness(store, record);
  const log = await openTrail(options, codec);
  const fence = new Fence(store, codec, record.custody, macRow.version);
  const parts = { store, codec, custody, clock, trustsClock, isCounted, siblings: new Map(), log, fence, mostKeys };
  const keyring = new Keyring(parts, scope);
  await settle(keyring, store, record, options.onEvicted);
  return { keyring, listen: isCounted ? listenTo?.(record.id) : undefined, version: macRow.version };
}

async function openTrail(
  { store, clock, trail, onEvicted }: KeyringOptions,
  codec: RowCodec,
): Promise<TrailLog | undefined> {
  if (trail === undefined) return undefined;
  const { openTrailLog } = await trailOpening();
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
async function settle(keyring: Keyring, store: Store, record: KeyringRecord, onEvicted: 'refuse' | 'continue') {
  // Where the count is right nothing changes, as at nearly every opening.
  if (onEvicted === 'continue' || (await store.count('keys')) !== record.keyCount)
    await (await import('./recount.ts')).recount(keyring, onEvicted);
  await keyring.sweep();
}
