// What Encrypt, Decrypt and ReEncrypt do with RSA keys. Loaded at the first use of one.
import type { Bytes } from '../formats/bytes.ts';
import { decryptOaep, encryptOaep, type OaepAlgorithm } from '../keys/oaep.ts';
import { modulusLength, mostOaepBytes } from '../model/algorithms.ts';
import { InvalidCiphertextException, ValidationException } from '../model/errors/index.ts';
import type { KeyRecord } from '../model/key-record.ts';
import { pairSpecOf, publicKeyOf, secretOf } from './asymmetric.ts';
import type { Service } from './service.ts';

/** @throws ValidationException where the plaintext is longer than RSA takes */
export function requireOaepRoom(key: KeyRecord, algorithm: OaepAlgorithm, length: number): void {
  const most = mostOaepBytes(key.spec, algorithm);
  if (length <= most) return;
  throw new ValidationException(
    `Algorithm ${algorithm} and key spec ${key.spec} cannot encrypt data larger than ${most} bytes.`,
  );
}

export const encryptRsa = (key: KeyRecord, algorithm: OaepAlgorithm, plaintext: Bytes): Promise<Bytes> =>
  encryptOaep(publicKeyOf(key), algorithm, plaintext);

/** @throws InvalidCiphertextException whatever is wrong with the ciphertext */
export async function decryptRsa(
  service: Service,
  key: KeyRecord,
  algorithm: OaepAlgorithm,
  ciphertext: Bytes,
): Promise<Bytes> {
  if (ciphertext.length !== modulusLength(key.spec)) throw new InvalidCiphertextException();
  const secret = await secretOf(service, key);
  const pair = { spki: publicKeyOf(key), spec: pairSpecOf(key) };
  const plaintext = await decryptOaep(secret, pair, algorithm, ciphertext);
  if (plaintext === undefined) throw new InvalidCiphertextException();
  return plaintext;
}
