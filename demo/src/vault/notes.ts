// Notes: records of an encrypted database, each under the key that was chosen for it. In clear beside a note are its id, its date and
// which key it is under, so that it can be listed while its key is disabled; title and text are inside.
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import { indexedDbStore, type Kms, type OpenKmsOptions } from 'keyhaven';
import { openRecords, type Records } from 'keyhaven/records';
import { explain } from '../explain.ts';
import type { ItemView } from '../state.ts';
import { sampleOf, sampleText } from './sample.ts';

export interface Note {
  readonly title: string;
  readonly text: string;
  readonly keyId: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

interface NotesSchema extends DBSchema {
  notes: { key: string; value: Note; indexes: { keyId: string; createdAt: number } };
}

export type Notes = Records<NotesSchema>;

const name = 'vault';

export const openNotes = (kms: Kms, onEvicted: NonNullable<OpenKmsOptions['onEvicted']>): Promise<Notes> =>
  openRecords<NotesSchema>(name, {
    kms,
    // Never used: each note names the key that it goes under.
    keyId: 'alias/none',
    stores: { notes: { indexes: { keyId: { keyPath: 'keyId' }, createdAt: { keyPath: 'createdAt' } } } },
    onEvicted,
  });

export async function writeNote(notes: Notes, id: string, note: Note): Promise<void> {
  await notes.under(note.keyId).put('notes', note, id);
}

export async function readNote(notes: Notes, id: string): Promise<Note | undefined> {
  return notes.get('notes', id);
}

/** All notes, each with its title where its key opens it now. */
export async function listNotes(notes: Notes): Promise<ItemView[]> {
  // What was disabled since must not open because its data key is still in memory.
  notes.wipe();
  const [keyIds, dates, stored] = [
    await inClear(notes, 'keyId'),
    await inClear(notes, 'createdAt'),
    await listSealedNotes(),
  ];
  return Promise.all(
    [...stored].map(async ([id, { sealed }]) => {
      const fixed = {
        id,
        kind: 'note' as const,
        keyId: String(keyIds.get(id)),
        createdAt: new Date(Number(dates.get(id))),
        storedSize: sealed.length,
        sample: sampleText(sampleOf(new Uint8Array(0), sealed)),
      };
      try {
        const { title, text } = (await readNote(notes, id)) as Note;
        const size = new TextEncoder().encode(text).length;
        return { ...fixed, label: { title, type: 'text/plain', size }, problem: undefined };
      } catch (error) {
        return { ...fixed, label: undefined, problem: explain(error) };
      }
    }),
  );
}

/** What an index shows of each note without opening any. */
async function inClear(notes: Notes, index: 'keyId' | 'createdAt'): Promise<Map<string, string | number>> {
  const found = new Map<string, string | number>();
  let cursor = await notes.transaction('notes').store.index(index).openKeyCursor();
  while (cursor !== null) {
    found.set(cursor.primaryKey, cursor.key);
    cursor = await cursor.continue();
  }
  return found;
}

/** A note as it lies in the database, which anyone sees who reads that itself. */
export interface SealedNote {
  readonly sealed: Uint8Array;
  readonly version: number;
  readonly keys?: Readonly<Record<string, string | number>>;
}

async function onDatabase<T>(work: (database: IDBPDatabase) => Promise<T>): Promise<T> {
  const database = await openDB(`keyhaven-records:${name}`);
  try {
    return await work(database);
  } finally {
    database.close();
  }
}

export const listSealedNotes = (): Promise<Map<string, SealedNote>> =>
  onDatabase(async (database) => {
    const { store } = database.transaction('notes');
    const [ids, rows] = await Promise.all([store.getAllKeys(), store.getAll()]);
    return new Map(ids.map((id, i) => [String(id), rows[i] as SealedNote]));
  });

/** Puts a note back as it lay, unless there is one of its id. */
export const putSealedNote = (id: string, note: SealedNote): Promise<void> =>
  onDatabase(async (database) => {
    if ((await database.getKey('notes', id)) === undefined) await database.put('notes', note, id);
  });

/** The wrapped data keys of the notes, by id: where keyhaven keeps them. */
const dataKeys = { store: indexedDbStore(`records/${name}`), table: 'data-keys' };

export async function listDataKeys(): Promise<ReadonlyMap<string, Uint8Array>> {
  const rows = await dataKeys.store.list(dataKeys.table, { after: undefined, limit: 100_000 });
  return new Map(rows.map(({ id, value }) => [id, value]));
}

export async function putDataKey(id: string, value: Uint8Array): Promise<void> {
  const ref = { table: dataKeys.table, id };
  // False where it is there already, which is as good.
  await dataKeys.store.commit([{ ...ref, version: undefined }], [{ ...ref, value: new Uint8Array(value) }], 'strict');
}
