// Ciphertexts of SYMMETRIC_DEFAULT keys: made under the current material, opened under the one that the blob names.
import { messageGcm } from '../cipher/message-gcm.ts';
import { type Bytes, concat } from '../formats/bytes.ts';
import { openMessage, saltLength, sealMessage } from '../formats/cobblestone.ts';
import { encodeEncryptionContext } from '../formats/encryption-context.ts';
import { encodeHeader, type ParsedBlob, parseBlob } from '../formats/kms-ciphertext.ts';
import { randomBytes } from '../keys/random.ts';
import { keyArn, keyIdFromHex, keyIdHex } from '../model/arn.ts';
import { AccessDeniedException, InvalidCiphertextException } from '../model/errors/index.ts';
import { currentMaterial, type KeyRecord } from '../model/key-record.ts';
import { type Service, serviceFor } from './service.ts';

type ContextPairs = readonly (readonly [string, string])[] | undefined;

/** The bytes of a request's encryption context. @throws ValidationException */
export const contextOf = (pairs: ContextPairs): Bytes => encodeEncryptionContext(pairs ?? []);

/** Seals up to 4096 bytes under the current material of a key. */
export async function sealBlob({ keyring }: Service, key: KeyRecord, context: Bytes, plaintext: Bytes): Promise<Bytes> {
  const materialId = currentMaterial(key).id;
  const prf = await keyring.materials.prf(key.id, materialId);
  const header = encodeHeader({ isMultiRegion: key.isMultiRegion, keyIdHex: keyIdHex(key.id), materialId });
  return sealMessage(
    prf,
    messageGcm(plaintext.length),
    randomBytes(saltLength),
    concat(header, context),
    plaintext,
    header,
  );
}

/** Takes a blob apart. @throws InvalidCiphertextException */
export function parseCiphertext(blob: Bytes): ParsedBlob {
  const parsed = parseBlob(blob);
  if (parsed === undefined) throw new InvalidCiphertextException();
  return parsed;
}

/** The key id in a blob's header. */
export const keyIdOf = (blob: ParsedBlob): string => keyIdFromHex(blob.keyIdHex, blob.isMultiRegion);

interface KeyOfBlob {
  readonly service: Service;
  readonly key: KeyRecord;
}

/**
 * The key that a blob names, and the service of its account; undefined where the key is not here. A blob does not tell the account,
 * and ids are random: that of the caller is asked first, then the others.
 */
export async function findKeyOfBlob(service: Service, blob: ParsedBlob): Promise<KeyOfBlob | undefined> {
  const id = keyIdOf(blob);
  for (const accountId of [service.scope.accountId, ...service.keyring.otherAccounts]) {
    const there = serviceFor(service, keyArn({ ...service.scope, accountId }, id));
    const key = await there.keyring.findRecent({ kind: 'key', id });
    if (key === undefined) continue;
    there.call.touch(key.id);
    return { service: there, key };
  }
  return undefined;
}

/** The same. @throws AccessDeniedException where the key is not here */
export async function keyOfBlob(service: Service, blob: ParsedBlob): Promise<KeyOfBlob> {
  const found = await findKeyOfBlob(service, blob);
  if (found !== undefined) return found;
  throw outOfReach();
}

/** For a key that is not here, and for one of another account that the caller may not use: it does not learn which. */
export const outOfReach = (): AccessDeniedException =>
  new AccessDeniedException(
    'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.',
  );

/** Opens a blob under the material that it names. @throws InvalidCiphertextException whatever is wrong with it */
export async function openBlob({ keyring }: Service, key: KeyRecord, context: Bytes, blob: ParsedBlob): Promise<Bytes> {
  if (!key.materials.some(({ id }) => id === blob.materialId)) throw new InvalidCiphertextException();
  const prf = await keyring.materials.prf(key.id, blob.materialId);
  const plaintext = await openMessage(prf, messageGcm(blob.message.length), concat(blob.header, context), blob.message);
  if (plaintext === undefined) throw new InvalidCiphertextException();
  return plaintext;
}

export const arnOf = ({ scope }: Service, key: KeyRecord): string => keyArn(scope, key.id);
