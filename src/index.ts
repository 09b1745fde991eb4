// What a user imports first.

export type { Finding, IntegrityReport } from './keyring/check.ts';
export type { Mode } from './keyring/root/mode.ts';
export type { SlotKind, UnlockMethod } from './keys/unlock-method.ts';
export type {
  Backup,
  BackupProgress,
  BackupRecord,
  BackupSource,
  ExportOptions,
  ImportOptions,
  ImportReport,
} from './kms/backup.ts';
export type { DeviceReport, Devices, NotRotated, RevokeOptions, RevokeReport } from './kms/devices.ts';
export type { Durability } from './kms/durability.ts';
export { type CallerOptions, Kms } from './kms/kms.ts';
export { type OpenKmsOptions, openKms } from './kms/open.ts';
export type { Protection, UnwrappedKeyReport } from './kms/protection.ts';
export type { SlotOptions, SlotReport, Slots } from './kms/slots.ts';
export type { Trail } from './kms/trail.ts';
export type { TrailExportOptions } from './kms/trail-export.ts';
export type { UpgradeOptions } from './kms/upgrade.ts';
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
export type { TrailFile, TrailPublicKey } from './trail/check-files.ts';
export type {
  LookedUpEvent,
  LookupAttributeKey,
  LookupEventsInput,
  LookupEventsOutput,
} from './trail/lookup.ts';
export type { CloudTrailRecord } from './trail/record.ts';
export type {
  Finding as TrailFinding,
  FindingKind as TrailFindingKind,
  TrailAnchor,
  TrailReport,
} from './trail/report.ts';
