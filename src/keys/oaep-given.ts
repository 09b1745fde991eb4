// RSAES-OAEP with SHA-1 and an empty label (RFC 8017, section 7.1) under handles that the caller brings.
import type { Bytes } from '../model/shape.ts';

const parameters = () => ({ name: 'RSA-OAEP', label: new Uint8Array(0) });

/** What a handle must be to serve. */
export function isOaepSha1(key: CryptoKey, usage: 'encrypt' | 'decrypt'): boolean {
  const { name, hash } = key.algorithm as Partial<RsaHashedKeyAlgorithm>;
  return name === 'RSA-OAEP' && hash?.name === 'SHA-1' && key.usages.includes(usage);
}

export async function sealUnder(publicKey: CryptoKey, plaintext: Bytes): Promise<Bytes> {
  return new Uint8Array(await globalThis.crypto.subtle.encrypt(parameters(), publicKey, plaintext));
}

/** @returns undefined for every failure */
export async function openUnder(privateKey: CryptoKey, ciphertext: Bytes): Promise<Bytes | undefined> {
  try {
    return new Uint8Array(await globalThis.crypto.subtle.decrypt(parameters(), privateKey, ciphertext));
  } catch {
    return undefined;
  }
}
