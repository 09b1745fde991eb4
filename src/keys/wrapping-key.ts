// The RSA keys that imported material is wrapped under, and opening what was wrapped. Loaded at the first import.
// RSAES-OAEP: RFC 8017, section 7.1. RSA_AES_KEY_WRAP: an AES key under RSAES-OAEP, then the material under AES-KWP (RFC 5649).
import { aeskwp } from '@noble/ciphers/aes.js';
import { UnsupportedOperationException } from '../model/errors/index.ts';
import type { Wrapping } from '../model/imports.ts';
import type { Bytes } from '../model/shape.ts';
import type { Custody, Kept } from './custody.ts';

const hashOf = ({ algorithm }: Wrapping) => ({ name: algorithm.endsWith('SHA_1') ? 'SHA-1' : 'SHA-256' });
const modulusBits = ({ keySpec }: Wrapping): number => Number(keySpec.slice(4));

/**
 * Makes a wrapping key whose private half nobody can read.
 * @returns it as it is kept, and the public half as SubjectPublicKeyInfo
 * @throws UnsupportedOperationException where keys are wrapped under a root key
 */
export async function makeWrappingKey(
  custody: Custody,
  wrapping: Wrapping,
): Promise<{ readonly kept: Kept; readonly spki: Bytes }> {
  if (custody.kind === 'wrapped')
    throw new UnsupportedOperationException('Material cannot be imported where keys are wrapped under a root key.');
  const { subtle } = globalThis.crypto;
  const algorithm = {
    name: 'RSA-OAEP',
    hash: hashOf(wrapping),
    modulusLength: modulusBits(wrapping),
    publicExponent: Uint8Array.of(1, 0, 1),
  };
  const { privateKey, publicKey } = await subtle.generateKey(algorithm, false, ['encrypt', 'decrypt']);
  const spki = new Uint8Array(await subtle.exportKey('spki', publicKey));
  return { kept: { value: new Uint8Array(0), key: privateKey }, spki };
}

/** True for what the above makes. A store that was tampered with could hold any other key in its place. */
function isWrappingKey(key: CryptoKey | undefined, wrapping: Wrapping): key is CryptoKey {
  if (key === undefined || key.extractable || !key.usages.includes('decrypt')) return false;
  const { name, hash, modulusLength } = key.algorithm as RsaHashedKeyAlgorithm;
  return name === 'RSA-OAEP' && hash.name === hashOf(wrapping).name && modulusLength === modulusBits(wrapping);
}

/** Opens wrapped material; the caller wipes it. @returns undefined whatever is wrong with it */
export async function unwrap({ key }: Kept, wrapping: Wrapping, wrapped: Bytes): Promise<Bytes | undefined> {
  if (!isWrappingKey(key, wrapping)) return undefined;
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
