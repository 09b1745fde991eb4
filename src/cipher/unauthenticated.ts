// AES of the platform without authentication, for formats that have it: CTR reads a part of a GCM message, CBC reads objects
// of an old client. Whoever calls this cannot know whether what comes out is what went in.
//
// Chromium has no AES-192. There it is done in software, by tables that do not take constant time.
import type { Bytes } from '../model/shape.ts';

/** Decrypts any part of a message that begins with a whole block. */
export interface CtrReader {
  /** @param counterBlock 16 bytes, of which the last 4 count blocks */
  decrypt(counterBlock: Bytes, ciphertext: Bytes): Promise<Bytes>;
  close(): void;
}

/** @param key 16, 24 or 32 bytes; the caller wipes them when this has returned */
export async function ctrReader(key: Bytes): Promise<CtrReader> {
  const handle = await platformKey('AES-CTR', key);
  if (handle === undefined) {
    const { ctr } = await import('@noble/ciphers/aes.js');
    const kept = key.slice();
    return {
      // It counts in all 16 bytes; the last 4 never overflow, because a message is shorter than that.
      decrypt: async (counter, ciphertext) => new Uint8Array(ctr(kept, counter).decrypt(ciphertext)),
      close: () => void kept.fill(0),
    };
  }
  const { subtle } = globalThis.crypto;
  return {
    decrypt: async (counter, ciphertext) =>
      new Uint8Array(await subtle.decrypt({ name: 'AES-CTR', counter, length: 32 }, handle, ciphertext)),
    close() {},
  };
}

/**
 * Decrypts a whole message with PKCS#7 padding.
 * @param key 16, 24 or 32 bytes @param iv 16 bytes
 * @throws DOMException (OperationError), or Error, where the padding is none
 */
export async function decryptCbc(key: Bytes, iv: Bytes, ciphertext: Bytes): Promise<Bytes> {
  const handle = await platformKey('AES-CBC', key);
  if (handle === undefined)
    return new Uint8Array((await import('@noble/ciphers/aes.js')).cbc(key, iv).decrypt(ciphertext));
  return new Uint8Array(await globalThis.crypto.subtle.decrypt({ name: 'AES-CBC', iv }, handle, ciphertext));
}

/** @returns undefined where the platform has no AES-192 */
async function platformKey(name: 'AES-CTR' | 'AES-CBC', key: Bytes): Promise<CryptoKey | undefined> {
  const algorithm = { name, length: 8 * key.length };
  try {
    return await globalThis.crypto.subtle.importKey('raw', key, algorithm, false, ['decrypt']);
  } catch (error) {
    if (key.length === 24) return undefined;
    throw error;
  }
}
