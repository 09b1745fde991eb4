// Unlocking with a key of another KMS, such as one of AWS: escrow by an organisation. The wrapping key of the slot is a data key of that
// KMS; its ciphertext lies in the slot, bound to the slot by the encryption context.
import { fromBase64, toBase64 } from '../formats/bytes.ts';
import { deriveSlotKey, type SlotPlace } from '../keys/root.ts';
import type { UnlockMethod } from '../keys/unlock-method.ts';
import { KmsError, UnlockUnavailable, ValidationException } from '../model/errors/index.ts';
import { checkOptions } from '../model/options.ts';
import { type Bytes, isBytes } from '../model/shape.ts';
import { ownText } from './options.ts';

/** What is needed of the other KMS: the `KMS` client of `@aws-sdk/client-kms` has it, and so has a `Kms` of this library. */
export interface EscrowKms {
  generateDataKey(input: {
    KeyId: string;
    NumberOfBytes: number;
    EncryptionContext: Record<string, string>;
  }): Promise<{ Plaintext?: Uint8Array | undefined; CiphertextBlob?: Uint8Array | undefined }>;
  decrypt(input: {
    CiphertextBlob: Uint8Array;
    EncryptionContext: Record<string, string>;
    KeyId: string;
  }): Promise<{ Plaintext?: Uint8Array | undefined }>;
}

/** @param options.KeyId of a symmetric encryption key: id, ARN, alias name or alias ARN */
export function kmsKey(client: EscrowKms, options: { KeyId: string; label?: string | undefined }): UnlockMethod {
  checkOptions(options, { KeyId: true, label: true });
  const KeyId = ownText(options, 'KeyId', '');
  if (KeyId === '') throw new ValidationException('KeyId must name a key of the KMS.');
  if (typeof client?.generateDataKey !== 'function' || typeof client.decrypt !== 'function')
    throw new ValidationException('client must have generateDataKey and decrypt, as the KMS client of the AWS SDK.');
  const contextOf = ({ keyring, slot }: SlotPlace) => ({ 'keyhaven:keyring': keyring, 'keyhaven:slot': slot });
  return {
    kind: 'kms',
    label: ownText(options, 'label', KeyId),
    async enrol(place) {
      const answer = await reach(
        client.generateDataKey({ KeyId, NumberOfBytes: 32, EncryptionContext: contextOf(place) }),
      );
      const blob = answer.CiphertextBlob;
      if (!isBytes(blob)) throw new UnlockUnavailable('GenerateDataKey gave no CiphertextBlob.');
      return { key: await keyOf(answer.Plaintext, place), parameters: { keyId: KeyId, blob: toBase64(blob) } };
    },
    async slotKey({ parameters, place }) {
      const { blob, keyId } = parameters;
      if (typeof blob !== 'string' || typeof keyId !== 'string' || !/^[A-Za-z0-9+/]+={0,2}$/.test(blob))
        return undefined;
      const CiphertextBlob = decode(blob);
      if (CiphertextBlob === undefined) return undefined;
      // The key is the caller's choice, not the slot's: a changed slot must not choose which key is asked.
      const answer = await refusable(client.decrypt({ CiphertextBlob, EncryptionContext: contextOf(place), KeyId }));
      return answer && keyOf(answer.Plaintext, place);
    },
  };
}

async function keyOf(plaintext: Uint8Array | undefined, place: SlotPlace): Promise<CryptoKey> {
  if (!isBytes(plaintext) || plaintext.length !== 32)
    throw new UnlockUnavailable('The KMS gave no data key of 32 bytes.');
  const secret = new Uint8Array(plaintext);
  try {
    return await deriveSlotKey(secret, 'kms', place);
  } finally {
    secret.fill(0);
  }
}

function decode(base64: string): Bytes | undefined {
  try {
    return fromBase64(base64);
  } catch {
    return undefined;
  }
}

/** Errors of the other KMS, as the cause of ours. */
async function reach<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (cause) {
    const name = cause instanceof Error ? cause.name : 'unknown error';
    throw new UnlockUnavailable(`The KMS of the slot does not answer as it should (${name}).`, { cause });
  }
}

/** Ciphertexts that are none, or of another key, do not open the slot; all else is the KMS not answering. */
async function refusable<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (cause) {
    const name = cause instanceof Error ? cause.name : '';
    if (name === 'InvalidCiphertextException' || name === 'IncorrectKeyException') return undefined;
    return reach(Promise.reject(cause instanceof KmsError ? cause : cause));
  }
}
