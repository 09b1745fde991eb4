// The rows of a keyring: which tables there are, how their ids are made, and what the keyring remembers of itself. One keyring
// holds every account and Region: ids begin with both, so that each has keys and aliases of its own.

import type { SlotKind } from '../formats/root-slot.ts';
import type { CustodyKind } from '../keys/custody.ts';
import type { UnlockMethod } from '../keys/unlock-method.ts';
import type { Scope } from '../model/arn.ts';
import type { DeviceRecord } from '../model/device-record.ts';
import { StoreEvicted } from '../model/errors/index.ts';
import type { GrantRecord } from '../model/grant-record.ts';
import type { AliasRecord, KeyRecord, LastUse } from '../model/key-record.ts';
import type { Ref, Store } from '../store/port.ts';
import type { TrailGroup, TrailHead } from '../trail/chain.ts';
import type { Mode } from './root/mode.ts';
import type { KeptDigest, Retention, SigningKeyRecord, TrailMode } from './trail/records.ts';

/** What a keyring is opened with. */
export interface KeyringOptions {
  readonly store: Store;
  /** The account and Region whose keys it shows first; `at` shows others. */
  readonly scope: Scope;
  readonly clock: () => number;
  /** Takes the clock at its word where it was set back: else a waiting period counts from the latest time that was seen. */
  readonly trustsClock: boolean;
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
  /** How many keys there may be. */
  readonly mostKeys: number;
  /** How calls are recorded; undefined for not at all. */
  readonly trail: { readonly mode: TrailMode; readonly retention: Retention } | undefined;
}

/** What the keyring knows of itself. This row is also the canary: where it is missing, the store is new or was cleared. */
export interface KeyringRecord {
  /** See format.ts: no version that knows less may open the store. */
  readonly format: number;
  /** Random, for the life of the keyring. */
  readonly id: string;
  readonly custody: CustodyKind;
  readonly createdAt: number;
  /** Number of key rows: fewer rows than this means that some were removed from outside. */
  readonly keyCount: number;
  /** Latest time of any change: a clock that was set back does not shorten a waiting period. */
  readonly latestTime: number;
  /** Earliest deletion date of any key, or null: tells an opening keyring whether to look for keys that are due. */
  readonly nextDeletion: number | null;
  /** How often a deletion was scheduled, ever. */
  readonly deletionCount: number;
  /** When the trail was begun; absent where it never was. From then on a missing head is one that was lost. */
  readonly trailSince?: number;
  /** Keyrings with a root in slots only: the slots there are, so that one which was put back from outside is found. */
  readonly slots?: readonly SlotMark[];
  /** Keyrings with a root in slots only: counts the changes, so that an older copy is told from a newer one. */
  readonly generation?: number;
  /** The digest of all records (see row-digest.ts) of this generation, base64. */
  readonly digest?: string;
  /** When the last backup was written, and of which generation. */
  readonly backup?: { readonly at: number; readonly generation: number };
  /** The other devices that keys were passed to, or came from. */
  readonly devices?: readonly DeviceRecord[];
}

/** A slot as it was written last. */
export interface SlotMark {
  readonly id: string;
  readonly kind: SlotKind;
  /** Of the root in it: the tag of its wrap, base64. */
  readonly tag: string;
  /** SHA-256 of its row, base64: what the wrap authenticates only who opens the slot can tell. Missing in those of older versions. */
  readonly hash?: string;
}

/** The authenticated tables and what their rows hold. */
export interface Records {
  keyring: KeyringRecord;
  keys: KeyRecord;
  aliases: AliasRecord;
  grants: GrantRecord;
  uses: LastUse;
  trail: TrailGroup;
  'trail-head': TrailHead;
  'trail-digests': KeptDigest;
  'trail-keys': SigningKeyRecord;
}

export const keyringRef: Ref & { table: 'keyring' } = { table: 'keyring', id: 'keyring' };
/** The key that authenticates all other rows. */
export const macKeyRef: Ref = { table: 'materials', id: 'keyring' };
export const macKeyLabel = 'keyring';

/** What the ids of an account and Region begin with. */
export const prefixOf = ({ accountId, region }: Scope): string => `${accountId}/${region}/`;
export const keyRef = (scope: Scope, id: string): Ref & { table: 'keys' } => ({
  table: 'keys',
  id: prefixOf(scope) + id,
});
export const aliasRef = (scope: Scope, name: string): Ref & { table: 'aliases' } => ({
  table: 'aliases',
  id: prefixOf(scope) + name,
});
export const materialRef = (scope: Scope, keyId: string, materialId: string): Ref => ({
  table: 'materials',
  id: `${prefixOf(scope)}${keyId}/${materialId}`,
});

/** The wrapped copy of a row of material, of recoverable keyrings. */
export const copyRef = ({ id }: Ref): Ref => ({ table: 'copies', id });
export const slotRef = (id: string): Ref => ({ table: 'slots', id });

/** What the ids of a key's grants begin with. */
export const grantsPrefix = (scope: Scope, keyId: string): string => `${prefixOf(scope)}${keyId}/`;
export const grantRef = (scope: Scope, keyId: string, grantId: string): Ref & { table: 'grants' } => ({
  table: 'grants',
  id: grantsPrefix(scope, keyId) + grantId,
});
export const useRef = (scope: Scope, keyId: string): Ref & { table: 'uses' } => ({
  table: 'uses',
  id: prefixOf(scope) + keyId,
});

/** Where a row belongs: the account and Region of an id, and the rest of it. */
export function splitId(id: string): { readonly scope: Scope; readonly rest: string } {
  const [accountId = '', region = '', ...rest] = id.split('/');
  return { scope: { accountId, region }, rest: rest.join('/') };
}

/** The keyring's own row is gone while it is open. */
export const cleared = (): StoreEvicted =>
  new StoreEvicted('The storage was cleared while the keyring was open: by the browser, the user, or another program.');
