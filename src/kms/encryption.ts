// What Encrypt, Decrypt and ReEncrypt share over the two kinds of keys that encrypt: symmetric ones, and RSA pairs. An RSA
// ciphertext is bare: it names no key, and takes no encryption context.
import type { Bytes } from '../formats/bytes.ts';
import type { OaepAlgorithm } from '../keys/oaep.ts';
import { type EncryptionAlgorithm, incompatible } from '../model/encryption-algorithm.ts';
import { InvalidCiphertextException, ValidationException } from '../model/errors/index.ts';
import { currentMaterial, type KeyRecord, requireUsage } from '../model/key-record.ts';
import { lazily } from '../model/lazily.ts';
import type { Service } from './service.ts';
import type { Source } from './source.ts';
import { openBlob, sealBlob } from './symmetric.ts';

const rsa = lazily(() => import('./rsa-encryption.ts'));

const isOaep = (algorithm: EncryptionAlgorithm): algorithm is OaepAlgorithm => algorithm.startsWith('RSAES_');

/** A key with the algorithm and the encryption context that a request names for it. */
export interface Cipher {
  readonly key: KeyRecord;
  readonly algorithm: EncryptionAlgorithm;
  /** Encoded; empty where there is none. */
  readonly context: Bytes;
}

/** @throws InvalidKeyUsageException, ValidationException */
export function requireCipher({ scope }: Service, { key, algorithm, context }: Cipher, operation: string): void {
  requireUsage(key, 'ENCRYPT_DECRYPT', operation, scope);
  const isSymmetric = key.spec === 'SYMMETRIC_DEFAULT';
  if (isSymmetric ? algorithm !== 'SYMMETRIC_DEFAULT' : !isOaep(algorithm)) throw incompatible(algorithm, key.spec);
  if (isOaep(algorithm) && context.length > 0)
    throw new ValidationException(
      'EncryptionContext is not supported when encrypting/decrypting with asymmetric CMKs.',
    );
}

/** @throws ValidationException where the plaintext is longer than RSA takes */
export async function requireRoom({ key, algorithm }: Cipher, length: number): Promise<void> {
  if (isOaep(algorithm)) (await rsa()).requireOaepRoom(key, algorithm, length);
}

export async function encryptWith(
  service: Service,
  { key, algorithm, context }: Cipher,
  plaintext: Bytes,
): Promise<Bytes> {
  return isOaep(algorithm)
    ? (await rsa()).encryptRsa(key, algorithm, plaintext)
    : sealBlob(service, key, context, plaintext);
}

/** @throws InvalidCiphertextException whatever is wrong with the ciphertext */
export async function decryptWith(
  service: Service,
  { key, algorithm, context }: Cipher,
  { blob, ciphertext }: Source,
): Promise<Bytes> {
  if (blob !== undefined) return openBlob(service, key, context, blob);
  if (!isOaep(algorithm)) throw new InvalidCiphertextException();
  return (await rsa()).decryptRsa(service, key, algorithm, ciphertext);
}

/** The id of the material that a new ciphertext is made under; undefined for RSA keys, of which replies name none. */
export const newMaterialId = (key: KeyRecord): string | undefined =>
  key.spec === 'SYMMETRIC_DEFAULT' ? currentMaterial(key).id : undefined;
