// `keyhaven/records`: an encrypted IndexedDB with the face of `idb`.

export type { RecordCursor, RecordKeyCursor } from './cursor.ts';
export type { KeyPath } from './key-path.ts';
export type { RecordIndex, RecordStore } from './object-store.ts';
export { deleteRecords, openRecords, type RecordsOptions } from './open.ts';
export type { Records, TransactionOptions } from './records.ts';
export type { RewrapOptions, RewrapProgress, RewrapResult } from './rewrap.ts';
export type { IndexDefinition, Padding, StoreDefinition, StoreDefinitions } from './schema.ts';
export type { RecordTransaction } from './transaction.ts';
export type { Upgrade, UpgradingRecords } from './upgrade.ts';
