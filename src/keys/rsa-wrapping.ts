// Data keys under RSA: RSAES-OAEP by the platform under non-extractable handles, and RSAES-PKCS1-v1_5, which WebCrypto does not
// have, in software. A wrong PKCS#1 padding is never told: a random data key comes out in its place, which opens nothing
// (implicit rejection), and the private operation is blinded (rsa-raw.ts). So nobody can ask whether a padding was right.
import { runtimeOf } from '../cipher/crossover.ts';
import { type Bytes, concat } from '../formats/bytes.ts';
import { padTo } from '../formats/der.ts';
import { decodePkcs8, decodeSpki } from '../formats/key-der.ts';
import { randomBytes } from './random.ts';
import { readRsaPublic, rsaPrivate, rsaPublic } from './rsa-raw.ts';

export type OaepHash = 'SHA-1' | 'SHA-256' | 'SHA-384' | 'SHA-512';

/** All RSA keys have the same algorithm identifier, whatever their size. */
const anySize = 'RSA_2048';
const parameters = () => ({ name: 'RSA-OAEP', label: new Uint8Array(0) });

/** @throws DOMException (DataError) where the bytes are not such a key */
export const importOaepPublic = (spki: Bytes, hash: OaepHash): Promise<CryptoKey> =>
  globalThis.crypto.subtle.importKey('spki', spki, { name: 'RSA-OAEP', hash: { name: hash } }, false, ['encrypt']);

export const importOaepPrivate = (pkcs8: Bytes, hash: OaepHash): Promise<CryptoKey> =>
  globalThis.crypto.subtle.importKey('pkcs8', pkcs8, { name: 'RSA-OAEP', hash: { name: hash } }, false, ['decrypt']);

export async function wrapWithOaep(key: CryptoKey, dataKey: Bytes): Promise<Bytes> {
  return new Uint8Array(await globalThis.crypto.subtle.encrypt(parameters(), key, dataKey));
}

/** @param length bytes of the data key @returns undefined for every failure */
export async function unwrapWithOaep(key: CryptoKey, wrapped: Bytes, length: number): Promise<Bytes | undefined> {
  let opened: Bytes;
  try {
    opened = new Uint8Array(await globalThis.crypto.subtle.decrypt(parameters(), key, wrapped));
  } catch {
    return undefined;
  }
  // WebKitGTK 2.50 cuts zeros off the front of a plaintext; how long a data key is, is known.
  const isCut = opened.length < length && runtimeOf(globalThis as object) === 'webkit';
  if (isCut) return padTo(opened, length);
  return opened.length === length ? opened : undefined;
}

/** RSAES-PKCS1-v1_5 (RFC 8017, section 7.2.1). @throws RangeError where the key is not one or too short */
export function wrapWithPkcs1(spki: Bytes, dataKey: Bytes): Bytes {
  const key = readRsaPublic(decodeSpki(anySize, spki));
  const padding = nonZeroBytes(key.size - dataKey.length - 3);
  const encoded = concat(Uint8Array.of(0, 2), padding, Uint8Array.of(0), dataKey);
  const wrapped = rsaPublic(key, encoded) as Bytes;
  encoded.fill(0);
  return wrapped;
}

function nonZeroBytes(length: number): Bytes {
  if (length < 8) throw new RangeError('The RSA key is too short for a data key.');
  const bytes = randomBytes(length);
  for (let at = bytes.indexOf(0); at !== -1; at = bytes.indexOf(0)) bytes.set(randomBytes(1), at);
  return bytes;
}

/**
 * Opens a data key of known length. What is not one gives a random key, by the same steps (RFC 8017, section 7.2.2, note).
 * @param length bytes of the data key
 * @returns undefined only for what anyone can see of the wrapped key: that it is too long, or not below the modulus
 */
export function unwrapWithPkcs1(pkcs8: Bytes, wrapped: Bytes, length: number): Bytes | undefined {
  const random = randomBytes(length);
  let encoded: Bytes;
  try {
    encoded = rsaPrivate(decodePkcs8(anySize, pkcs8), wrapped);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  if (encoded.length !== wrapped.length) return undefined;
  // 00 02, bytes that are not zero, 00, and the data key at the end: its length says where each must stand.
  const start = encoded.length - length;
  let wrong = (encoded[0] as number) | ((encoded[1] as number) ^ 2) | (encoded[start - 1] as number);
  for (let i = 2; i < start - 1; i++) wrong |= isZero(encoded[i] as number);
  // All ones where anything is wrong, else zero.
  const mask = isZero(wrong) - 1;
  const key = new Uint8Array(length);
  for (let i = 0; i < length; i++) key[i] = ((encoded[start + i] as number) & ~mask) | ((random[i] as number) & mask);
  encoded.fill(0);
  random.fill(0);
  return key;
}

/** 1 for 0, else 0, of a byte; without a branch. */
const isZero = (byte: number): number => ((byte - 1) >>> 31) & 1;
