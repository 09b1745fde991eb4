// What streams need of a key management service: public operations in the shape of the AWS SDK. Our Kms has it, and so has
// the aggregated client of @aws-sdk/client-kms.
import { SerializationException } from '../model/errors/index.ts';

type EncryptionContext = Record<string, string>;

/** What may be locked: a `Kms` of this library, and what `connectKms` gives. Clients of AWS have no such thing. */
export interface Locking {
  /** Calls a listener each time the keys are locked. @returns ends it */
  onLock?(listener: () => void): () => void;
}

/** Makes data keys. */
export interface DataKeyMaker extends Locking {
  generateDataKey(input: {
    KeyId: string;
    NumberOfBytes: number;
    EncryptionContext?: EncryptionContext;
  }): Promise<{ Plaintext?: Uint8Array | undefined; CiphertextBlob?: Uint8Array | undefined }>;
}

/** Opens wrapped data keys. */
export interface DataKeyOpener extends Locking {
  decrypt(input: {
    CiphertextBlob: Uint8Array;
    KeyId?: string;
    EncryptionContext?: EncryptionContext;
  }): Promise<{ Plaintext?: Uint8Array | undefined }>;
}

/** Wraps data keys anew, without showing them. */
export interface DataKeyRewrapper {
  reEncrypt(input: {
    CiphertextBlob: Uint8Array;
    DestinationKeyId: string;
    SourceEncryptionContext?: EncryptionContext;
    DestinationEncryptionContext?: EncryptionContext;
  }): Promise<{ CiphertextBlob?: Uint8Array | undefined }>;
}

/** @throws SerializationException where an operation is not there, as in the promise of a service */
export function checkOperation(kms: unknown, operation: 'generateDataKey' | 'decrypt' | 'reEncrypt'): void {
  if (typeof (kms as Partial<Record<string, unknown>> | null | undefined)?.[operation] !== 'function')
    throw new SerializationException(`kms must have ${operation}, such as \`await openKms()\` gives.`);
}
