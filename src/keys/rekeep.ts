// Moving keys from one custody to another: into another keyring, or into another mode of the same.

import { KeyUndecryptable } from '../model/errors/index.ts';
import type { Bytes } from '../model/shape.ts';
import { type Custody, copyOf, deviceCustody, type Kept } from './custody.ts';
import { materialId } from './material.ts';
import { keepSecret, type SecretKind } from './secrets.ts';

/** What the record of a key says of one material. */
export interface KnownMaterial {
  readonly keyId: string;
  readonly id: string;
  /** Undefined for symmetric keys. */
  readonly kind: SecretKind | undefined;
  /** SubjectPublicKeyInfo of key pairs. */
  readonly spki: Bytes | undefined;
}

/**
 * Keeps a key in another custody. Its bytes are in JavaScript meanwhile, and are wiped.
 * @returns undefined where the platform made the key and gives its bytes to nobody, or where it does not open, or is not the one that the
 * record names: it stays where it is then, as what it is
 */
export async function rekeep(from: Custody, to: Custody, known: KnownMaterial, kept: Kept): Promise<Kept | undefined> {
  // A copy that was damaged is none: the key beside it may be whole.
  const ways = copyOf(kept) === undefined ? [kept] : [kept, { ...kept, copy: undefined }];
  for (const way of ways) {
    try {
      return await rekept(from, to, known, way);
    } catch (error) {
      if (!(error instanceof KeyUndecryptable)) throw error;
    }
  }
  return undefined;
}

/** True where a key can be had from what is kept of it (of a recoverable keyring its copy), and is the one that the record names. */
export async function isIntact(custody: Custody, known: KnownMaterial, kept: Kept): Promise<boolean> {
  try {
    return (await rekept(custody, deviceCustody, known, kept)) !== undefined;
  } catch (error) {
    if (error instanceof KeyUndecryptable) return false;
    throw error;
  }
}

/** @throws KeyUndecryptable */
async function rekept(from: Custody, to: Custody, known: KnownMaterial, kept: Kept): Promise<Kept | undefined> {
  const { keyId, kind } = known;
  const bytes = await from.release(keyId, kept, kind === undefined ? 'material' : 'secret');
  if (bytes === undefined) return undefined;
  try {
    return await keepKnown(to, known, bytes);
  } finally {
    bytes.fill(0);
  }
}

/**
 * Keeps bytes that came from another custody; the caller wipes them.
 * @throws KeyUndecryptable where they are not what the record names
 */
export async function keepKnown(to: Custody, known: KnownMaterial, bytes: Bytes): Promise<Kept> {
  const made = await keepAs(to, known, bytes, known.kind, known.spki);
  if (made.id === known.id) return made.kept;
  throw new KeyUndecryptable(`The material of key ${known.keyId} was exchanged.`);
}

async function keepAs(
  to: Custody,
  { keyId }: KnownMaterial,
  bytes: Bytes,
  kind: SecretKind | undefined,
  spki: Bytes | undefined,
): Promise<{ readonly id: string; readonly kept: Kept }> {
  if (kind !== undefined) return keepSecret(to, kind, keyId, bytes, spki);
  const { material, kept } = await to.keep(keyId, bytes);
  return { id: await materialId(material, keyId), kept };
}
