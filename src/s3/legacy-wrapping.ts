// Data keys as old clients wrapped them under an AES key, for reading only. Loaded at the first such object. The tables of this
// AES are not constant-time: the key was handed over as bytes for the purpose.
import { aeskw, ecb } from '@noble/ciphers/aes.js';
import type { Bytes } from '../formats/bytes.ts';

/** @returns undefined for every failure */
export function openLegacy(algorithm: 'AESWrap' | 'AES', key: Bytes, wrappedKey: Bytes): Uint8Array | undefined {
  try {
    // RFC 3394; and AES/ECB/PKCS5Padding of Java, which format v1 does not name.
    return algorithm === 'AESWrap' ? aeskw(key).decrypt(wrappedKey) : ecb(key).decrypt(wrappedKey);
  } catch {
    return undefined;
  }
}
