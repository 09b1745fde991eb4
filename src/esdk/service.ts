// What the KMS keyring needs of a key management service: public operations in the shape of the AWS SDK. Our Kms has it, and so has
// the aggregated client of @aws-sdk/client-kms.

type EncryptionContext = Record<string, string>;

/** What all three requests can have. */
export interface Common {
  EncryptionContext?: EncryptionContext;
  GrantTokens?: string[];
}

type Answer<Member extends string> = Promise<
  { [name in Member]?: Uint8Array | undefined } & { KeyId?: string | undefined }
>;

/** A client for one account and Region. */
export interface KmsClient {
  generateDataKey(input: Common & { KeyId: string; NumberOfBytes: number }): Answer<'Plaintext' | 'CiphertextBlob'>;
  encrypt(input: Common & { KeyId: string; Plaintext: Uint8Array }): Answer<'CiphertextBlob'>;
  decrypt(input: Common & { KeyId: string; CiphertextBlob: Uint8Array }): Answer<'Plaintext'>;
  /** Calls a listener each time the keys are locked. Only a Kms of this library has it. */
  onLock?(listener: () => void): () => void;
}
