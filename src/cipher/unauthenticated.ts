// AES-256 of the platform without authentication, for formats that have it: CTR reads a part of a GCM message, CBC reads objects
// of an old client. Whoever calls this cannot know whether what comes out is what went in.
import type { Bytes } from '../model/shape.ts';

/** Decrypts any part of a message that begins with a whole block. */
export interface CtrReader {
  /** @param counterBlock 16 bytes, of which the last 4 count blocks */
  decrypt(counterBlock: Bytes, ciphertext: Bytes): Promise<Bytes>;
}

/** @param key 32 bytes; the caller wipes them when this has returned */
export async function ctrReader(key: Bytes): Promise<CtrReader> {
  const { subtle } = globalThis.crypto;
  const handle = await subtle.importKey('raw', key, { name: 'AES-CTR', length: 256 }, false, ['decrypt']);
  return {
    decrypt: async (counter, ciphertext) =>
      new Uint8Array(await subtle.decrypt({ name: 'AES-CTR', counter, length: 32 }, handle, ciphertext)),
  };
}

/**
 * Decrypts a whole message with PKCS#7 padding.
 * @param key 32 bytes @param iv 16 bytes
 * @throws DOMException (OperationError) where the padding is none
 */
export async function decryptCbc(key: Bytes, iv: Bytes, ciphertext: Bytes): Promise<Bytes> {
  const { subtle } = globalThis.crypto;
  const handle = await subtle.importKey('raw', key, { name: 'AES-CBC', length: 256 }, false, ['decrypt']);
  return new Uint8Array(await subtle.decrypt({ name: 'AES-CBC', iv }, handle, ciphertext));
}
