// Every error, and the union of their codes.
export * from './aws.ts';
export { type Fault, KmsError, type KmsErrorOptions, type ResponseMetadata } from './base.ts';
export * from './devices.ts';
export * from './esdk.ts';
export * from './host.ts';
export * from './keyhaven.ts';
export * from './records.ts';
export * from './s3.ts';
export * from './sealer.ts';
export * from './streams.ts';

/** Every `code` that an error of this library can have. */
export type KmsErrorCode =
  | 'AccessDeniedException'
  | 'AlreadyExistsException'
  | 'BackupCorrupt'
  | 'BackupOutdated'
  | 'CloudHsmClusterNotFoundException'
  | 'ConflictException'
  | 'CustomKeyStoreNotFoundException'
  | 'DataKeyMissing'
  | 'DataKeyNotLoaded'
  | 'DependencyTimeoutException'
  | 'DisabledException'
  | 'DryRunOperationException'
  | 'ExpiredImportTokenException'
  | 'HostRefused'
  | 'HostUnavailable'
  | 'IncorrectKeyException'
  | 'IncorrectKeyMaterialException'
  | 'InsecureContext'
  | 'InvalidAliasNameException'
  | 'InvalidArnException'
  | 'InvalidCiphertextException'
  | 'InvalidGrantTokenException'
  | 'InvalidImportTokenException'
  | 'InvalidKeyUsageException'
  | 'InvalidMarkerException'
  | 'KMSInternalException'
  | 'KMSInvalidMacException'
  | 'KMSInvalidSignatureException'
  | 'KMSInvalidStateException'
  | 'KeyLocked'
  | 'KeyUndecryptable'
  | 'KeysNotKept'
  | 'KeysNotPortable'
  | 'LimitExceededException'
  | 'MalformedPolicyDocumentException'
  | 'MessageRefused'
  | 'NotAuthorizedException'
  | 'NotFoundException'
  | 'PairingFailed'
  | 'PairingRefused'
  | 'RecordOutdated'
  | 'ObjectFormatRefused'
  | 'ObjectNotEncrypted'
  | 'ObjectTooLarge'
  | 'SealerNotReady'
  | 'SerializationException'
  | 'StoreCorrupt'
  | 'StoreEvicted'
  | 'StoreNewer'
  | 'StoreUnavailable'
  | 'StreamSourceFailed'
  | 'StreamTruncated'
  | 'StreamWorkerFailed'
  | 'TagException'
  | 'ThrottlingException'
  | 'TransportFailed'
  | 'UnlockFailed'
  | 'UnlockUnavailable'
  | 'UnsupportedOperationException'
  | 'ValidationException'
  | 'XksProxyUriUnreachableException';
