// Data keys of a KMS, wrapped as `kms+context`: the encryption context holds the caller's pairs and the content algorithm, so
// that the KMS itself refuses a data key that is handed to another algorithm.
import { encodeEncryptionContext } from '../formats/encryption-context.ts';
import type { Pairs } from '../formats/s3/metadata-text.ts';
import { algorithmContextKey, keyIdContextKey, mostWrappedKeyBytes } from '../formats/s3/object.ts';
import { InvalidCiphertextException, KMSInternalException, ValidationException } from '../model/errors/index.ts';
import { keyIdMember } from '../model/members.ts';
import { checkService, exactly } from '../model/options.ts';
import { flag, readRequest } from '../model/shape.ts';
import type { DataKeyMaker, DataKeyOpener } from '../streams/service.ts';
import { refuseLegacy, type S3Keyring, takeDataKey } from './keyring.ts';

export interface KmsKeyringOptions {
  /**
   * The KMS key: id, ARN, alias name or alias ARN. New data keys are made under it, and only data keys under it are opened. Where
   * it is left out nothing can be written, and the KMS opens whichever of its keys the object names.
   */
  KeyId?: string | undefined;
  /** Also read `kms`, which does not bind the content algorithm, and whose encryption context need not be given. Default false. */
  legacyWrapping?: boolean | undefined;
}

const optionsShape = exactly({}, { KeyId: keyIdMember, legacyWrapping: flag });

/** @param kms anything with `generateDataKey` and `decrypt` of the AWS SDK: ours, or the aggregated client of AWS */
export function kmsKeyring(kms: DataKeyMaker & DataKeyOpener, options: KmsKeyringOptions = {}): S3Keyring {
  checkService(kms, 'generateDataKey', 'decrypt');
  const { KeyId, legacyWrapping = false } = readRequest(optionsShape, options);
  return {
    onLock: (listener) => kms.onLock?.(listener) ?? (() => {}),

    async makeDataKey({ contentAlgorithm, context }) {
      if (KeyId === undefined) throw new ValidationException('KeyId must be given to kmsKeyring to write objects.');
      const description: Pairs = [...context, [algorithmContextKey, contentAlgorithm]];
      encodeEncryptionContext(description);
      const answer = await kms.generateDataKey({
        KeyId,
        NumberOfBytes: 32,
        EncryptionContext: Object.fromEntries(description),
      });
      const wrappedKey = new Uint8Array(answer.CiphertextBlob ?? []);
      if (wrappedKey.length < 1 || wrappedKey.length > mostWrappedKeyBytes || answer.Plaintext?.length !== 32) {
        answer.Plaintext?.fill(0);
        throw new KMSInternalException(
          'GenerateDataKey did not return a data key of 32 bytes with its CiphertextBlob.',
        );
      }
      const wrapped = { wrapAlgorithm: 'kms+context' as const, wrappedKey, description };
      return { dataKey: takeDataKey(answer.Plaintext, contentAlgorithm), wrapped };
    },

    async openDataKey({ wrapAlgorithm, wrappedKey, description }, { contentAlgorithm, context }) {
      if (wrapAlgorithm === 'kms' && !legacyWrapping) refuseLegacy(wrapAlgorithm);
      // A context that names the algorithm is one of `kms+context`, whatever the metadata call it: nobody bound it to another.
      const named = new Map(description).get(algorithmContextKey);
      const isOurs =
        wrapAlgorithm === 'kms' ? named === undefined : named === contentAlgorithm && wrapAlgorithm === 'kms+context';
      // Of `kms` no client of AWS asks for the context, and who wrote may have made one for each object, as Amazon SES does for mail.
      const isOpen = wrapAlgorithm === 'kms' && context.length === 0;
      if (!isOurs || !(isOpen || isSame(withoutReserved(description), context)) || !isContext(description))
        throw new InvalidCiphertextException();
      try {
        const answer = await kms.decrypt({
          CiphertextBlob: wrappedKey,
          ...(KeyId === undefined ? {} : { KeyId }),
          ...(description.length === 0 ? {} : { EncryptionContext: Object.fromEntries(description) }),
        });
        return takeDataKey(answer.Plaintext, contentAlgorithm);
      } catch (error) {
        // The client of AWS has a class of its own for it, with a message of its own.
        throw (error as Error | undefined)?.name === 'InvalidCiphertextException'
          ? new InvalidCiphertextException()
          : error;
      }
    },
  };
}

/** Refuses the names that the client itself puts into a context. */
export function refuseReserved(context: Pairs): void {
  for (const [key] of context)
    if (key === algorithmContextKey || key === keyIdContextKey)
      throw new ValidationException(`EncryptionContext must not hold ${key}: the S3 Encryption Client sets it itself.`);
}

const withoutReserved = (pairs: Pairs): Pairs =>
  pairs.filter(([key]) => key !== algorithmContextKey && key !== keyIdContextKey);

function isSame(stored: Pairs, given: Pairs): boolean {
  const expected = new Map(given);
  return stored.length === expected.size && stored.every(([key, value]) => expected.get(key) === value);
}

function isContext(pairs: Pairs): boolean {
  try {
    return encodeEncryptionContext(pairs).length >= 0;
  } catch {
    return false;
  }
}
