// AES-GCM of the platform (crypto.subtle). Every optional parameter is passed: a polluted Object.prototype would otherwise
// choose the tag's length.
import type { Bytes } from '../model/shape.ts';

/** AES-256-GCM under one key, with 96-bit nonces, an empty AAD and a tag of 16 bytes at the end. Inputs are read at once. */
export interface Gcm {
  seal(nonce: Bytes, plaintext: Bytes): Promise<Bytes>;
  /** @throws DOMException (OperationError) where the tag does not fit */
  open(nonce: Bytes, sealed: Bytes): Promise<Bytes>;
}

const noAad = new Uint8Array(0);
const parameters = (iv: Bytes) => ({ name: 'AES-GCM', iv, additionalData: noAad, tagLength: 128 });

/** A key that nobody can read again. @param key 32 bytes; the caller wipes them when this has returned */
export const importGcm = (key: Bytes): Promise<CryptoKey> =>
  globalThis.crypto.subtle.importKey('raw', key, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);

/** @param handle an AES-GCM key for both directions */
export function gcmOf(handle: CryptoKey): Gcm {
  const { subtle } = globalThis.crypto;
  return {
    seal: async (nonce, plaintext) => new Uint8Array(await subtle.encrypt(parameters(nonce), handle, plaintext)),
    open: async (nonce, sealed) => new Uint8Array(await subtle.decrypt(parameters(nonce), handle, sealed)),
  };
}

/** @param key 32 bytes; the caller wipes them when this has returned */
export const nativeGcm = async (key: Bytes): Promise<Gcm> => gcmOf(await importGcm(key));
