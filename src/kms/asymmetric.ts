// The two halves of a key pair, and the secret of a MAC key, for the operations that use them.
import { fromBase64 } from '../formats/bytes.ts';
import type { Secret } from '../keys/secret.ts';
import type { SecretKind } from '../keys/secrets.ts';
import { KeyUndecryptable } from '../model/errors/index.ts';
import { currentMaterial, type KeyRecord, publicKeyOf as publicHalfOf } from '../model/key-record.ts';
import { isMacSpec, isPairSpec, type PairSpec } from '../model/key-spec.ts';
import type { Bytes } from '../model/shape.ts';
import type { Service } from './service.ts';

/** What a key is of which a secret is made; undefined for symmetric keys, whose material is a PRF. */
export function secretKind({ spec, usage }: Pick<KeyRecord, 'spec' | 'usage'>): SecretKind | undefined {
  return isMacSpec(spec) || isPairSpec(spec) ? { spec, usage } : undefined;
}

/** The secret half. @throws KeyUndecryptable where it is not what was kept */
export async function secretOf({ keyring }: Service, key: KeyRecord): Promise<Secret> {
  const kind = secretKind(key);
  if (kind === undefined) throw new TypeError(`${key.spec} has no secret.`);
  return keyring.materials.secret(kind, key.id, currentMaterial(key));
}

/** Reads material of a key of any kind back from the store, and proves that it is what was made. */
export function readBack(service: Service, key: KeyRecord, materialId: string): Promise<unknown> {
  return secretKind(key) ? secretOf(service, key) : service.keyring.materials.prf(key.id, materialId);
}

/** The public half, as SubjectPublicKeyInfo. */
export function publicKeyOf(key: KeyRecord): Bytes {
  const publicKey = publicHalfOf(currentMaterial(key));
  if (publicKey === undefined) throw new KeyUndecryptable(`The record of key ${key.id} has no public key.`);
  return fromBase64(publicKey);
}

/** The spec of a key that is known to be a pair, by its usage. */
export function pairSpecOf<P extends PairSpec = PairSpec>(key: KeyRecord): P {
  return key.spec as P;
}
