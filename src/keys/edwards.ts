// Ed25519 (RFC 8032): the pure variant by the platform under a non-extractable handle, the pre-hashed one in software, because
// WebCrypto has no Ed25519ph. As AWS does, the digest that the caller gives is the message of Ed25519ph, which hashes it again.
import { fromHex } from '../formats/bytes.ts';
import { decodeSeed, decodeSpki } from '../formats/key-der.ts';
import type { SigningAlgorithm } from '../model/algorithms.ts';
import type { Bytes } from '../model/shape.ts';
import type { Secret } from './secret.ts';

const spec = 'ECC_NIST_EDWARDS25519';
const pureName = 'ED25519_SHA_512';
const context = new Uint8Array(0);
const pure = { name: 'Ed25519' as const };

export async function signEdwards(secret: Secret, algorithm: SigningAlgorithm, message: Bytes): Promise<Bytes> {
  const key = algorithm === pureName ? await ifSupported(secret.handle(pure, 'sign')) : undefined;
  if (key) return new Uint8Array(await globalThis.crypto.subtle.sign(pure, key, message));
  return signInSoftware(secret, algorithm, message);
}

export async function verifyEdwards(
  spki: Bytes,
  algorithm: SigningAlgorithm,
  message: Bytes,
  signature: Bytes,
): Promise<boolean> {
  if (signature.length !== 64 || !isReduced(signature.subarray(32))) return false;
  const { subtle } = globalThis.crypto;
  const key =
    algorithm === pureName ? await ifSupported(subtle.importKey('spki', spki, pure, false, ['verify'])) : undefined;
  if (key) return subtle.verify(pure, key, signature, message);
  return verifyInSoftware(spki, algorithm, message, signature);
}

/** For Ed25519ph, and for browsers of before 2025, which have no Ed25519. */
export async function signInSoftware(secret: Secret, algorithm: SigningAlgorithm, message: Bytes): Promise<Bytes> {
  const { ed25519, ed25519ph } = await import('@noble/curves/ed25519.js');
  return secret.use((pkcs8) => {
    const seed = decodeSeed(spec, pkcs8);
    const variant = algorithm === pureName ? ed25519 : ed25519ph;
    return new Uint8Array(variant.sign(message, seed, { context }));
  });
}

export async function verifyInSoftware(
  spki: Bytes,
  algorithm: SigningAlgorithm,
  message: Bytes,
  signature: Bytes,
): Promise<boolean> {
  const { ed25519, ed25519ph } = await import('@noble/curves/ed25519.js');
  const variant = algorithm === pureName ? ed25519 : ed25519ph;
  return variant.verify(signature, message, decodeSpki(spec, spki), { context, zip215: false });
}

async function ifSupported(importing: Promise<CryptoKey>): Promise<CryptoKey | undefined> {
  try {
    return await importing;
  } catch (error) {
    // DataError: WebKitGTK 2.50 refuses some good keys. What is wrong with a bad one, the software says.
    if (['NotSupportedError', 'DataError'].includes((error as Error).name)) return undefined;
    throw error;
  }
}

/** The order of the base point (RFC 8032, section 5.1), little-endian. */
const order = fromHex('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010');

/** Step 1 of section 5.1.7: of one signature there must not be two. Not every platform checks it. */
function isReduced(s: Bytes): boolean {
  for (let i = 31; i >= 0; i--) if (s[i] !== order[i]) return (s[i] as number) < (order[i] as number);
  return false;
}
