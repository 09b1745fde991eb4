// Data keys under an AES key of the caller's: AES-GCM with a random IV, the encryption context as additional data.
// https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/use-raw-aes-keyring.html
import { type CipherPiece, openPieces, type PieceCipher, piecesUnder } from '../cipher/pieces.ts';
import { type Bytes, utf8 } from '../formats/bytes.ts';
import { type EncryptedDataKey, encodeAesInfo, ivOfAesInfo } from '../formats/esdk/data-keys.ts';
import { randomBytes } from '../keys/random.ts';
import { SerializationException, ValidationException } from '../model/errors/index.ts';
import { isBytes } from '../model/shape.ts';
import type { DataKeyRequest, Keyring } from './keyring.ts';
import { keyName, keyNamespace, ownOptions } from './options.ts';

export interface RawAesKeyringOptions {
  /** Says, together with `keyName`, which key it is. Readers must have the same; `aws-kms` is not allowed. */
  readonly keyNamespace: string;
  readonly keyName: string;
  /** An AES-GCM key: a CryptoKey, or 16, 24 or 32 bytes, which are copied. Use one for at most 2^32 messages. */
  readonly wrappingKey: Uint8Array | CryptoKey;
}

const ivLength = 12;
const tagLength = 16;

/** @throws SerializationException, ValidationException */
export function rawAesKeyring(options: RawAesKeyringOptions): Keyring {
  const given = ownOptions(options, ['keyNamespace', 'keyName', 'wrappingKey']);
  const providerId = keyNamespace(given.keyNamespace);
  const name = utf8(keyName(given.keyName));
  const cipher = cipherOf(given.wrappingKey);

  async function wrapDataKey(dataKey: Bytes, request: DataKeyRequest): Promise<EncryptedDataKey[]> {
    return [await wrapUnderAes(await cipher(), providerId, name, randomBytes(ivLength), dataKey, request)];
  }

  return {
    async generateDataKey(request) {
      const dataKey = randomBytes(request.dataKeyLength);
      return { dataKey, encryptedDataKeys: await wrapDataKey(dataKey, request) };
    },
    wrapDataKey,
    async *unwrapDataKeys(encryptedDataKeys, { dataKeyLength, serializedContext: aad, isContextSorted }) {
      if (!isContextSorted) return;
      for (const { providerId: id, providerInfo, ciphertext: data } of encryptedDataKeys) {
        const iv = id === providerId ? ivOfAesInfo(name, providerInfo) : undefined;
        if (iv === undefined || data.length !== dataKeyLength + tagLength) continue;
        const into = new Uint8Array(dataKeyLength);
        if (await opens(await cipher(), { iv, aad, data, into })) yield into;
      }
    },
  };
}

/** @param iv 12 bytes, never used twice under one key */
export async function wrapUnderAes(
  cipher: PieceCipher,
  providerId: string,
  name: Bytes,
  iv: Bytes,
  dataKey: Bytes,
  { serializedContext: aad }: Pick<DataKeyRequest, 'serializedContext'>,
): Promise<EncryptedDataKey> {
  const ciphertext = new Uint8Array(dataKey.length + tagLength);
  await cipher.seal([{ iv, aad, data: dataKey, into: ciphertext }]);
  return { providerId, providerInfo: encodeAesInfo(name, iv), ciphertext };
}

async function opens(cipher: PieceCipher, piece: CipherPiece): Promise<boolean> {
  try {
    await cipher.open([piece]);
    return true;
  } catch {
    return false;
  }
}

/** Data keys are short, but a keyring is there for long: its key is the platform's where the platform takes it. */
const preferPlatform = Number.POSITIVE_INFINITY;

/** Checks and copies now, and imports when it is needed. */
function cipherOf(key: unknown): () => Promise<PieceCipher> {
  if (!isBytes(key)) {
    const cipher = piecesUnder(requireAesKey(key));
    return async () => cipher;
  }
  if (key.length !== 16 && key.length !== 24 && key.length !== 32)
    throw new ValidationException('wrappingKey must have 16, 24 or 32 bytes.');
  const copy = new Uint8Array(key);
  let opening: Promise<PieceCipher> | undefined;
  return () => {
    opening ??= openPieces(copy, preferPlatform).finally(() => copy.fill(0));
    return opening;
  };
}

function requireAesKey(key: unknown): CryptoKey {
  const isCryptoKey = Object.prototype.toString.call(key) === '[object CryptoKey]';
  if (!isCryptoKey) throw new SerializationException('wrappingKey must be a CryptoKey or a Uint8Array.');
  if ((key as CryptoKey).algorithm.name !== 'AES-GCM')
    throw new ValidationException('wrappingKey must be a CryptoKey for AES-GCM, with the usages encrypt and decrypt.');
  return key as CryptoKey;
}
