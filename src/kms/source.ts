// The ciphertext that Decrypt and ReEncrypt start from, and the key that it names.
import { type ParsedBlob, parseBlob } from '../formats/kms-ciphertext.ts';
import type { EncryptionAlgorithm } from '../model/encryption-algorithm.ts';
import {
  AccessDeniedException,
  IncorrectKeyException,
  InvalidCiphertextException,
  ValidationException,
} from '../model/errors/index.ts';
import type { KeyRecord } from '../model/key-record.ts';
import type { Bytes } from '../model/shape.ts';
import { authorise } from './authorise.ts';
import { type Claims, type Conditions, own } from './conditions.ts';
import { resolve, type Service } from './service.ts';
import { findKeyOfBlob, keyIdOf, keyOfBlob, outOfReach, parseCiphertext } from './symmetric.ts';

export interface Source {
  /** The service of the account that has the key. */
  readonly service: Service;
  readonly key: KeyRecord;
  readonly ciphertext: Bytes;
  /**
   * The parts of a symmetric ciphertext; undefined where the request names an algorithm whose ciphertexts have none, or a key, for
   * which it turns out later that the ciphertext is none.
   */
  readonly blob: ParsedBlob | undefined;
}

/**
 * Finds the key that the caller names, or else that of the ciphertext.
 * @throws InvalidCiphertextException, NotFoundException, AccessDeniedException
 */
export async function resolveSource(
  service: Service,
  ciphertext: Bytes | undefined,
  keyId: string | undefined,
  algorithm: EncryptionAlgorithm,
): Promise<Source> {
  if (ciphertext === undefined) throw missing('ciphertextBlob');
  let named: KeyRecord | undefined;
  try {
    named = keyId === undefined ? undefined : await resolve(service, keyId);
  } catch (error) {
    const foreign = await foreignSource(service, ciphertext, keyId, algorithm);
    if (foreign !== undefined) return foreign;
    throw error;
  }
  if (named !== undefined) {
    const blob = algorithm === 'SYMMETRIC_DEFAULT' ? parseBlob(ciphertext) : undefined;
    return { service, key: named, ciphertext, blob };
  }
  const blob = parseCiphertext(ciphertext);
  return { ...(await keyOfBlob(service, blob)), ciphertext, blob };
}

/**
 * Holds a ciphertext against the key that the caller named, once it may use that key. What is no symmetric ciphertext is none of an RSA
 * key either where the request names no algorithm of RSA: AWS reads it before it compares algorithm and spec.
 * @throws IncorrectKeyException, InvalidCiphertextException
 */
export function requireItsKey({ key, blob }: Source, algorithm: EncryptionAlgorithm): void {
  if (
    blob === undefined &&
    algorithm === 'SYMMETRIC_DEFAULT' &&
    key.spec.startsWith('RSA_') &&
    key.usage === 'ENCRYPT_DECRYPT'
  )
    throw new InvalidCiphertextException();
  if (blob === undefined || keyIdOf(blob) === key.id) return;
  throw new IncorrectKeyException('The key ID in the request does not identify a CMK that can perform this operation.');
}

/**
 * A key of another account by its bare id: AWS takes that where a symmetric ciphertext names the same key, and nowhere else.
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html
 */
async function foreignSource(
  service: Service,
  ciphertext: Bytes,
  keyId: string | undefined,
  algorithm: EncryptionAlgorithm,
): Promise<Source | undefined> {
  const blob = algorithm === 'SYMMETRIC_DEFAULT' ? parseBlob(ciphertext) : undefined;
  // An ARN or an alias is never the id in a blob.
  if (blob === undefined || keyIdOf(blob) !== keyId) return undefined;
  const found = await findKeyOfBlob(service, blob);
  return found && { ...found, ciphertext, blob };
}

/**
 * Asks for leave to use the key of a ciphertext.
 * @param claims its `KeyId` as the caller gave it: of a key of another account that it did not name, it learns nothing
 * @throws AccessDeniedException, InvalidGrantTokenException
 */
export async function authoriseSource(
  { service, key }: Pick<Source, 'service' | 'key'>,
  action: string,
  claims: Claims,
  conditions: Conditions,
): Promise<void> {
  try {
    await authorise(service, key, action, claims, conditions);
  } catch (error) {
    const isForeign = service.scope.accountId !== service.caller.accountId;
    if (!isForeign || own(claims, 'KeyId')?.startsWith('arn:') || !(error instanceof AccessDeniedException))
      throw error;
    throw outOfReach();
  }
}

/** The key of a dry run that has no ciphertext. @throws ValidationException where it names none */
export async function resolveNamed(service: Service, keyId: string | undefined, member: string): Promise<KeyRecord> {
  if (keyId === undefined) throw missing(member);
  return resolve(service, keyId);
}

const missing = (member: string): ValidationException =>
  new ValidationException(
    `1 validation error detected: Value null at '${member}' failed to satisfy constraint: Member must not be null`,
  );
