// What a sealer needs of a key management service: two operations in the shape of the AWS SDK. Our Kms has them, and so has
// the aggregated client of @aws-sdk/client-kms.

export interface SealerKms {
  generateDataKey(input: {
    KeyId: string;
    NumberOfBytes: number;
    EncryptionContext?: Record<string, string>;
  }): Promise<{ Plaintext?: Uint8Array | undefined; CiphertextBlob?: Uint8Array | undefined }>;
  decrypt(input: {
    CiphertextBlob: Uint8Array;
    EncryptionContext?: Record<string, string>;
  }): Promise<{ Plaintext?: Uint8Array | undefined }>;
  /** Calls a listener each time the service was locked. Only a Kms of this library has it. */
  onLock?(listener: () => void): () => void;
}
