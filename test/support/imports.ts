// What a user of imported key material does: wraps it under the public key that GetParametersForImport gave.
import { aeskwp } from '@noble/ciphers/aes.js';
import { assert } from 'chai';
import type { Kms } from '../../src/index.ts';
import { type Bytes, random } from './bytes.ts';

export const wrappingAlgorithms = [
  'RSAES_OAEP_SHA_1',
  'RSAES_OAEP_SHA_256',
  'RSA_AES_KEY_WRAP_SHA_1',
  'RSA_AES_KEY_WRAP_SHA_256',
] as const;
export type WrappingAlgorithm = (typeof wrappingAlgorithms)[number];

export async function wrap(publicKey: Bytes, algorithm: WrappingAlgorithm, material: Bytes): Promise<Bytes> {
  const hash = { name: algorithm.endsWith('SHA_1') ? 'SHA-1' : 'SHA-256' };
  const key = await crypto.subtle.importKey('spki', publicKey, { name: 'RSA-OAEP', hash }, false, ['encrypt']);
  const oaep = async (bytes: Bytes) => new Uint8Array(await crypto.subtle.encrypt({ name: 'RSA-OAEP' }, key, bytes));
  if (algorithm.startsWith('RSAES')) return oaep(material);
  const kek = random(32);
  const [first, second] = [await oaep(kek), aeskwp(kek).encrypt(material)];
  const wrapped = new Uint8Array(first.length + second.length);
  wrapped.set(first);
  wrapped.set(second, first.length);
  return wrapped;
}

export type ImportOptions = Omit<
  Parameters<Kms['importKeyMaterial']>[0],
  'KeyId' | 'ImportToken' | 'EncryptedKeyMaterial'
>;
export const forGood = { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' } as const;

/** Imports material; returns its id. */
export async function importInto(
  kms: Kms,
  KeyId: string,
  material: Bytes,
  options: ImportOptions = forGood,
  WrappingAlgorithm: WrappingAlgorithm = 'RSAES_OAEP_SHA_256',
): Promise<string> {
  const request = { KeyId, WrappingAlgorithm, WrappingKeySpec: 'RSA_2048' } as const;
  const { ImportToken, PublicKey } = await kms.getParametersForImport(request);
  const EncryptedKeyMaterial = await wrap(PublicKey, WrappingAlgorithm, material);
  const reply = await kms.importKeyMaterial({ KeyId, ImportToken, EncryptedKeyMaterial, ...options });
  assert.match(reply.KeyId, /^arn:aws:kms:/);
  return reply.KeyMaterialId as string;
}
