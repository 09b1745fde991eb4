// Every operation once as it should be, and once as it should not, as data: the same steps are taken by each client of AWS.

export interface Step {
  readonly operation: string;
  /** Blobs are base64. `$name.path` stands for a part of an earlier reply. */
  readonly input: Readonly<Record<string, unknown>>;
  /** Keeps the reply under a name. */
  readonly as?: string;
  /** The error that must come; none where it must succeed. */
  readonly error?: string;
  /** An import: the client wraps 32 bytes under the public key of this reply (RSAES_OAEP_SHA_256), as EncryptedKeyMaterial. */
  readonly wraps?: string;
}

/** Members that are blobs on the wire. */
export const blobs: readonly string[] = [
  'CiphertextBlob',
  'EncryptedKeyMaterial',
  'ImportToken',
  'Mac',
  'Message',
  'Plaintext',
  'PublicKey',
  'SharedSecretCiphertextBlob',
  'Signature',
];

const key = { KeyId: '$key.KeyMetadata.KeyId' };
const context = { EncryptionContext: { a: '1' } };
const message = { Message: 'bWVzc2FnZQ==' };
const ecdsa = { KeyId: '$pair.KeyMetadata.KeyId', ...message, SigningAlgorithm: 'ECDSA_SHA_256' };
const mac = { KeyId: '$mac.KeyMetadata.KeyId', ...message, MacAlgorithm: 'HMAC_SHA_256' };
const user = 'arn:aws:iam::000000000000:user/grantee';
const policy = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::000000000000:root' }, Action: 'kms:*', Resource: '*' },
  ],
});

export const right: readonly Step[] = [
  { operation: 'CreateKey', input: { Description: 'first', Tags: [{ TagKey: 'a', TagValue: '' }] }, as: 'key' },
  { operation: 'CreateKey', input: {}, as: 'other' },
  { operation: 'CreateKey', input: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }, as: 'pair' },
  { operation: 'CreateKey', input: { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }, as: 'mac' },
  { operation: 'CreateKey', input: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' }, as: 'agree' },
  { operation: 'CreateKey', input: { KeySpec: 'ML_KEM_768', KeyUsage: 'ENCAPSULATE_DECAPSULATE' }, as: 'kem' },
  { operation: 'CreateKey', input: { Origin: 'EXTERNAL' }, as: 'external' },
  { operation: 'CreateKey', input: { MultiRegion: true }, as: 'primary' },
  { operation: 'DescribeKey', input: key },
  { operation: 'ListKeys', input: { Limit: 3 }, as: 'page' },
  { operation: 'ListKeys', input: { Limit: 3, Marker: '$page.NextMarker' } },
  { operation: 'UpdateKeyDescription', input: { ...key, Description: '' } },
  { operation: 'DisableKey', input: key },
  { operation: 'EnableKey', input: key },
  { operation: 'CreateAlias', input: { AliasName: 'alias/scenario', TargetKeyId: key.KeyId } },
  { operation: 'UpdateAlias', input: { AliasName: 'alias/scenario', TargetKeyId: '$other.KeyMetadata.KeyId' } },
  { operation: 'ListAliases', input: { KeyId: '$other.KeyMetadata.KeyId' } },
  { operation: 'TagResource', input: { ...key, Tags: [{ TagKey: 'b', TagValue: '2' }] } },
  { operation: 'ListResourceTags', input: key },
  { operation: 'UntagResource', input: { ...key, TagKeys: ['b'] } },
  { operation: 'PutKeyPolicy', input: { ...key, PolicyName: 'default', Policy: policy } },
  { operation: 'GetKeyPolicy', input: { ...key, PolicyName: 'default' } },
  { operation: 'ListKeyPolicies', input: key },
  {
    operation: 'CreateGrant',
    input: { ...key, GranteePrincipal: user, RetiringPrincipal: user, Operations: ['Encrypt'] },
    as: 'grant',
  },
  { operation: 'ListGrants', input: key },
  { operation: 'ListRetirableGrants', input: { RetiringPrincipal: user } },
  { operation: 'RetireGrant', input: { GrantToken: '$grant.GrantToken' } },
  { operation: 'CreateGrant', input: { ...key, GranteePrincipal: user, Operations: ['Decrypt'] }, as: 'second' },
  { operation: 'RevokeGrant', input: { ...key, GrantId: '$second.GrantId' } },
  { operation: 'Encrypt', input: { ...key, ...context, Plaintext: 'c2VjcmV0' }, as: 'sealed' },
  { operation: 'Decrypt', input: { CiphertextBlob: '$sealed.CiphertextBlob', ...context } },
  {
    operation: 'ReEncrypt',
    input: {
      CiphertextBlob: '$sealed.CiphertextBlob',
      SourceEncryptionContext: context.EncryptionContext,
      DestinationKeyId: 'alias/scenario',
    },
  },
  { operation: 'DeleteAlias', input: { AliasName: 'alias/scenario' } },
  { operation: 'GenerateDataKey', input: { ...key, KeySpec: 'AES_256' } },
  { operation: 'GenerateDataKeyWithoutPlaintext', input: { ...key, NumberOfBytes: 64 } },
  { operation: 'GenerateDataKeyPair', input: { ...key, KeyPairSpec: 'ECC_NIST_P256' } },
  { operation: 'GenerateDataKeyPairWithoutPlaintext', input: { ...key, KeyPairSpec: 'ECC_SECG_P256K1' } },
  { operation: 'GenerateRandom', input: { NumberOfBytes: 16 } },
  { operation: 'GetKeyLastUsage', input: key },
  { operation: 'Sign', input: ecdsa, as: 'signed' },
  { operation: 'Verify', input: { ...ecdsa, Signature: '$signed.Signature' } },
  { operation: 'GetPublicKey', input: { KeyId: ecdsa.KeyId } },
  { operation: 'GenerateMac', input: mac, as: 'maced' },
  { operation: 'VerifyMac', input: { ...mac, Mac: '$maced.Mac' } },
  { operation: 'GetPublicKey', input: { KeyId: '$agree.KeyMetadata.KeyId' }, as: 'public' },
  {
    operation: 'DeriveSharedSecret',
    input: {
      KeyId: '$agree.KeyMetadata.KeyId',
      KeyAgreementAlgorithm: 'ECDH',
      PublicKey: '$public.PublicKey',
    },
  },
  {
    operation: 'Encapsulate',
    input: { KeyId: '$kem.KeyMetadata.KeyId', EncapsulationAlgorithm: 'ML_KEM' },
    as: 'capsule',
  },
  {
    operation: 'Decapsulate',
    input: {
      KeyId: '$kem.KeyMetadata.KeyId',
      EncapsulationAlgorithm: 'ML_KEM',
      SharedSecretCiphertextBlob: '$capsule.SharedSecretCiphertextBlob',
    },
  },
  { operation: 'EnableKeyRotation', input: { ...key, RotationPeriodInDays: 90 } },
  { operation: 'GetKeyRotationStatus', input: key },
  { operation: 'DisableKeyRotation', input: key },
  { operation: 'RotateKeyOnDemand', input: key },
  { operation: 'ListKeyRotations', input: key },
  { operation: 'ReplicateKey', input: { KeyId: '$primary.KeyMetadata.KeyId', ReplicaRegion: 'eu-west-1' } },
  { operation: 'UpdatePrimaryRegion', input: { KeyId: '$primary.KeyMetadata.KeyId', PrimaryRegion: 'eu-west-1' } },
  {
    operation: 'GetParametersForImport',
    input: {
      KeyId: '$external.KeyMetadata.KeyId',
      WrappingAlgorithm: 'RSAES_OAEP_SHA_256',
      WrappingKeySpec: 'RSA_2048',
    },
    as: 'parameters',
  },
  {
    operation: 'ImportKeyMaterial',
    input: {
      KeyId: '$external.KeyMetadata.KeyId',
      ImportToken: '$parameters.ImportToken',
      ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
    },
    wraps: 'parameters',
    as: 'imported',
  },
  { operation: 'Encrypt', input: { KeyId: '$external.KeyMetadata.KeyId', Plaintext: 'YQ==' } },
  { operation: 'DeleteImportedKeyMaterial', input: { KeyId: '$external.KeyMetadata.KeyId' } },
  { operation: 'ScheduleKeyDeletion', input: { ...key, PendingWindowInDays: 7 } },
  { operation: 'CancelKeyDeletion', input: key },
  { operation: 'DescribeCustomKeyStores', input: {} },
];

const nowhere = { KeyId: '12345678-1234-4234-8234-123456789abc' };
const missing = 'NotFoundException';
const store = { CustomKeyStoreId: 'cks-1234567890abcdef0' };
const noStore = 'CustomKeyStoreNotFoundException';

/** After the steps of `right`. */
export const wrong: readonly Step[] = [
  { operation: 'CreateKey', input: { KeySpec: 'RSA_2048' }, error: 'ValidationException' },
  { operation: 'DescribeKey', input: nowhere, error: missing },
  { operation: 'ListKeys', input: { Marker: 'none' }, error: 'InvalidMarkerException' },
  { operation: 'UpdateKeyDescription', input: { ...nowhere, Description: '' }, error: missing },
  { operation: 'DisableKey', input: nowhere, error: missing },
  { operation: 'EnableKey', input: nowhere, error: missing },
  {
    operation: 'CreateAlias',
    input: { AliasName: 'alias/aws/x', TargetKeyId: key.KeyId },
    error: 'NotAuthorizedException',
  },
  { operation: 'UpdateAlias', input: { AliasName: 'alias/none', TargetKeyId: key.KeyId }, error: missing },
  { operation: 'DeleteAlias', input: { AliasName: 'alias/none' }, error: missing },
  { operation: 'ListAliases', input: nowhere, error: missing },
  { operation: 'TagResource', input: { ...key, Tags: [{ TagKey: 'aws:x', TagValue: '' }] }, error: 'TagException' },
  { operation: 'ListResourceTags', input: nowhere, error: missing },
  { operation: 'UntagResource', input: { ...nowhere, TagKeys: ['b'] }, error: missing },
  {
    operation: 'PutKeyPolicy',
    input: { ...key, PolicyName: 'default', Policy: '{}' },
    error: 'MalformedPolicyDocumentException',
  },
  { operation: 'GetKeyPolicy', input: { ...key, PolicyName: 'other' }, error: missing },
  { operation: 'ListKeyPolicies', input: nowhere, error: missing },
  {
    operation: 'CreateGrant',
    input: { ...key, GranteePrincipal: 'nobody', Operations: ['Encrypt'] },
    error: 'InvalidArnException',
  },
  { operation: 'ListGrants', input: nowhere, error: missing },
  {
    operation: 'ListRetirableGrants',
    input: { RetiringPrincipal: user, Marker: 'x' },
    error: 'InvalidMarkerException',
  },
  { operation: 'RetireGrant', input: { GrantToken: 'x' }, error: 'InvalidGrantTokenException' },
  { operation: 'RevokeGrant', input: { ...key, GrantId: 'x' }, error: missing },
  { operation: 'Encrypt', input: { ...key, Plaintext: 'YQ==' }, error: 'DisabledException' },
  { operation: 'Decrypt', input: { CiphertextBlob: 'YQ==' }, error: 'InvalidCiphertextException' },
  {
    operation: 'ReEncrypt',
    input: { CiphertextBlob: 'YQ==', DestinationKeyId: '$other.KeyMetadata.KeyId' },
    error: 'InvalidCiphertextException',
  },
  { operation: 'GenerateDataKey', input: { ...key }, error: 'ValidationException' },
  { operation: 'GenerateDataKeyWithoutPlaintext', input: { ...nowhere, NumberOfBytes: 64 }, error: missing },
  { operation: 'GenerateDataKeyPair', input: { ...nowhere, KeyPairSpec: 'RSA_2048' }, error: missing },
  { operation: 'GenerateDataKeyPairWithoutPlaintext', input: { ...nowhere, KeyPairSpec: 'RSA_2048' }, error: missing },
  { operation: 'GenerateRandom', input: {}, error: 'ValidationException' },
  { operation: 'GetKeyLastUsage', input: nowhere, error: missing },
  { operation: 'Sign', input: { ...ecdsa, SigningAlgorithm: 'ECDSA_SHA_384' }, error: 'InvalidKeyUsageException' },
  { operation: 'Verify', input: { ...ecdsa, Signature: 'YQ==' }, error: 'KMSInvalidSignatureException' },
  { operation: 'GetPublicKey', input: key, error: 'DisabledException' },
  { operation: 'GenerateMac', input: { ...mac, MacAlgorithm: 'HMAC_SHA_512' }, error: 'InvalidKeyUsageException' },
  { operation: 'VerifyMac', input: { ...mac, Mac: 'YQ==' }, error: 'KMSInvalidMacException' },
  {
    operation: 'DeriveSharedSecret',
    input: { KeyId: '$agree.KeyMetadata.KeyId', KeyAgreementAlgorithm: 'ECDH', PublicKey: 'YQ==' },
    error: 'ValidationException',
  },
  {
    operation: 'Encapsulate',
    input: { KeyId: mac.KeyId, EncapsulationAlgorithm: 'ML_KEM' },
    error: 'InvalidKeyUsageException',
  },
  {
    operation: 'Decapsulate',
    input: { KeyId: '$kem.KeyMetadata.KeyId', EncapsulationAlgorithm: 'ML_KEM', SharedSecretCiphertextBlob: 'YQ==' },
    error: 'InvalidCiphertextException',
  },
  { operation: 'EnableKeyRotation', input: { KeyId: ecdsa.KeyId }, error: 'UnsupportedOperationException' },
  { operation: 'GetKeyRotationStatus', input: nowhere, error: missing },
  { operation: 'DisableKeyRotation', input: key, error: 'DisabledException' },
  {
    operation: 'RotateKeyOnDemand',
    input: { KeyId: '$external.KeyMetadata.KeyId' },
    error: 'KMSInvalidStateException',
  },
  {
    operation: 'ListKeyRotations',
    input: { KeyId: ecdsa.KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' },
    error: 'ValidationException',
  },
  { operation: 'ReplicateKey', input: { ...key, ReplicaRegion: 'eu-west-1' }, error: 'UnsupportedOperationException' },
  { operation: 'UpdatePrimaryRegion', input: { ...nowhere, PrimaryRegion: 'eu-west-1' }, error: missing },
  {
    operation: 'GetParametersForImport',
    input: { ...key, WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' },
    error: 'UnsupportedOperationException',
  },
  {
    operation: 'ImportKeyMaterial',
    input: {
      KeyId: '$external.KeyMetadata.KeyId',
      ImportToken: '$parameters.ImportToken',
      EncryptedKeyMaterial: 'YQ==',
      ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
    },
    error: 'InvalidCiphertextException',
  },
  { operation: 'DeleteImportedKeyMaterial', input: key, error: 'UnsupportedOperationException' },
  { operation: 'ScheduleKeyDeletion', input: { ...key, PendingWindowInDays: 6 }, error: 'ValidationException' },
  { operation: 'CancelKeyDeletion', input: key, error: 'KMSInvalidStateException' },
  {
    operation: 'CreateCustomKeyStore',
    input: {
      CustomKeyStoreName: 'x',
      CloudHsmClusterId: 'cluster-abcdefghijk',
      TrustAnchorCertificate: 'x',
      KeyStorePassword: '1234567',
    },
    error: 'CloudHsmClusterNotFoundException',
  },
  { operation: 'DescribeCustomKeyStores', input: store, error: noStore },
  { operation: 'ConnectCustomKeyStore', input: store, error: noStore },
  { operation: 'DisconnectCustomKeyStore', input: store, error: noStore },
  { operation: 'UpdateCustomKeyStore', input: store, error: noStore },
  { operation: 'DeleteCustomKeyStore', input: store, error: noStore },
];

/** Puts parts of earlier replies in their places. */
export function resolveInput(value: unknown, replies: Readonly<Record<string, unknown>>): unknown {
  if (typeof value === 'string' && value.startsWith('$'))
    return value
      .slice(1)
      .split('.')
      .reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], replies);
  if (Array.isArray(value)) return value.map((each) => resolveInput(each, replies));
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, resolveInput(each, replies)]));
}
