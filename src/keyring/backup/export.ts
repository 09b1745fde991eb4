// Writing a backup: the rows of one generation of the keyring, all material wrapped under its root.
import { type BackupEntry, encodeEntry } from '../../formats/backup.ts';
import { DependencyTimeoutException, ValidationException } from '../../model/errors/index.ts';
import type { Bytes } from '../../model/shape.ts';
import { requireWhole } from '../check.ts';
import type { Keyring } from '../keyring.ts';
import { knownSlots } from '../root/slot-changes.ts';
import type { StoredSlot } from '../root/slots.ts';
import { type KeyringRecord, keyringRef } from '../tables.ts';
import { writeFile } from './file.ts';
import { soundRows } from './sound-rows.ts';

/** Rows of applications that go with a backup. */
export interface BackupRecord {
  readonly id: string;
  readonly value: Uint8Array;
}

export interface ExportPlan {
  /** Ids or kinds of the slots that open the backup; undefined: all that are not the device's. */
  readonly to: readonly string[] | undefined;
  readonly records: AsyncIterable<BackupRecord> | Iterable<BackupRecord>;
  readonly onProgress: (progress: { readonly done: number; readonly total: number }) => void;
}

export interface Export {
  readonly pieces: AsyncGenerator<Bytes>;
  readonly generation: number;
  /** Ids of rows of material that were damaged, and are not in it. */
  readonly damaged: ReadonlySet<string>;
}

/** @throws ValidationException where the keyring has no root, or `to` names no slot; StoreCorrupt where it would not be taken back */
export async function exportKeyring(keyring: Keyring, plan: ExportPlan): Promise<Export> {
  const slots = chosenSlots(await knownSlots(keyring), plan.to);
  // What does not fit together would not be taken back.
  await requireWhole(keyring);
  const { record, entries, damaged } = await snapshot(keyring);
  const { id, custody, generation = 0 } = record;
  const header = {
    keyring: id,
    generation,
    createdAt: keyring.now,
    mode: custody === 'wrapped' ? ('locked' as const) : ('recoverable' as const),
    slots: slots.map(({ row }) => row.value),
  };
  const rows = rowsOf(entries, plan);
  const pieces = finishing(keyring, generation, writeFile(keyring.parts.custody, header, rows));
  return { pieces, generation, damaged };
}

function chosenSlots(slots: readonly StoredSlot[], to: readonly string[] | undefined): readonly StoredSlot[] {
  const portable = slots.filter(({ slot }) => slot.header.kind !== 'device');
  if (to === undefined) return portable;
  for (const name of to)
    if (!portable.some(({ slot: { header } }) => header.slot === name || header.kind === name))
      throw new ValidationException(
        `to names ${name}, which is no slot that another device could open: see slots.list().`,
      );
  return portable.filter(({ slot: { header } }) => to.includes(header.slot) || to.includes(header.kind));
}

interface Snapshot {
  readonly record: KeyringRecord;
  readonly entries: readonly BackupEntry[];
  readonly damaged: ReadonlySet<string>;
}

/** All rows as they were at one moment: read again where something changed meanwhile. */
async function snapshot(keyring: Keyring): Promise<Snapshot> {
  const { store, codec } = keyring.parts;
  for (let tries = 0; tries < 20; tries++) {
    const [before] = await store.read([keyringRef]);
    const entries: BackupEntry[] = [];
    const damaged = new Set<string>();
    for await (const entry of soundRows(keyring, (id) => damaged.add(id))) entries.push(entry);
    const [row] = await store.read([keyringRef]);
    if (row && before?.version === row.version)
      return {
        record: await codec.decode(keyringRef, row),
        entries: [{ ...keyringRef, value: row.value }, ...entries],
        damaged,
      };
  }
  throw new DependencyTimeoutException('The keyring changes all the time. Try again when less is going on.');
}

async function* rowsOf(entries: readonly BackupEntry[], { records, onProgress }: ExportPlan): AsyncGenerator<Bytes> {
  for (const [index, entry] of entries.entries()) {
    yield encodeEntry(entry);
    onProgress({ done: index + 1, total: entries.length });
  }
  for await (const { id, value } of records) yield encodeEntry({ table: 'records', id, value: new Uint8Array(value) });
}

/** Remembers the backup once all of it was taken. */
async function* finishing(keyring: Keyring, generation: number, pieces: AsyncGenerator<Bytes>): AsyncGenerator<Bytes> {
  yield* pieces;
  await keyring.change(async (draft) => {
    const record = await draft.keyring();
    await draft.putKeyring({ ...record, backup: { at: draft.now, generation } });
  });
}
