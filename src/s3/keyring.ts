// What makes and opens the data keys of objects. There are three: a KMS, an AES key, an RSA pair.
import type { Bytes } from '../formats/bytes.ts';
import type { Pairs } from '../formats/s3/metadata-text.ts';
import {
  type ContentAlgorithm,
  isDataKeyLength,
  type LegacyWrapAlgorithm,
  type WrapAlgorithm,
  type WrappedKey,
} from '../formats/s3/object.ts';
import { InvalidCiphertextException, ObjectFormatRefused, ValidationException } from '../model/errors/index.ts';

/** What a data key is bound to. */
export interface KeyBinding {
  readonly contentAlgorithm: ContentAlgorithm;
  /** The caller's encryption context. */
  readonly context: Pairs;
}

/** A data key, in clear and wrapped. Whoever asked for it wipes `dataKey`. */
export interface NewDataKey {
  /** 32 bytes. */
  readonly dataKey: Bytes;
  readonly wrapped: WrappedKey;
}

/** Makes and opens data keys. Made by `kmsKeyring`, `aesKeyring` and `rsaKeyring`. */
export interface S3Keyring {
  makeDataKey(binding: KeyBinding): Promise<NewDataKey>;
  /**
   * @returns the data key, of formats v1 and v2 also one of 16 or 24 bytes; whoever asked for it wipes it and checks its length
   * @throws InvalidCiphertextException where it does not open, whatever the reason
   * @throws ObjectFormatRefused where it is wrapped in a legacy way that is not allowed
   */
  openDataKey(wrapped: WrappedKey, binding: KeyBinding): Promise<Bytes>;
  /** Calls a listener each time the keys behind it are locked, where they can be. @returns ends it */
  onLock?(listener: () => void): () => void;
}

/** Takes the data key out of what holds it, and wipes that. @throws InvalidCiphertextException where it has another length */
export function takeDataKey(holder: Uint8Array | undefined, content: ContentAlgorithm): Bytes {
  if (holder === undefined) throw new InvalidCiphertextException();
  const dataKey = new Uint8Array(holder);
  holder.fill(0);
  if (isDataKeyLength(dataKey.length, content)) return dataKey;
  dataKey.fill(0);
  throw new InvalidCiphertextException();
}

/** Refuses a context where nothing would bind it to the object. */
export function refuseContext(context: Pairs): void {
  if (context.length > 0)
    throw new ValidationException(
      'EncryptionContext can be bound to an object by a KMS only: leave it out with a raw key.',
    );
}

export function refuseLegacy(algorithm: WrapAlgorithm | LegacyWrapAlgorithm): never {
  throw new ObjectFormatRefused(
    `The data key is wrapped by the legacy algorithm ${algorithm}, which does not bind the content algorithm. Give the keyring ` +
      'legacyWrapping: true to read it.',
  );
}
