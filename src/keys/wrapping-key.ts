// The RSA keys that imported material is wrapped under, and opening what was wrapped. Loaded at the first import.
// RSAES-OAEP: RFC 8017, section 7.1. RSA_AES_KEY_WRAP: an AES key under RSAES-OAEP, then the material under AES-KWP (RFC 5649).
import { aeskwp } from '@noble/ciphers/aes.js';
import { KeyUndecryptable } from '../model/errors/index.ts';
import type { Wrapping } from '../model/imports.ts';
import type { Bytes } from '../model/shape.ts';
import type { Custody, Kept } from './custody.ts';
import { generatePair } from './exportable-pair.ts';

const algorithmOf = ({ algorithm }: Wrapping) => ({
  name: 'RSA-OAEP',
  hash: { name: algorithm.endsWith('SHA_1') ? 'SHA-1' : 'SHA-256' },
});
const modulusBits = ({ keySpec }: Wrapping): number => Number(keySpec.slice(4));

const labelOf = (keyId: string): string => `import/${keyId}`;

/**
 * Makes a wrapping key whose private half nobody can read; where all keys lie wrapped, it does too.
 * @returns it as it is kept, and the public half as SubjectPublicKeyInfo
 */
export async function makeWrappingKey(
  custody: Custody,
  keyId: string,
  wrapping: Wrapping,
): Promise<{ readonly kept: Kept; readonly spki: Bytes }> {
  if (custody.kind === 'wrapped') {
    const { pkcs8, spki } = await generatePair(wrapping.keySpec);
    try {
      return { kept: await custody.seal(labelOf(keyId), pkcs8), spki };
    } finally {
      pkcs8.fill(0);
    }
  }
  const { subtle } = globalThis.crypto;
  const publicExponent = Uint8Array.of(1, 0, 1);
  const algorithm = { ...algorithmOf(wrapping), modulusLength: modulusBits(wrapping), publicExponent };
  const { privateKey, publicKey } = await subtle.generateKey(algorithm, false, ['encrypt', 'decrypt']);
  const spki = new Uint8Array(await subtle.exportKey('spki', publicKey));
  return { kept: { value: new Uint8Array(0), key: privateKey }, spki };
}

/** @throws KeyUndecryptable where what was kept is not what the above made */
async function recover(custody: Custody, keyId: string, kept: Kept, wrapping: Wrapping): Promise<CryptoKey> {
  if (custody.kind === 'device') {
    if (isWrappingKey(kept.key, wrapping)) return kept.key;
    throw new KeyUndecryptable(`The wrapping key of ${keyId} is not what keyhaven stored.`);
  }
  const pkcs8 = await custody.open(labelOf(keyId), kept);
  try {
    return await globalThis.crypto.subtle.importKey('pkcs8', pkcs8, algorithmOf(wrapping), false, ['decrypt']);
  } finally {
    pkcs8.fill(0);
  }
}

/** A store that was tampered with could hold any other key in its place. */
function isWrappingKey(key: CryptoKey | undefined, wrapping: Wrapping): key is CryptoKey {
  if (key === undefined || key.extractable || !key.usages.includes('decrypt')) return false;
  const { name, hash, modulusLength } = key.algorithm as RsaHashedKeyAlgorithm;
  const expected = algorithmOf(wrapping);
  return name === expected.name && hash.name === expected.hash.name && modulusLength === modulusBits(wrapping);
}

/**
 * Opens wrapped material; the caller wipes it.
 * @returns undefined whatever is wrong with it
 * @throws KeyUndecryptable where the wrapping key is not what was kept
 */
export async function unwrap(
  custody: Custody,
  keyId: string,
  kept: Kept,
  wrapping: Wrapping,
  wrapped: Bytes,
): Promise<Bytes | undefined> {
  const key = await recover(custody, keyId, kept, wrapping);
  if (!wrapping.algorithm.startsWith('RSA_AES')) return open(key, wrapped);
  const length = modulusBits(wrapping) / 8;
  const kek = await open(key, wrapped.slice(0, length));
  if (kek === undefined) return undefined;
  try {
    // AWS asks for an AES key of 256 bits.
    return kek.length === 32 ? new Uint8Array(aeskwp(kek).decrypt(wrapped.slice(length))) : undefined;
  } catch {
    return undefined;
  } finally {
    kek.fill(0);
  }
}

async function open(key: CryptoKey, wrapped: Bytes): Promise<Bytes | undefined> {
  try {
    const parameters = { name: 'RSA-OAEP', label: new Uint8Array(0) };
    return new Uint8Array(await globalThis.crypto.subtle.decrypt(parameters, key, wrapped));
  } catch {
    return undefined;
  }
}
