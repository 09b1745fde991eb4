// What a user imports first.

export { type CallerOptions, Kms } from './kms/kms.ts';
export { type OpenKmsOptions, openKms } from './kms/open.ts';
export type { Trail } from './kms/trail.ts';
export type { TrailExportOptions } from './kms/trail-export.ts';
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
export type { GrantOperation } from './model/grant-record.ts';
export type { KeyState } from './model/key-record.ts';
export type { DataKeyPairSpec, KeyOrigin, KeySpec, KeyUsage } from './model/key-spec.ts';
export type { Store } from './store/index.ts';
export { indexedDbStore, memoryStore } from './store/index.ts';
export type { TrailFile, TrailPublicKey } from './trail/check-files.ts';
export type {
  LookedUpEvent,
  LookupAttributeKey,
  LookupEventsInput,
  LookupEventsOutput,
} from './trail/lookup.ts';
export type { CloudTrailRecord } from './trail/record.ts';
export type { Finding, FindingKind, TrailAnchor, TrailReport } from './trail/verify.ts';
