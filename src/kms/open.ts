// openKms: checks the place, reads the options once, opens the keyring.

import { Access } from '../keyring/access.ts';
import type { Mode } from '../keyring/root/mode.ts';
import type { Retention, TrailMode } from '../keyring/trail/records.ts';
import { requireWebCrypto } from '../keys/probe.ts';
import type { UnlockMethod } from '../keys/unlock-method.ts';
import { checkScope, isKeyId, isMultiRegionKeyId } from '../model/arn.ts';
import { checkCaller, rootArn } from '../model/caller.ts';
import { ValidationException } from '../model/errors/index.ts';
import { checkFunctions, isOn, optionsReader } from '../model/options.ts';
import { indexedDbStore } from '../store/indexeddb.ts';
import type { Store } from '../store/port.ts';
import { contextOf, localOrigin } from '../trail/event.ts';
import { loadAhead } from './cryptographic-operations.ts';
import { Kms } from './kms.ts';

export interface OpenKmsOptions {
  /** Where keys are kept. Default: the IndexedDB database `keyhaven:<name>` of the origin. */
  store?: Store | undefined;
  /** Name of the keyring, for the default store: 1 to 64 of a-z, A-Z, 0-9, `_`, `.`, `-`. Default `default`. */
  name?: string | undefined;
  /** 12 digits. A store holds the keys of any number of accounts and Regions. Default `000000000000`. */
  accountId?: string | undefined;
  /** The Region whose keys this service shows; replicas of multi-Region keys lie beside it. Default `us-east-1`. */
  region?: string | undefined;
  /** The time in milliseconds since 1970. Default `Date.now`. */
  clock?: (() => number) | undefined;
  /**
   * Takes the clock at its word also where it was set back, as tests do. Default false: the waiting period of a deletion counts
   * from the latest time that the store has seen.
   */
  trustClock?: boolean | undefined;
  /** ARN of who calls. Default: the root user of the account. */
  caller?: string | undefined;
  /** Chooses the id of a new key: a lower-case UUID, or `mrk-` and 32 hex digits. Default, or for undefined: a random one. */
  newKeyId?: ((isMultiRegion: boolean) => string | undefined) | undefined;
  /**
   * An AES-GCM CryptoKey of 256 bits under which all key material is wrapped, for stores that cannot hold CryptoKeys or where
   * the device alone must not be enough. The same key is needed at every opening.
   */
  root?: CryptoKey | undefined;
  /**
   * Roots under which material may lie as well: the old one, or the one to come, while processes with either are running.
   * `kms.rewrap()` then wraps all under `root`.
   */
  otherRoots?: readonly CryptoKey[] | undefined;
  /**
   * What the keyring is from its first run on. `device` (default): keys are CryptoKeys of this device, and there is no other copy.
   * `recoverable`: each key has a copy under a root too, which a backup holds. `locked`: keys lie under the root only, so that
   * nothing on the disk opens without an unlock. Later it may be left out; `kms.upgrade` changes it.
   */
  mode?: Mode | undefined;
  /** The methods of `keyhaven/unlock` that open the root, for the first run of `recoverable` and `locked`. */
  slots?: readonly UnlockMethod[] | undefined;
  /** Unlocks the keyring at once. Without, a locked keyring opens locked: see `kms.unlock`. */
  unlock?: UnlockMethod | undefined;
  /**
   * What to do where keys that were in the store are gone: `refuse` (default) throws StoreEvicted, `continue` goes on with
   * what is left, or starts over.
   */
  onEvicted?: 'refuse' | 'continue' | undefined;
  /**
   * How calls are recorded. Changes of keys always are in the commit of the change. Of all other calls `strict` has the record
   * in the store before the result is given out; `grouped` (default) at the latest 100 ms afterwards. `off` records nothing.
   */
  trail?: 'grouped' | 'strict' | 'off' | undefined;
  /** How many keys the store may hold, replicas counted. Beyond: LimitExceededException. Default 100 000, as on AWS. */
  mostKeys?: number | undefined;
  /** How many days and records the trail keeps; the oldest go first. Infinity keeps all. Default: 90 days, 100 000 records. */
  trailRetention?: { days?: number | undefined; records?: number | undefined } | undefined;
}

/**
 * Opens the key management service of a store, and makes it on the first run.
 * @throws InsecureContext where the page has no WebCrypto
 * @throws StoreUnavailable where the storage is blocked, broken or does not answer in time
 * @throws StoreEvicted where the storage was cleared since it was last used
 * @throws KeysNotKept where this browser does not keep CryptoKeys
 * @throws KeyLocked where the keys are wrapped and `root` is missing
 * @throws UnlockFailed, UnlockUnavailable where `unlock` does not unlock the keyring
 */
export async function openKms(options: OpenKmsOptions = {}): Promise<Kms> {
  const read = readOptions(options);
  requireWebCrypto();
  if (read.hasRoot) (await import('./root-options.ts')).checkRootOptions(read);
  loadAhead();
  const access = await Access.open({
    store: read.store ?? indexedDbStore(read.name),
    scope: read.scope,
    clock: read.clock,
    trustsClock: read.trustsClock,
    root: read.root,
    otherRoots: read.otherRoots,
    mode: read.mode,
    slots: read.slots,
    unlock: read.unlock,
    onEvicted: read.onEvicted,
    trail: read.trail,
    mostKeys: read.mostKeys,
  });
  const newKeyId = read.newKeyId && checkedKeyId(read.newKeyId);
  const by = contextOf(read.scope, read.caller, localOrigin);
  return new Kms({ access, scope: read.scope, caller: read.caller, by, newKeyId });
}

const checkedKeyId = (choose: (isMultiRegion: boolean) => string | undefined) => (isMultiRegion: boolean) => {
  const id = choose(isMultiRegion);
  const isFit = id === undefined || (isKeyId(id) && isMultiRegionKeyId(id) === isMultiRegion);
  require(isFit, 'newKeyId must give a lower-case UUID, or mrk- and 32 hex digits for a multi-Region key.');
  return id;
};

function readOptions(options: OpenKmsOptions) {
  const own = optionsReader(options, {
    store: true,
    name: true,
    accountId: true,
    region: true,
    clock: true,
    trustClock: true,
    caller: true,
    newKeyId: true,
    root: true,
    otherRoots: true,
    mode: true,
    slots: true,
    unlock: true,
    onEvicted: true,
    trail: true,
    mostKeys: true,
    trailRetention: true,
  });
  const accountId = own('accountId') ?? '000000000000';
  const region = own('region') ?? 'us-east-1';
  const name = own('name') ?? 'default';
  const clock = own('clock') ?? Date.now;
  const onEvicted = own('onEvicted') ?? 'refuse';
  const scope = checkScope(accountId, region);
  require(typeof name === 'string' &&
    /^[a-zA-Z0-9_.-]{1,64}$/.test(name), 'name must be 1 to 64 of a-z, A-Z, 0-9, "_", ".", "-".');
  require(typeof clock === 'function', 'clock must be a function that returns milliseconds since 1970.');
  require(onEvicted === 'refuse' || onEvicted === 'continue', "onEvicted must be 'refuse' or 'continue'.");
  const store: Partial<Store> | undefined = own('store');
  const isStore = store === undefined || (typeof store?.read === 'function' && typeof store.commit === 'function');
  require(isStore, 'store must be a store, such as memoryStore() gives, and not the promise of one.');
  const caller = checkCaller(own('caller') ?? rootArn(scope), true);
  const newKeyId = own('newKeyId');
  checkFunctions({ newKeyId });
  const [root, mode, unlock] = [own('root'), own('mode'), own('unlock')];
  const others: unknown = own('otherRoots') ?? [];
  require(Array.isArray(others), 'otherRoots must be an array of CryptoKeys.');
  const otherRoots = [...(others as CryptoKey[])];
  require(root !== undefined || otherRoots.length === 0, 'otherRoots must go beside `root`.');
  const given: unknown = own('slots') ?? [];
  const slots = Array.isArray(given) ? [...given] : [given];
  const hasRoot = mode !== undefined || slots.length > 0 || unlock !== undefined;
  const trustsClock = isOn('trustClock', own('trustClock'));
  return {
    trustsClock,
    store: own('store'),
    root,
    otherRoots,
    mode,
    slots,
    unlock,
    hasRoot,
    scope,
    name,
    caller,
    clock,
    onEvicted,
    newKeyId,
    mostKeys: readCount(own('mostKeys') ?? 100_000),
    trail: readTrail(own('trail') ?? 'grouped', own('trailRetention')),
  };
}

function readCount(mostKeys: number): number {
  require(Number.isSafeInteger(mostKeys) && mostKeys >= 0, 'mostKeys must be a whole number.');
  return mostKeys;
}

function readTrail(
  mode: string,
  given: OpenKmsOptions['trailRetention'],
): { mode: TrailMode; retention: Retention } | undefined {
  const read = optionsReader(given, { days: true, records: true }, 'trailRetention');
  const own = (name: 'days' | 'records', standard: number): number => {
    const value = read(name) ?? standard;
    require(typeof value === 'number' && value >= 1, `trailRetention.${name} must be a number of at least 1.`);
    return value;
  };
  const retention = { days: own('days', 90), records: own('records', 100_000) };
  if (mode === 'off') return undefined;
  if (mode !== 'grouped' && mode !== 'strict')
    throw new ValidationException("trail must be 'grouped', 'strict' or 'off'.");
  return { mode, retention };
}

function require(holds: boolean, message: string): void {
  if (!holds) throw new ValidationException(message);
}
