// ECDH (SP 800-56A, section 5.7.1.2): non-extractable handles of the platform.
import { isEqual } from '../formats/bytes.ts';
import { decodeSpki, encodeSpki } from '../formats/key-der.ts';
import type { Bytes } from '../model/shape.ts';
import { type CurveSpec, curveOf, curveSize, namedCurveOf } from './curves.ts';
import { Secret } from './secret.ts';

const algorithmOf = (spec: CurveSpec) => ({ name: 'ECDH' as const, namedCurve: namedCurveOf(spec) ?? '' });

/** Makes a key inside the platform. */
export async function generateAgreementKey(spec: CurveSpec): Promise<{ key: CryptoKey; spki: Bytes }> {
  const { subtle } = globalThis.crypto;
  const { privateKey, publicKey } = await subtle.generateKey(algorithmOf(spec), false, ['deriveBits']);
  return { key: privateKey, spki: new Uint8Array(await subtle.exportKey('spki', publicKey)) };
}

/** The same of PKCS#8 that came from outside. @throws DOMException where it is no such key */
export async function importAgreementKey(spec: CurveSpec, pkcs8: Bytes): Promise<CryptoKey> {
  return globalThis.crypto.subtle.importKey('pkcs8', pkcs8, algorithmOf(spec), false, ['deriveBits']);
}

/**
 * Reads the public key of the other side: a point of the spec's curve, compressed or not.
 * @returns undefined where it is no such key
 */
export async function readPeer(spec: CurveSpec, spki: Bytes): Promise<CryptoKey | undefined> {
  try {
    // Deno does not check that a point is on the curve, and a point elsewhere would leak the key bit by bit. The key is written
    // anew from the checked point alone, so that no platform sees curve parameters of the peer's choice either.
    const { Point } = await curveOf(spec);
    const point = Point.fromBytes(decodeSpki(spec, spki)).toBytes(false);
    const plain = encodeSpki(spec, point);
    return await globalThis.crypto.subtle.importKey('spki', plain, algorithmOf(spec), false, []);
  } catch {
    return undefined;
  }
}

/** @returns the x coordinate of the shared point: 32, 48 or 66 bytes */
export async function deriveSecret(secret: Secret, spec: CurveSpec, peer: CryptoKey): Promise<Bytes> {
  const key = await secret.handle(algorithmOf(spec), 'deriveBits');
  const bits = curveSize(spec) * 8;
  return new Uint8Array(await globalThis.crypto.subtle.deriveBits({ name: 'ECDH', public: peer }, key, bits));
}

/** True where the public key is the one of the secret: an ephemeral key agrees with both on the same secret. */
export async function isAgreementPair(secret: Secret, spec: CurveSpec, spki: Bytes): Promise<boolean> {
  const { privateKey, publicKey } = await globalThis.crypto.subtle.generateKey(algorithmOf(spec), false, [
    'deriveBits',
  ]);
  const own = await readPeer(spec, spki);
  if (own === undefined) return false;
  const ephemeral = new Secret([privateKey], undefined);
  return isEqual(await deriveSecret(secret, spec, publicKey), await deriveSecret(ephemeral, spec, own));
}
