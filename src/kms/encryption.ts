// What Encrypt, Decrypt and ReEncrypt share over the two kinds of keys that encrypt: symmetric ones, and RSA pairs. An RSA
// ciphertext is bare: it names no key, and takes no encryption context.
import type { Bytes } from '../formats/bytes.ts';
import type { OaepAlgorithm } from '../keys/oaep.ts';
import { type EncryptionAlgorithm, modulusLength, mostOaepBytes, requireAlgorithm } from '../model/algorithms.ts';
import { InvalidCiphertextException, ValidationException } from '../model/errors/index.ts';
import { currentMaterial, type KeyRecord, requireUsage } from '../model/key-record.ts';
import { pairSpecOf, publicKeyOf, secretOf } from './asymmetric.ts';
import type { Service } from './service.ts';
import type { Source } from './source.ts';
import { openBlob, sealBlob } from './symmetric.ts';

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
  requireAlgorithm(key, algorithm);
  if (isOaep(algorithm) && context.length > 0)
    throw new ValidationException('EncryptionContext is supported on operations with symmetric encryption keys only.');
}

/** @throws ValidationException where the plaintext is longer than RSA takes */
export function requireRoom({ key, algorithm }: Cipher, length: number): void {
  if (!isOaep(algorithm)) return;
  const most = mostOaepBytes(key.spec, algorithm);
  if (length <= most) return;
  throw new ValidationException(
    `Algorithm ${algorithm} and key spec ${key.spec} cannot encrypt data larger than ${most} bytes.`,
  );
}

export async function encryptWith(
  service: Service,
  { key, algorithm, context }: Cipher,
  plaintext: Bytes,
): Promise<Bytes> {
  if (!isOaep(algorithm)) return sealBlob(service, key, context, plaintext);
  return (await import('../keys/oaep.ts')).encryptOaep(publicKeyOf(key), algorithm, plaintext);
}

/** @throws InvalidCiphertextException whatever is wrong with the ciphertext */
export async function decryptWith(
  service: Service,
  { key, algorithm, context }: Cipher,
  { blob, ciphertext }: Source,
): Promise<Bytes> {
  if (blob !== undefined) return openBlob(service, key, context, blob);
  if (!isOaep(algorithm) || ciphertext.length !== modulusLength(key.spec)) throw new InvalidCiphertextException();
  const secret = await secretOf(service, key);
  const { decryptOaep } = await import('../keys/oaep.ts');
  const pair = { spki: publicKeyOf(key), spec: pairSpecOf(key) };
  const plaintext = await decryptOaep(secret, pair, algorithm, ciphertext);
  if (plaintext === undefined) throw new InvalidCiphertextException();
  return plaintext;
}

/** The id of the material that a new ciphertext is made under; undefined for RSA keys, of which replies name none. */
export const newMaterialId = (key: KeyRecord): string | undefined =>
  key.spec === 'SYMMETRIC_DEFAULT' ? currentMaterial(key).id : undefined;
