// What the store remembers of a key, and the state that follows from it. State is derived from stored dates, never from
// timers: a key whose deletion date has passed is gone the next time anyone looks.
import { keyArn, type Scope } from './arn.ts';
import { DisabledException, KMSInvalidStateException } from './errors/index.ts';
import type { KeyKind } from './key-spec.ts';

export interface MaterialEntry {
  /** 64 hex digits. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

/** One key, as stored. Times are milliseconds since 1970. */
export interface KeyRecord extends KeyKind {
  readonly id: string;
  readonly createdAt: number;
  readonly description: string;
  readonly isEnabled: boolean;
  /** When the key is to be deleted; null where no deletion is scheduled. */
  readonly deletionAt: number | null;
  readonly isMultiRegion: boolean;
  readonly policy: string;
  /** Grants are rows of their own. Every change of one counts up here, so an unchanged record has unchanged grants. */
  readonly grants?: { readonly count: number; readonly changes: number };
  /** True for a key that stands behind `alias/aws/<service>`. */
  readonly isAwsManaged?: boolean;
  readonly tags: readonly (readonly [key: string, value: string])[];
  /** Names of the aliases that point here, in order. */
  readonly aliases: readonly string[];
  /** All material, oldest first; the last entry is current. */
  readonly materials: readonly MaterialEntry[];
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

export type KeyState = 'Enabled' | 'Disabled' | 'PendingDeletion';

export function keyState(key: KeyRecord): KeyState {
  if (key.deletionAt !== null) return 'PendingDeletion';
  return key.isEnabled ? 'Enabled' : 'Disabled';
}

/** True once the deletion date has come: the key must be treated as absent, and its rows removed. */
export const isDue = (key: KeyRecord, now: number): boolean => key.deletionAt !== null && key.deletionAt <= now;

/** For cryptographic operations. @throws DisabledException, KMSInvalidStateException */
export function requireEnabled(key: KeyRecord, scope: Scope): void {
  requireNotPendingDeletion(key, scope);
  if (!key.isEnabled) throw new DisabledException(`${keyArn(scope, key.id)} is disabled.`);
}

/** For changes of a key. @throws KMSInvalidStateException */
export function requireNotPendingDeletion(key: KeyRecord, scope: Scope): void {
  if (keyState(key) === 'PendingDeletion') {
    throw new KMSInvalidStateException(`${keyArn(scope, key.id)} is pending deletion.`);
  }
}

/** For CancelKeyDeletion. @throws KMSInvalidStateException */
export function requirePendingDeletion(key: KeyRecord, scope: Scope): void {
  if (keyState(key) !== 'PendingDeletion') {
    throw new KMSInvalidStateException(`${keyArn(scope, key.id)} is not pending deletion.`);
  }
}

/** The material that new ciphertexts are made under. */
export function currentMaterial(key: KeyRecord): MaterialEntry {
  const current = key.materials.at(-1);
  if (current === undefined) throw new KMSInvalidStateException('The key has no material.');
  return current;
}
