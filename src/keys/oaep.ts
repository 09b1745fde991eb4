// RSAES-OAEP (RFC 8017, section 7.1) with an empty label: non-extractable handles of the platform, one for each hash, because
// WebCrypto binds a handle to its hash.
import type { EncryptionAlgorithm } from '../model/algorithms.ts';
import type { Bytes } from '../model/shape.ts';
import type { Secret } from './secret.ts';

export type OaepAlgorithm = Extract<EncryptionAlgorithm, `RSAES_${string}`>;

const algorithmOf = (algorithm: OaepAlgorithm) => ({
  name: 'RSA-OAEP' as const,
  hash: { name: algorithm === 'RSAES_OAEP_SHA_1' ? 'SHA-1' : 'SHA-256' },
});
const parameters = () => ({ name: 'RSA-OAEP', label: new Uint8Array(0) });

/** The handles that a row holds of a key pair. */
export async function oaepHandles(pkcs8: Bytes): Promise<[key: CryptoKey, twin: CryptoKey]> {
  const importFor = (algorithm: OaepAlgorithm) =>
    globalThis.crypto.subtle.importKey('pkcs8', pkcs8, algorithmOf(algorithm), false, ['decrypt']);
  return [await importFor('RSAES_OAEP_SHA_256'), await importFor('RSAES_OAEP_SHA_1')];
}

export async function encryptOaep(spki: Bytes, algorithm: OaepAlgorithm, plaintext: Bytes): Promise<Bytes> {
  const { subtle } = globalThis.crypto;
  const key = await subtle.importKey('spki', spki, algorithmOf(algorithm), false, ['encrypt']);
  return new Uint8Array(await subtle.encrypt(parameters(), key, plaintext));
}

/** @returns undefined for every failure */
export async function decryptOaep(
  secret: Secret,
  algorithm: OaepAlgorithm,
  ciphertext: Bytes,
): Promise<Bytes | undefined> {
  const key = await secret.handle(algorithmOf(algorithm), 'decrypt');
  try {
    return new Uint8Array(await globalThis.crypto.subtle.decrypt(parameters(), key, ciphertext));
  } catch {
    return undefined;
  }
}
