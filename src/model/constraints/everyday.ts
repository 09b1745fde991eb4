// The table of the service model's constraints: lengths, ranges, patterns and names, as data. Every member of every request is read by
// a shape that is made of a line of this file or of rare.ts; nothing else in the service has a limit of the model. This half is in the
// first load. `test/kms/constraint-table.node.test.ts` holds both against the model of AWS and the pinned SDK.

/** Of texts and bytes the length, in UTF-16 units and bytes; of numbers the value; of lists the number of members. */
export interface Range {
  readonly min: number;
  readonly max: number;
}
export interface TextRange extends Range {
  /** As the service model has it; it must match all of the text. */
  readonly pattern?: string;
}

export const everyday = {
  KeyId: { min: 1, max: 2048 },
  Plaintext: { min: 1, max: 4096 },
  /** Of Sign, Verify, GenerateMac and VerifyMac. */
  Message: { min: 1, max: 4096 },
  /** Ciphertexts, signatures, MACs, and what an import takes. */
  Ciphertext: { min: 1, max: 6144 },
  PublicKey: { min: 1, max: 8192 },
  AttestationDocument: { min: 1, max: 262_144 },
  GrantToken: { min: 1, max: 8192 },
  GrantTokens: { min: 0, max: 10 },
  /** The model gives it no length: each of its members has one name only. */
  DryRunModifiers: { min: 0, max: 100 },
  NumberOfBytes: { min: 1, max: 1024 },
  Limit: { min: 1, max: 1000 },
  Marker: { min: 1, max: 1024, pattern: '[\\u0020-\\u00FF]*' },
  Description: { min: 0, max: 8192 },
  AliasName: { min: 1, max: 256, pattern: '^[a-zA-Z0-9:/_-]+$' },
  CustomKeyStoreId: { min: 1, max: 64 },
} as const;

/** In the order in which AWS names them, as in rare.ts. */
export const everydayNames = {
  EncryptionAlgorithmSpec: ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256', 'SM2PKE', 'SYMMETRIC_DEFAULT'],
  DataKeySpec: ['AES_256', 'AES_128'],
  DryRunModifierType: ['IGNORE_CIPHERTEXT'],
  KeyEncryptionMechanism: ['RSAES_OAEP_SHA_256'],
} as const;
