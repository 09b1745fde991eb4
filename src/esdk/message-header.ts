// The header of a message, made and opened: data keys, derivation, commitment, authentication. Whole messages and streams begin here.
import type { PieceCipher } from '../cipher/pieces.ts';
import { type Bytes, concat, isEqual } from '../formats/bytes.ts';
import { type EncryptedDataKey, isEncodable } from '../formats/esdk/data-keys.ts';
import { encodeHeaderAuthentication, encodeHeaderBody, headerIv, type ParsedHeader } from '../formats/esdk/header.ts';
import type { AlgorithmSuite } from '../formats/esdk/suites.ts';
import { InvalidCiphertextException, MessageRefused, ValidationException } from '../model/errors/index.ts';
import { openContentKey } from './content-key.ts';
import type { MessageContext } from './context.ts';
import type { DataKeyRequest, Keyring } from './keyring.ts';

const none = new Uint8Array(0);
const tagLength = 16;

const requestOf = (suite: AlgorithmSuite, context: MessageContext, isContextSorted: boolean): DataKeyRequest => ({
  suite,
  dataKeyLength: suite.keyLength,
  encryptionContext: context.all,
  serializedContext: context.serialized,
  isContextSorted,
});

/** What a header is made of. */
export interface HeaderPlan {
  readonly suite: AlgorithmSuite;
  /** Random, and never used twice under one data key. */
  readonly messageId: Bytes;
  readonly context: MessageContext;
  readonly frameLength: number;
  readonly maxEncryptedDataKeys: number;
}

/** A message whose header is written: what its body is sealed with. */
export interface WrittenHeader {
  /** Body and authentication. */
  readonly header: Bytes;
  readonly messageId: Bytes;
  readonly cipher: PieceCipher;
}

export async function writeHeader(keyring: Keyring, plan: HeaderPlan): Promise<WrittenHeader> {
  const { suite, context, maxEncryptedDataKeys: most } = plan;
  const { dataKey, encryptedDataKeys } = await keyring.generateDataKey(requestOf(suite, context, true));
  try {
    requireMaterials(suite, dataKey, encryptedDataKeys);
    if (encryptedDataKeys.length > most)
      throw new MessageRefused(
        `The keyring gave ${encryptedDataKeys.length} encrypted data keys; maxEncryptedDataKeys is ${most}.`,
      );
    return await sealHeader(plan, dataKey, encryptedDataKeys);
  } finally {
    dataKey.fill(0);
  }
}

/** A keyring of the caller's own is trusted with keys, not with the format: a message that nobody could open is not written. */
function requireMaterials(suite: AlgorithmSuite, dataKey: Bytes, encryptedDataKeys: readonly EncryptedDataKey[]): void {
  if (dataKey.length !== suite.keyLength)
    throw new ValidationException(`The keyring gave a data key of ${dataKey.length} bytes, not of ${suite.keyLength}.`);
  if (encryptedDataKeys.length === 0) throw new ValidationException('The keyring gave no encrypted data key.');
  if (!encryptedDataKeys.every(isEncodable))
    throw new ValidationException('The keyring gave an encrypted data key with a part of more than 65535 bytes.');
}

/** @param dataKey the caller wipes it */
export async function sealHeader(
  { suite, messageId, context, frameLength }: HeaderPlan,
  dataKey: Bytes,
  encryptedDataKeys: readonly EncryptedDataKey[],
): Promise<WrittenHeader> {
  const { cipher, commitKey } = await openContentKey(suite, dataKey, messageId, frameLength);
  const body = encodeHeaderBody({ suite, messageId, encryptedDataKeys, frameLength, commitKey }, context.stored);
  const tag = new Uint8Array(tagLength);
  await cipher.seal([{ iv: headerIv, aad: concat(body, context.authenticatedOnly), data: none, into: tag }]);
  return { header: concat(body, encodeHeaderAuthentication(suite, tag)), messageId, cipher };
}

/** A keyring, or the KMS client behind it, may keep what it is given for longer than the message's own memory is there. */
const owned = ({ providerId, providerInfo, ciphertext }: EncryptedDataKey): EncryptedDataKey => ({
  providerId,
  providerInfo: providerInfo.slice(),
  ciphertext: ciphertext.slice(),
});

/**
 * Opens a header: takes the data keys that the keyring gives until one fits.
 * @returns what opens the body
 * @throws InvalidCiphertextException where none fits; what the keyring throws where that is why
 */
export async function openHeader(
  keyring: Keyring,
  header: ParsedHeader,
  context: MessageContext,
): Promise<PieceCipher> {
  const request = requestOf(header.suite, context, header.isContextSorted);
  for await (const dataKey of keyring.unwrapDataKeys(header.encryptedDataKeys.map(owned), request)) {
    try {
      const cipher = dataKey.length === header.suite.keyLength ? await fitting(header, context, dataKey) : undefined;
      if (cipher !== undefined) return cipher;
    } finally {
      dataKey.fill(0);
    }
  }
  throw new InvalidCiphertextException();
}

/** The commitment is compared before the content key is used for anything. */
async function fitting(
  header: ParsedHeader,
  context: MessageContext,
  dataKey: Bytes,
): Promise<PieceCipher | undefined> {
  const { suite, messageId, body, iv, tag, frameLength = Number.POSITIVE_INFINITY } = header;
  const { cipher, commitKey } = await openContentKey(suite, dataKey, messageId, frameLength);
  const commits = header.commitKey === undefined || (commitKey !== undefined && isEqual(commitKey, header.commitKey));
  try {
    if (!commits) throw new InvalidCiphertextException();
    await cipher.open([{ iv, aad: concat(body, context.authenticatedOnly), data: tag, into: new Uint8Array(0) }]);
    return cipher;
  } catch {
    cipher.close();
    return undefined;
  }
}
