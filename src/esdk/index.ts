// `keyhaven/esdk`: messages of the AWS Encryption SDK, which every SDK of AWS reads and writes, under keys of any KMS, or of one's own.
export type { EncryptedDataKey } from '../formats/esdk/data-keys.ts';
export type { AlgorithmSuite, SuiteId } from '../formats/esdk/suites.ts';
export type { StreamPair } from '../streams/stream-pair.ts';
export type { CommitmentPolicy } from './commitment-policy.ts';
export { type Decrypted, decrypt } from './decrypt.ts';
export type { DecryptOptions, MessageHeader } from './decrypt-options.ts';
export {
  type DecryptStreamOptions,
  type DecryptStreamPair,
  decryptStream,
} from './decrypt-stream.ts';
export { encrypt } from './encrypt.ts';
export type { EncryptOptions } from './encrypt-options.ts';
export { type EncryptStreamOptions, encryptStream } from './encrypt-stream.ts';
export type { DataKeyRequest, GeneratedDataKey, Keyring } from './keyring.ts';
export {
  type DiscoveryFilter,
  type KmsDiscoveryKeyringOptions,
  type KmsKeyringOptions,
  kmsKeyring,
} from './kms-keyring.ts';
export { type MultiKeyringOptions, multiKeyring } from './multi-keyring.ts';
export type { SignedMessages } from './passing-signature.ts';
export { type RawAesKeyringOptions, rawAesKeyring } from './raw-aes-keyring.ts';
export { type RawRsaKeyringOptions, type RsaPadding, rawRsaKeyring } from './raw-rsa-keyring.ts';
export type { KmsClient } from './service.ts';
