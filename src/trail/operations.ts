// What CloudTrail logs of each operation. Only members that are named here can get into a record: plaintexts, ciphertexts,
// messages, signatures, MACs, shared secrets, imported material, passwords and tokens are not. AWS documents Encrypt, Decrypt,
// ReEncrypt, GenerateDataKey, ScheduleKeyDeletion, EnableKeyRotation and ListKeyRotations by example; the other rows follow them.

export interface LoggedOperation {
  /** True for what changes no key, cryptographic operations included. */
  readonly isReadOnly: boolean;
  /** Request members, by their names in the API, in the order of the record. */
  readonly members: readonly string[];
  /** Values of members that are always there. */
  readonly standard: Readonly<Record<string, string>>;
  /** True where the response elements hold the ARN of the key. */
  readonly namesKey: boolean;
}

const words = (text: string): readonly string[] => text.split(' ').filter((word) => word !== '');
const none: Readonly<Record<string, string>> = {};

/** An operation that changes nothing. */
const reads = (members = '', standard = none): LoggedOperation => ({
  isReadOnly: true,
  members: words(members),
  standard,
  namesKey: false,
});
/** An operation that changes a key; since December 2022 AWS logs the key's ARN as the response. */
const changes = (members: string): LoggedOperation => ({
  isReadOnly: false,
  members: words(members),
  standard: none,
  namesKey: true,
});
/** An operation that changes something else. */
const alters = (members: string): LoggedOperation => ({ ...changes(members), namesKey: false });

const symmetric = { EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
const bothSymmetric = {
  SourceEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
  DestinationEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
};
const proxy =
  'XksProxyUriEndpoint XksProxyUriPath XksProxyVpcEndpointServiceName XksProxyVpcEndpointServiceOwner XksProxyConnectivity';

export const operations: Readonly<Record<string, LoggedOperation>> = {
  CancelKeyDeletion: changes('KeyId'),
  ConnectCustomKeyStore: alters('CustomKeyStoreId'),
  CreateAlias: changes('AliasName TargetKeyId'),
  CreateCustomKeyStore: alters(
    `CustomKeyStoreName CloudHsmClusterId TrustAnchorCertificate CustomKeyStoreType ${proxy}`,
  ),
  CreateGrant: changes(
    'KeyId GranteePrincipal GranteeServicePrincipal RetiringPrincipal RetiringServicePrincipal Operations Constraints Name DryRun',
  ),
  CreateKey: alters(
    'Policy Description KeyUsage CustomerMasterKeySpec KeySpec Origin CustomKeyStoreId BypassPolicyLockoutSafetyCheck Tags MultiRegion XksKeyId',
  ),
  Decapsulate: reads('KeyId EncapsulationAlgorithm DryRun'),
  Decrypt: reads('EncryptionAlgorithm KeyId EncryptionContext DryRun DryRunModifiers', symmetric),
  DeleteAlias: changes('AliasName'),
  DeleteCustomKeyStore: alters('CustomKeyStoreId'),
  DeleteImportedKeyMaterial: changes('KeyId KeyMaterialId'),
  DeriveSharedSecret: reads('KeyId KeyAgreementAlgorithm DryRun'),
  DescribeCustomKeyStores: reads('CustomKeyStoreId CustomKeyStoreName Limit Marker'),
  DescribeKey: reads('KeyId'),
  DisableKey: changes('KeyId'),
  DisableKeyRotation: changes('KeyId'),
  DisconnectCustomKeyStore: alters('CustomKeyStoreId'),
  EnableKey: changes('KeyId'),
  EnableKeyRotation: changes('KeyId RotationPeriodInDays'),
  Encapsulate: reads('KeyId EncapsulationAlgorithm DryRun'),
  Encrypt: reads('KeyId EncryptionAlgorithm EncryptionContext DryRun', symmetric),
  GenerateDataKey: reads('KeyId KeySpec NumberOfBytes EncryptionContext DryRun'),
  GenerateDataKeyPair: reads('KeyPairSpec KeyId EncryptionContext DryRun'),
  GenerateDataKeyPairWithoutPlaintext: reads('KeyPairSpec KeyId EncryptionContext DryRun'),
  GenerateDataKeyWithoutPlaintext: reads('KeyId KeySpec NumberOfBytes EncryptionContext DryRun'),
  GenerateMac: reads('KeyId MacAlgorithm DryRun'),
  GenerateRandom: reads(),
  GetKeyLastUsage: reads('KeyId'),
  GetKeyPolicy: reads('KeyId PolicyName'),
  GetKeyRotationStatus: reads('KeyId'),
  GetParametersForImport: reads('KeyId WrappingAlgorithm WrappingKeySpec'),
  GetPublicKey: reads('KeyId'),
  ImportKeyMaterial: changes('KeyId ExpirationModel ValidTo ImportType KeyMaterialDescription KeyMaterialId'),
  ListAliases: reads('KeyId Limit Marker'),
  ListGrants: reads('KeyId GrantId GranteePrincipal GranteeServicePrincipal Limit Marker'),
  ListKeyPolicies: reads('KeyId Limit Marker'),
  ListKeyRotations: reads('KeyId IncludeKeyMaterial Limit Marker'),
  ListKeys: reads('Limit Marker'),
  ListResourceTags: reads('KeyId Limit Marker'),
  ListRetirableGrants: reads('RetiringPrincipal RetiringServicePrincipal Limit Marker'),
  PutKeyPolicy: changes('KeyId PolicyName Policy BypassPolicyLockoutSafetyCheck'),
  ReEncrypt: reads(
    'SourceEncryptionAlgorithm SourceEncryptionContext SourceKeyId DestinationKeyId DestinationEncryptionAlgorithm DestinationEncryptionContext DryRun DryRunModifiers',
    bothSymmetric,
  ),
  ReplicateKey: alters('KeyId ReplicaRegion Policy BypassPolicyLockoutSafetyCheck Description Tags'),
  RetireGrant: changes('KeyId GrantId DryRun'),
  RevokeGrant: changes('KeyId GrantId DryRun'),
  RotateKeyOnDemand: changes('KeyId'),
  ScheduleKeyDeletion: changes('KeyId PendingWindowInDays'),
  Sign: reads('KeyId MessageType SigningAlgorithm DryRun'),
  TagResource: changes('KeyId Tags'),
  UntagResource: changes('KeyId TagKeys'),
  UpdateAlias: changes('AliasName TargetKeyId'),
  UpdateCustomKeyStore: alters(`CustomKeyStoreId NewCustomKeyStoreName CloudHsmClusterId ${proxy}`),
  UpdateKeyDescription: changes('KeyId Description'),
  UpdatePrimaryRegion: changes('KeyId PrimaryRegion'),
  Verify: reads('KeyId MessageType SigningAlgorithm DryRun'),
  VerifyMac: reads('KeyId MacAlgorithm DryRun'),
};

/** Things that the service does by itself. */
export const serviceEvents: ReadonlySet<string> = new Set([
  'CreateKey',
  'DeleteKey',
  'DeleteExpiredKeyMaterial',
  'RotateKey',
  'SynchronizeMultiRegionKey',
]);
