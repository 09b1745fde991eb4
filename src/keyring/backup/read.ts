// Reading a backup: opened by a method, checked whole, and laid out as a store in memory before anything of it is taken.
import { EntryReader } from '../../formats/backup.ts';
import { isEqual } from '../../formats/bytes.ts';
import { parseSlot } from '../../formats/root-slot.ts';
import type { Custody } from '../../keys/custody.ts';
import { prfOf } from '../../keys/material.ts';
import type { UnlockMethod } from '../../keys/unlock-method.ts';
import { wrappedCustody } from '../../keys/wrapped-custody.ts';
import { BackupCorrupt, KmsError, StoreNewer } from '../../model/errors/index.ts';
import type { Bytes } from '../../model/shape.ts';
import { memoryStore } from '../../store/memory.ts';
import type { Put, Store } from '../../store/port.ts';
import { type StoredSlot, unlockWith } from '../root/slots.ts';
import { RowCodec } from '../row-codec.ts';
import { digestOf } from '../row-digest.ts';
import { type KeyringRecord, keyringRef, macKeyLabel, macKeyRef } from '../tables.ts';
import type { BackupRecord } from './export.ts';
import { damaged, readFront, readRows, type Take } from './file.ts';

export interface OpenBackup {
  /** Its rows; material lies wrapped under the root. */
  readonly store: Store;
  readonly record: KeyringRecord;
  readonly codec: RowCodec;
  readonly custody: Custody;
  readonly root: CryptoKey;
  readonly slots: readonly StoredSlot[];
  readonly mode: 'recoverable' | 'locked';
  readonly createdAt: number;
  /** Whether there are rows of applications in it. */
  readonly hasRecords: boolean;
  readonly headerBytes: Bytes;
}

const batch = 1000;
const recordsTable = 'records';

/** @throws BackupCorrupt, StoreNewer, UnlockFailed, UnlockUnavailable */
export async function readBackup(take: Take, by: UnlockMethod): Promise<OpenBackup> {
  const file = await readFront(take);
  const { header } = file;
  const slots = header.slots.flatMap((value): StoredSlot[] => {
    const slot = parseSlot(value);
    const row = { table: 'slots', id: slot?.header.slot ?? '', version: '', value };
    return slot && slot.header.keyring === header.keyring ? [{ row, slot }] : [];
  });
  const { root } = await unlockWith(slots, by);
  const custody = wrappedCustody(root);
  const store = memoryStore();
  let hasRecords = false;
  const reader = new EntryReader();
  let puts: Put[] = [];
  for await (const piece of readRows(custody, file, take)) {
    // They may be gigabytes, and are read again once the whole was found genuine.
    for (const { table, id, value } of reader.read(piece))
      if (table === recordsTable) hasRecords = true;
      else puts.push({ table, id, value });
    if (puts.length < batch) continue;
    await store.commit([], puts, 'relaxed');
    puts = [];
  }
  await store.commit([], puts, 'relaxed');
  if (!reader.isEmpty) throw damaged();
  const { record, codec } = await verify(store, custody);
  if (record.id !== header.keyring || record.generation !== header.generation) throw damaged();
  const { mode, createdAt } = header;
  const { headerBytes } = file;
  return { store, record, codec, custody, root, slots, mode, createdAt, hasRecords, headerBytes };
}

/**
 * The rows of applications, one after another, from the same file once more.
 * @throws BackupCorrupt where it is not the file that was read
 */
export async function* readRecords({ custody, headerBytes }: OpenBackup, take: Take): AsyncGenerator<BackupRecord> {
  const file = await readFront(take);
  if (!isEqual(file.headerBytes, headerBytes)) throw damaged();
  const reader = new EntryReader();
  for await (const piece of readRows(custody, file, take))
    for (const { table, id, value } of reader.read(piece)) if (table === recordsTable) yield { id, value };
}

/** Every record, one by one and all together. */
async function verify(store: Store, custody: Custody): Promise<{ record: KeyringRecord; codec: RowCodec }> {
  try {
    const [row, macRow] = await store.read([keyringRef, macKeyRef]);
    if (row === undefined || macRow === undefined) throw damaged();
    const codec = new RowCodec(prfOf(await custody.recover(macKeyLabel, macRow)));
    const record = await codec.decode(keyringRef, row);
    if (record.digest !== undefined && record.digest === (await digestOf(codec, store))) return { record, codec };
  } catch (error) {
    // The same words, but for what it is that is newer.
    if (error instanceof StoreNewer)
      throw new StoreNewer(error.message.replace('The store', 'The backup'), { cause: error });
    if (error instanceof BackupCorrupt || !(error instanceof KmsError)) throw error;
  }
  throw damaged();
}
