// Ed25519 (RFC 8032): the pure variant by the platform under a non-extractable handle, the pre-hashed one in software, because
// WebCrypto has no Ed25519ph. As AWS does, the digest that the caller gives is the message of Ed25519ph, which hashes it again.
import { fromHex } from '../formats/bytes.ts';
import { decodeSeed, decodeSpki } from '../formats/key-der.ts';
import type { SigningAlgorithm } from '../model/algorithms.ts';
import type { Bytes } from '../model/shape.ts';
import type { Secret } from './secret.ts';

const spec = 'ECC_NIST_EDWARDS25519';
const context = new Uint8Array(0);
const pure = { name: 'Ed25519' as const };

export async function signEdwards(secret: Secret, algorithm: SigningAlgorithm, message: Bytes): Promise<Bytes> {
  if (algorithm === 'ED25519_SHA_512') {
    const key = await secret.handle(pure, 'sign');
    return new Uint8Array(await globalThis.crypto.subtle.sign(pure, key, message));
  }
  const { ed25519ph } = await import('@noble/curves/ed25519.js');
  return secret.use((pkcs8) => new Uint8Array(ed25519ph.sign(message, decodeSeed(spec, pkcs8), { context })));
}

export async function verifyEdwards(
  spki: Bytes,
  algorithm: SigningAlgorithm,
  message: Bytes,
  signature: Bytes,
): Promise<boolean> {
  if (signature.length !== 64 || !isReduced(signature.subarray(32))) return false;
  if (algorithm === 'ED25519_SHA_512') {
    const { subtle } = globalThis.crypto;
    const key = await subtle.importKey('spki', spki, pure, false, ['verify']);
    return subtle.verify(pure, key, signature, message);
  }
  const { ed25519ph } = await import('@noble/curves/ed25519.js');
  return ed25519ph.verify(signature, message, decodeSpki(spec, spki), { context, zip215: false });
}

/** The order of the base point (RFC 8032, section 5.1), little-endian. */
const order = fromHex('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010');

/** Step 1 of section 5.1.7: of one signature there must not be two. Not every platform checks it. */
function isReduced(s: Bytes): boolean {
  for (let i = 31; i >= 0; i--) if (s[i] !== order[i]) return (s[i] as number) < (order[i] as number);
  return false;
}
