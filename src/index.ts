// What a user imports first.

export { Kms } from './kms/kms.ts';
export { type OpenKmsOptions, openKms } from './kms/open.ts';
export type {
  EncapsulationAlgorithm,
  KeyAgreementAlgorithm,
  MacAlgorithm,
  MessageType,
  SigningAlgorithm,
} from './model/algorithms.ts';
export type * from './model/api/index.ts';
export type { EncryptionAlgorithm } from './model/encryption-algorithm.ts';
export * from './model/errors/index.ts';
export type { GrantOperation } from './model/grant-record.ts';
export type { KeyState } from './model/key-record.ts';
export type { DataKeyPairSpec, KeyOrigin, KeySpec, KeyUsage } from './model/key-spec.ts';
export type { Store } from './store/index.ts';
export { indexedDbStore, memoryStore } from './store/index.ts';
