// HMAC-SHA-512 of the platform as a PRF under key bytes that a caller holds for a moment, such as a data key.
import type { Bytes } from '../model/shape.ts';

/**
 * Imports the bytes as a key that nobody can read again.
 * @param key 32 bytes; the caller wipes them when this has returned
 * @returns HMAC-SHA-512 under the key: 64 bytes for any message
 */
export async function hmacPrf(key: Bytes): Promise<(message: Bytes) => Promise<Bytes>> {
  const { subtle } = globalThis.crypto;
  const algorithm = { name: 'HMAC', hash: { name: 'SHA-512' }, length: key.length * 8 };
  const handle = await subtle.importKey('raw', key, algorithm, false, ['sign']);
  return async (message) => new Uint8Array(await subtle.sign({ name: 'HMAC' }, handle, message));
}
