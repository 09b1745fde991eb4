// Other ways to keep encrypted records in IndexedDB, each as a pair of functions over the same records.
import Dexie, { type Table } from 'dexie';
import { applyEncryptionMiddleware, NON_INDEXED_FIELDS } from 'dexie-encrypted';
import { openDB } from 'idb';
import { createRxDatabase } from 'rxdb';
import { wrappedKeyEncryptionCryptoJsStorage } from 'rxdb/plugins/encryption-crypto-js';
import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie';

export interface Note {
  id: number;
  owner: string;
  created: number;
  tags: string[];
  text: string;
}

export interface RecordsPeer {
  readonly name: string;
  write(notes: readonly Note[]): Promise<unknown>;
  readonly read: ((count: number) => Promise<unknown>) | undefined;
}

const unique = (): string => `bench-${crypto.randomUUID()}`;

/** Plain idb, in clear. */
export async function plainIdb(): Promise<RecordsPeer> {
  const database = await openDB(unique(), 1, {
    upgrade: (db) => void db.createObjectStore('notes', { keyPath: 'id' }),
  });
  return {
    name: 'idb, in clear',
    async write(notes) {
      const transaction = database.transaction('notes', 'readwrite');
      await Promise.all([...notes.map((note) => transaction.store.put(note)), transaction.done]);
    },
    read: (count) => database.getAll('notes', null, count),
  };
}

/** The usual way: WebCrypto is awaited, then the record is put; a transaction cannot wait for it. */
export async function usualWay(): Promise<RecordsPeer> {
  const database = await openDB(unique(), 1, { upgrade: (db) => void db.createObjectStore('notes') });
  const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  return {
    name: 'await crypto.subtle, then put',
    async write(notes) {
      for (const note of notes) {
        const iv = crypto.getRandomValues(new Uint8Array(12));
        const bytes = new TextEncoder().encode(JSON.stringify(note));
        await database.put(
          'notes',
          { iv, data: await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, bytes) },
          note.id,
        );
      }
    },
    async read(count) {
      const notes: unknown[] = [];
      for (const { iv, data } of await database.getAll('notes', null, count)) {
        const bytes = await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, data);
        notes.push(JSON.parse(new TextDecoder().decode(bytes)));
      }
      return notes;
    },
  };
}

/** @returns undefined, with the reason printed, where it does not run with this version of Dexie */
export async function dexieEncrypted(): Promise<RecordsPeer | undefined> {
  try {
    const database = new Dexie(unique()) as Dexie & { notes: Table<Note, number> };
    applyEncryptionMiddleware(
      database,
      crypto.getRandomValues(new Uint8Array(32)),
      { notes: NON_INDEXED_FIELDS },
      async () => {},
    );
    database.version(1).stores({ notes: 'id' });
    await database.open();
    return {
      name: 'Dexie with dexie-encrypted',
      write: (notes) => database.notes.bulkPut(notes as Note[]),
      read: (count) => database.notes.limit(count).toArray(),
    };
  } catch (error) {
    console.error(`dexie-encrypted does not run: ${String(error)}`);
    return undefined;
  }
}

export async function rxdbCryptoJs(): Promise<RecordsPeer | undefined> {
  try {
    const database = await createRxDatabase({
      name: unique(),
      storage: wrappedKeyEncryptionCryptoJsStorage({ storage: getRxStorageDexie() }),
      password: 'correct horse battery',
      multiInstance: false,
    });
    const collections = await database.addCollections({
      notes: {
        schema: {
          version: 0,
          primaryKey: 'id',
          type: 'object',
          properties: {
            id: { type: 'string', maxLength: 20 },
            owner: { type: 'string' },
            created: { type: 'number' },
            tags: { type: 'array', items: { type: 'string' } },
            text: { type: 'string' },
          },
          encrypted: ['owner', 'created', 'tags', 'text'],
        },
      },
    });
    const collection = collections['notes'];
    if (collection === undefined) throw new Error('it made no collection');
    return {
      name: 'RxDB with crypto-js',
      write: (notes) => collection.bulkUpsert(notes.map((note) => ({ ...note, id: String(note.id) }))),
      // It answers from a cache of what was written.
      read: undefined,
    };
  } catch (error) {
    console.error(`RxDB does not run: ${String(error)}`);
    return undefined;
  }
}
