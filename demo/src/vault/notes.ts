// Notes: records of an encrypted database, each under the key that was chosen for it. In clear beside a note are its id, its date and
// which key it is under, so that it can be listed while its key is disabled; title and text are inside.
import { type DBSchema, openDB } from 'idb';
import type { Kms, OpenKmsOptions } from 'keyhaven';
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
  const [keyIds, dates, stored] = [await inClear(notes, 'keyId'), await inClear(notes, 'createdAt'), await onDisk()];
  return Promise.all(
    [...stored].map(async ([id, sealed]) => {
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

/** What anyone sees who reads the database itself. */
async function onDisk(): Promise<Map<string, Uint8Array>> {
  const database = await openDB(`keyhaven-records:${name}`);
  try {
    const { store } = database.transaction('notes');
    const [ids, rows] = await Promise.all([store.getAllKeys(), store.getAll()]);
    return new Map(ids.map((id, i) => [String(id), rows[i].sealed as Uint8Array]));
  } finally {
    database.close();
  }
}
