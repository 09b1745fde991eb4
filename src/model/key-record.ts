// What the store remembers of a key, and the state that follows from it. State is derived from stored dates, never from
// timers: a key whose deletion date has passed is gone the next time anyone looks.
import { keyArn, type Scope } from './arn.ts';
import { DisabledException, InvalidKeyUsageException, KMSInvalidStateException } from './errors/index.ts';
import type { KeyKind, KeyUsage } from './key-spec.ts';

export type RotationType = 'AUTOMATIC' | 'ON_DEMAND';

export interface MaterialEntry {
  /** 64 hex digits. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** Of key pairs: SubjectPublicKeyInfo, base64. */
  readonly publicKey?: string;
  /** When and why it became current; absent for a key's first material. */
  readonly rotated?: { readonly at: number; readonly type: RotationType };
  /** Imported material only: when it expires (null: never), or false where it was deleted, has expired or is not yet here. */
  readonly imported?: { readonly expiresAt: number | null } | false;
  /** Imported material only: the caller's words for it. */
  readonly description?: string;
}

/** Material that is to become current. */
export interface NextMaterial extends MaterialEntry {
  /** The rotation that was begun; absent where imported material waits for RotateKeyOnDemand. */
  readonly rotation?: { readonly startedAt: number; readonly type: RotationType };
}

export interface RotationSchedule {
  readonly periodInDays: number;
  readonly nextAt: number;
}

/** Where the keys of a multi-Region key are. */
export interface KeyRegions {
  readonly primary: string;
  readonly replicas: readonly string[];
  /** Those of them whose keys lie on other devices, and not in this store. */
  readonly elsewhere?: readonly string[];
}

/** The Regions of a key that lie on other devices; read as an own member, because most keys have none. */
export const elsewhereOf = (regions: KeyRegions): readonly string[] =>
  (Object.hasOwn(regions, 'elsewhere') ? regions.elsewhere : undefined) ?? [];

/** The public half of a pair, base64; read as an own member, because records of other keys have none. */
export const publicKeyOf = (entry: MaterialEntry): string | undefined =>
  Object.hasOwn(entry, 'publicKey') ? entry.publicKey : undefined;

/** One key, as stored. Times are milliseconds since 1970. */
export interface KeyRecord extends KeyKind {
  readonly id: string;
  readonly createdAt: number;
  readonly description: string;
  readonly isEnabled: boolean;
  /** When the key is to be deleted; null where no deletion is scheduled. */
  readonly deletionAt: number | null;
  /** Primary keys only: the days of the waiting period that begins when the last replica is gone. */
  readonly deletionWindow?: number | null;
  readonly isMultiRegion: boolean;
  /** Multi-Region keys that were replicated; null where the key is the only one. */
  readonly regions?: KeyRegions | null;
  readonly policy: string;
  /** Grants are rows of their own. Every change of one counts up here, so an unchanged record has unchanged grants. */
  readonly grants?: { readonly count: number; readonly changes: number };
  /** True for a key that stands behind `alias/aws/<service>`. */
  readonly isAwsManaged?: boolean;
  readonly tags: readonly (readonly [key: string, value: string])[];
  /** Names of the aliases that point here, in order. */
  readonly aliases: readonly string[];
  /** All material, oldest first; the last entry is current. Empty until the first import into a key of origin EXTERNAL. */
  readonly materials: readonly MaterialEntry[];
  readonly next?: NextMaterial | null;
  /** Automatic rotation; null or absent where it is off. */
  readonly rotation?: RotationSchedule | null;
}

/** The last successful cryptographic operation with a key, as stored. */
export interface LastUse {
  readonly operation: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly requestId: string;
}

/** One alias, as stored. */
export interface AliasRecord {
  readonly name: string;
  readonly keyId: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export type KeyState =
  | 'Creating'
  | 'Disabled'
  | 'Enabled'
  | 'PendingDeletion'
  | 'PendingImport'
  | 'PendingReplicaDeletion';

export function keyState(key: KeyRecord): KeyState {
  if (key.deletionAt !== null) return 'PendingDeletion';
  if (typeof key.deletionWindow === 'number') return 'PendingReplicaDeletion';
  if (!isComplete(key)) return 'PendingImport';
  return key.isEnabled ? 'Enabled' : 'Disabled';
}

/** True where all material that ciphertexts may need is here. */
const isComplete = (key: KeyRecord): boolean =>
  key.origin !== 'EXTERNAL' || (key.materials.length > 0 && key.materials.every(({ imported }) => imported !== false));

/** True once the deletion date has come: the key must be treated as absent, and its rows removed. */
export const isDue = (key: KeyRecord, now: number): boolean => key.deletionAt !== null && key.deletionAt <= now;

/** True where the date of a rotation has passed, whatever the state. A key whose primary lies on another device is rotated there. */
export const isRotationLate = (key: KeyRecord, now: number): boolean =>
  !!key.rotation &&
  key.rotation.nextAt <= now &&
  !(key.regions && elsewhereOf(key.regions).includes(key.regions.primary));

/** For cryptographic operations. @throws DisabledException, KMSInvalidStateException */
export function requireEnabled(key: KeyRecord, scope: Scope): void {
  requireNotPendingDeletion(key, scope);
  requireImported(key, scope);
  if (!key.isEnabled) throw new DisabledException(`${keyArn(scope, key.id)} is disabled.`);
}

/** For cryptographic operations, after the state. @throws InvalidKeyUsageException */
export function requireUsage(key: KeyRecord, usage: KeyUsage, operation: string, scope: Scope): void {
  if (key.usage === usage) return;
  throw new InvalidKeyUsageException(
    `${keyArn(scope, key.id)} key usage is ${key.usage} which is not valid for ${operation}.`,
  );
}

/** For changes of a key. @throws KMSInvalidStateException */
export function requireNotPendingDeletion(key: KeyRecord, scope: Scope): void {
  if (!isPendingDeletion(key)) return;
  const awaited = keyState(key) === 'PendingDeletion' ? 'deletion' : 'replica deletion';
  throw new KMSInvalidStateException(`${keyArn(scope, key.id)} is pending ${awaited}.`);
}

/** For CancelKeyDeletion. @throws KMSInvalidStateException */
export function requirePendingDeletion(key: KeyRecord, scope: Scope): void {
  if (!isPendingDeletion(key)) throw new KMSInvalidStateException(`${keyArn(scope, key.id)} is not pending deletion.`);
}

export const isPendingDeletion = (key: KeyRecord): boolean =>
  keyState(key) === 'PendingDeletion' || keyState(key) === 'PendingReplicaDeletion';

/** @throws KMSInvalidStateException where material is to be imported first */
export function requireImported(key: KeyRecord, scope: Scope): void {
  if (keyState(key) === 'PendingImport')
    throw new KMSInvalidStateException(`${keyArn(scope, key.id)} is pending import.`);
}

/** The material that new ciphertexts are made under. */
export function currentMaterial(key: KeyRecord): MaterialEntry {
  const current = key.materials.at(-1);
  if (current === undefined) throw new KMSInvalidStateException('The key has no material.');
  return current;
}
