// What streams need of a key management service: public operations in the shape of the AWS SDK. Our Kms has it, and so has
// the aggregated client of @aws-sdk/client-kms.

type EncryptionContext = Record<string, string>;

/** Makes data keys. */
export interface DataKeyMaker {
  generateDataKey(input: {
    KeyId: string;
    NumberOfBytes: number;
    EncryptionContext?: EncryptionContext;
  }): Promise<{ Plaintext?: Uint8Array | undefined; CiphertextBlob?: Uint8Array | undefined }>;
}

/** Opens wrapped data keys. */
export interface DataKeyOpener {
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
