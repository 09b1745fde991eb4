// Data keys wrapped under an AES key of the caller's by AES-GCM, with the name of the content algorithm as additional data.
import type { Aead } from '../cipher/aead.ts';
import { openCipher } from '../cipher/cipher.ts';
import { NativeCipher, openNativeKey } from '../cipher/native-engine.ts';
import { type Bytes, concat, utf8 } from '../formats/bytes.ts';
import type { Pairs } from '../formats/s3/metadata-text.ts';
import { dataKeyLength, gcmIvLength, isDataKeyLength, tagLength } from '../formats/s3/object.ts';
import { randomBytes } from '../keys/random.ts';
import { InvalidCiphertextException, ValidationException } from '../model/errors/index.ts';
import { exactly } from '../model/options.ts';
import { copyBytes, flag, isBytes, readRequest, textMap } from '../model/shape.ts';
import { refuseContext, refuseLegacy, type S3Keyring, takeDataKey } from './keyring.ts';

export interface AesKeyringOptions {
  /** Text pairs stored with new objects, in clear and not authenticated, to find the key by. */
  materialDescription?: Readonly<Record<string, string>> | undefined;
  /**
   * Also read data keys wrapped by `AESWrap` (RFC 3394) and `AES` (format v1). The key must then be given as bytes, and they stay in
   * memory. Default false.
   */
  legacyWrapping?: boolean | undefined;
}

const optionsShape = exactly({}, { materialDescription: textMap, legacyWrapping: flag });

/**
 * A key of your own. IVs are random, so wrap at most 2^32 data keys under one key (NIST SP 800-38D, section 8.3).
 * @param key a CryptoKey for AES-GCM with the usages `encrypt` and `decrypt` (one of them, to only write or read), best not
 * extractable; or 16, 24 or 32 bytes, which are copied
 * @throws ValidationException
 */
export function aesKeyring(key: CryptoKey | Uint8Array, options: AesKeyringOptions = {}): S3Keyring {
  const { materialDescription = [], legacyWrapping = false } = readRequest(optionsShape, options);
  const bytes = isBytes(key) ? copyBytes('key', key) : undefined;
  if (legacyWrapping && bytes === undefined)
    throw new ValidationException('legacyWrapping needs the key as bytes: WebCrypto does not offer what it takes.');
  const opening = bytes ? importBytes(bytes, legacyWrapping) : Promise.resolve(fromHandle(key as CryptoKey));
  // Who never uses the keyring need not hear that its key cannot be used.
  opening.catch(() => {});
  return {
    async makeDataKey({ contentAlgorithm, context }) {
      refuseContext(context);
      const cipher = await opening;
      const [dataKey, iv] = [randomBytes(dataKeyLength), randomBytes(gcmIvLength)];
      const sealed = await cipher.seal(iv, dataKey, { aad: utf8(contentAlgorithm) });
      const description: Pairs = materialDescription;
      return { dataKey, wrapped: { wrapAlgorithm: 'AES/GCM', wrappedKey: concat(iv, sealed), description } };
    },

    async openDataKey({ wrapAlgorithm, wrappedKey }, { contentAlgorithm, context }) {
      refuseContext(context);
      if (wrapAlgorithm === 'AESWrap' || wrapAlgorithm === 'AES') {
        if (!legacyWrapping) refuseLegacy(wrapAlgorithm);
        const { openLegacy } = await import('./legacy-wrapping.ts');
        return takeDataKey(openLegacy(wrapAlgorithm, bytes as Bytes, wrappedKey), contentAlgorithm);
      }
      const isWhole = isDataKeyLength(wrappedKey.length - gcmIvLength - tagLength, contentAlgorithm);
      if (wrapAlgorithm !== 'AES/GCM' || !isWhole) throw new InvalidCiphertextException();
      const cipher = await opening;
      try {
        const [iv, sealed] = [wrappedKey.slice(0, gcmIvLength), wrappedKey.slice(gcmIvLength)];
        return takeDataKey(await cipher.open(iv, sealed, { aad: utf8(contentAlgorithm) }), contentAlgorithm);
      } catch {
        throw new InvalidCiphertextException();
      }
    },
  };
}

type Wrapping = Pick<Aead, 'seal' | 'open'>;

function fromHandle(key: CryptoKey): Wrapping {
  const isHandle = Object.prototype.toString.call(key) === '[object CryptoKey]';
  if (!isHandle || key.algorithm.name !== 'AES-GCM')
    throw new ValidationException('key must be a CryptoKey for AES-GCM, or a Uint8Array of 16, 24 or 32 bytes.');
  return new NativeCipher(key);
}

async function importBytes(bytes: Bytes, isKept: boolean): Promise<Wrapping> {
  try {
    return await openNativeKey(bytes);
  } catch (error) {
    // Chromium has no AES-192: there the core holds the key.
    if (bytes.length !== 24) throw error;
    return await openCipher(bytes, 'either');
  } finally {
    if (!isKept) bytes.fill(0);
  }
}
