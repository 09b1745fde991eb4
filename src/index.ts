// What a user imports first.

export { Kms } from './kms/kms.ts';
export { type OpenKmsOptions, openKms } from './kms/open.ts';
export type {
  EncapsulationAlgorithm,
  EncryptionAlgorithm,
  KeyAgreementAlgorithm,
  MacAlgorithm,
  MessageType,
  SigningAlgorithm,
} from './model/algorithms.ts';
export type * from './model/api/index.ts';
export * from './model/errors/index.ts';
export type { KeyState } from './model/key-record.ts';
export type { DataKeyPairSpec, KeyOrigin, KeySpec, KeyUsage } from './model/key-spec.ts';
export type { Store } from './store/index.ts';
export { indexedDbStore, memoryStore } from './store/index.ts';
