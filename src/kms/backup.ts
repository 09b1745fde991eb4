// Backups of the keyring of a service: `kms.export` and `kms.import`.
import type { Access } from '../keyring/access.ts';
import { type BackupRecord, exportKeyring } from '../keyring/backup/export.ts';
import { type Merged, mergeBackup } from '../keyring/backup/merge.ts';
import { type OpenBackup, readBackup, readRecords } from '../keyring/backup/read.ts';
import { restoreBackup } from '../keyring/backup/restore.ts';
import { type BackupSource, passesOf, sizeOf } from '../keyring/backup/take.ts';
import { checkMethod } from '../keyring/root/slots.ts';
import { unwrappedKeys } from '../keyring/root/unwrapped.ts';
import type { UnlockMethod } from '../keys/unlock-method.ts';
import { ValidationException } from '../model/errors/index.ts';
import { checkFunctions, isOn, optionsReader } from '../model/options.ts';
import { reportOf, type UnwrappedKeyReport } from './protection.ts';

export type { BackupRecord, BackupSource };

/** How far an export or an import is, in rows of the keyring. An import counts the bytes of its file first, where their number is known. */
export interface BackupProgress {
  done: number;
  total: number;
}

export interface ExportOptions {
  /** Ids or kinds of the slots that open the backup (`recovery-code`). Default: all but the device's own. */
  to?: string | readonly string[] | undefined;
  /** Rows of the application that go with it; they are given back by `import`. */
  records?: AsyncIterable<BackupRecord> | Iterable<BackupRecord> | undefined;
  onProgress?: ((progress: BackupProgress) => void) | undefined;
}

export interface Backup {
  /** The file. It counts as written once all of it was read. */
  stream: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Number of changes of the keyring before it. */
  generation: number;
  /** Keys whose material is not in it, because only this device has it, or because it was damaged: `kms.check` tells. */
  unwrapped: readonly UnwrappedKeyReport[];
}

export interface ImportOptions {
  /** The file. */
  from: BackupSource;
  /** Opens one of the slots that the backup was written to. */
  by: UnlockMethod;
  /** `merge` (default) takes what is missing here; `replace` puts the backup in place of all that is here. */
  mode?: 'merge' | 'replace' | undefined;
  /** Take it although that undoes changes: it is older than what is here, or removes keys. Default false. */
  allowRollback?: boolean | undefined;
  onProgress?: ((progress: BackupProgress) => void) | undefined;
  /**
   * Gets the application's rows, one after another: after all of the file was found genuine, before any key is taken. One row is in
   * memory at a time; a stream waits in scratch space meanwhile, encrypted as it is.
   */
  onRecord?: ((record: BackupRecord) => void | Promise<void>) | undefined;
}

export interface ImportReport {
  /** Keys that were taken. */
  added: number;
  /** Keys that were here and stay as they are. */
  kept: number;
  /** Of which moment the backup is. */
  createdAt: Date;
  generation: number;
}

const none = () => {};

export async function exportBackup(access: Access, options: ExportOptions): Promise<Backup> {
  const own = optionsReader(options, { to: true, records: true, onProgress: true });
  const to = own('to');
  if (to !== undefined && typeof to !== 'string' && !Array.isArray(to))
    throw new ValidationException('to must be the id or the kind of a slot, or an array of them.');
  const names = typeof to === 'string' ? [to] : to === undefined ? undefined : [...to];
  const [records, onProgress] = [own('records') ?? [], own('onProgress') ?? none];
  checkFunctions({ onProgress });
  if (typeof records !== 'object' || !(Symbol.iterator in records || Symbol.asyncIterator in records))
    throw new ValidationException('records must be iterable, such as an array or an async generator.');
  const keyring = access.root();
  const { pieces, generation, damaged } = await exportKeyring(keyring, { to: names, records, onProgress });
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await pieces.return(undefined);
    },
  });
  return { stream, generation, unwrapped: (await unwrappedKeys(keyring, damaged)).map(reportOf) };
}

/** @param since the number of locks when the call was made */
export async function importBackup(access: Access, options: ImportOptions, since: number): Promise<ImportReport> {
  const own = optionsReader(options, {
    from: true,
    by: true,
    mode: true,
    allowRollback: true,
    onProgress: true,
    onRecord: true,
  });
  const [from, mode, allow] = [own('from'), own('mode') ?? 'merge', isOn('allowRollback', own('allowRollback'))];
  const [onProgress, onRecord] = [own('onProgress') ?? none, own('onRecord')];
  checkFunctions({ onProgress, onRecord });
  if (mode !== 'merge' && mode !== 'replace') throw new ValidationException("mode must be 'merge' or 'replace'.");
  if (from === undefined) throw new ValidationException('from must be the file of a backup.');
  const by = checkMethod(own('by'), 'by');
  if (mode === 'replace' && access.options.root !== undefined)
    throw new ValidationException("A keyring whose root is given as `root` takes a backup with mode 'merge' only.");
  // Before the file is read: a locked keyring takes no part of a backup.
  if (mode === 'merge') access.root();
  const size = sizeOf(from);
  const onRead = (bytes: number): void => {
    if (size !== undefined && size > 0) onProgress({ done: bytes, total: size });
  };
  const passes = passesOf(from, onRecord !== undefined);
  let backup: OpenBackup;
  try {
    backup = await readBackup(passes.first(onRead), by);
    if (onRecord !== undefined && backup.hasRecords)
      for await (const record of readRecords(backup, await passes.again())) await onRecord(record);
  } finally {
    await passes.dispose();
  }
  const plan = { by, now: access.options.clock(), allowRollback: allow, onProgress };
  let merged: Merged;
  if (mode === 'merge') merged = await mergeBackup(access.root(), backup, plan);
  else {
    await restoreBackup(access.store, backup, plan);
    await access.reopen(since, { unlock: by });
    merged = { added: backup.record.keyCount, kept: 0 };
  }
  return { ...merged, createdAt: new Date(backup.createdAt), generation: backup.record.generation ?? 0 };
}
