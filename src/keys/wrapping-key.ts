// The RSA keys that imported material is wrapped under, and opening what was wrapped. Loaded at the first import.
// RSAES-OAEP: RFC 8017, section 7.1. RSA_AES_KEY_WRAP: an AES key under RSAES-OAEP, then the material under AES-KWP (RFC 5649).
import { aeskwp } from '@noble/ciphers/aes.js';
import { isEqual } from '../formats/bytes.ts';
import { KeyUndecryptable } from '../model/errors/index.ts';
import type { Wrapping } from '../model/imports.ts';
import type { Bytes } from '../model/shape.ts';
import type { Custody, Kept } from './custody.ts';
import { generatePair } from './exportable-pair.ts';
import { openOaep } from './oaep-software.ts';

const algorithmOf = ({ algorithm }: Wrapping) => ({
  name: 'RSA-OAEP',
  hash: { name: algorithm.endsWith('SHA_1') ? 'SHA-1' : 'SHA-256' },
});
const parameters = () => ({ name: 'RSA-OAEP', label: new Uint8Array(0) });
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
  if (custody.kind !== 'wrapped') {
    const held = await makeHeld(wrapping);
    if (held) return held;
  }
  const { pkcs8, spki } = await generatePair(wrapping.keySpec);
  try {
    return { kept: await custody.seal(labelOf(keyId), pkcs8), spki };
  } finally {
    pkcs8.fill(0);
  }
}

/** A pair whose private half stays in the platform; undefined where the platform does not give back what was encrypted. */
async function makeHeld(wrapping: Wrapping): Promise<{ readonly kept: Kept; readonly spki: Bytes } | undefined> {
  const { subtle } = globalThis.crypto;
  const publicExponent = Uint8Array.of(1, 0, 1);
  const algorithm = { ...algorithmOf(wrapping), modulusLength: modulusBits(wrapping), publicExponent };
  const { privateKey, publicKey } = await subtle.generateKey(algorithm, false, ['encrypt', 'decrypt']);
  // WebKitGTK 2.50 cuts zeros off the front of a plaintext: a plaintext of zeros shows it.
  const zeros = new Uint8Array(16);
  const opened = await openHeld(privateKey, new Uint8Array(await subtle.encrypt(parameters(), publicKey, zeros)));
  if (opened === undefined || !isEqual(opened, zeros)) return undefined;
  const spki = new Uint8Array(await subtle.exportKey('spki', publicKey));
  return { kept: { value: new Uint8Array(0), key: privateKey }, spki };
}

/** RSAES-OAEP under a kept key: undefined for every failure. */
type Open = (ciphertext: Bytes) => Promise<Bytes | undefined>;

/** @throws KeyUndecryptable where what was kept is not what the above made */
function recover(custody: Custody, keyId: string, kept: Kept, wrapping: Wrapping): Open {
  if (kept.value.length > 0)
    return async (ciphertext) => openSealed(await custody.open(labelOf(keyId), kept), wrapping, ciphertext);
  const { key } = kept;
  if (!isWrappingKey(key, wrapping)) {
    throw new KeyUndecryptable(`The wrapping key of ${keyId} is not what keyhaven stored.`);
  }
  return (ciphertext) => openHeld(key, ciphertext);
}

/** In software, because platforms differ in what they give back. */
async function openSealed(pkcs8: Bytes, wrapping: Wrapping, ciphertext: Bytes): Promise<Bytes | undefined> {
  try {
    return await openOaep(wrapping.keySpec, pkcs8, algorithmOf(wrapping).hash.name, ciphertext);
  } catch (error) {
    // The number is not below the modulus, or has another length.
    if (error instanceof RangeError) return undefined;
    throw error;
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
  const open = recover(custody, keyId, kept, wrapping);
  if (!wrapping.algorithm.startsWith('RSA_AES')) return open(wrapped);
  const length = modulusBits(wrapping) / 8;
  const kek = await open(wrapped.slice(0, length));
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

async function openHeld(key: CryptoKey, ciphertext: Bytes): Promise<Bytes | undefined> {
  try {
    return new Uint8Array(await globalThis.crypto.subtle.decrypt(parameters(), key, ciphertext));
  } catch {
    return undefined;
  }
}
