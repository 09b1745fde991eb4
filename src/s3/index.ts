// `keyhaven/s3`: objects in the formats of the Amazon S3 Encryption Client, under keys of any KMS or of your own.
export { type AesKeyringOptions, aesKeyring } from './aes-keyring.ts';
export type { BodyLike, ObjectBody } from './body.ts';
export {
  type DecryptedReply,
  type EncryptedS3,
  type EncryptedS3Options,
  encryptedS3,
  type ObjectCallOptions,
  type ReadCallOptions,
} from './client.ts';
export type { ObjectDescription } from './content-key.ts';
export { decryptObject, decryptObjectUnverified, type StoredObject } from './decrypt.ts';
export { DecryptedBody } from './decrypted-body.ts';
export { type EncryptedObject, encryptObject } from './encrypt.ts';
export type { KeyBinding, NewDataKey, S3Keyring } from './keyring.ts';
export { type KmsKeyringOptions, kmsKeyring } from './kms-keyring.ts';
export type {
  GetObjectInput,
  GetObjectReply,
  ObjectStore,
  PutObjectInput,
  PutObjectReply,
  ReplyBody,
} from './object-store.ts';
export type { CommitmentPolicy, DecryptObjectOptions, EncryptObjectOptions } from './options.ts';
export { decryptRangeUnauthenticated, type PlaintextRange, rangeHeader, type StoredRange } from './range.ts';
export { type RsaKeyringOptions, rsaKeyring } from './rsa-keyring.ts';
