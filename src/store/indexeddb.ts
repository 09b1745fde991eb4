// The store in IndexedDB: one database, one object store, rows under the key [table, id]. A commit is one transaction in
// which nothing but requests is awaited.
import type { IDBPDatabase, IDBPTransaction } from 'idb';
import { KeysNotKept, KmsError, StoreUnavailable, ValidationException } from '../model/errors/index.ts';
import { milliseconds, optionsReader } from '../model/options.ts';
import type { Bytes } from '../model/shape.ts';
import { within } from './deadline.ts';
import { Connection } from './indexeddb-connection.ts';
import { indexedDbWitness } from './indexeddb-witness.ts';
import { localLeavings } from './local-leavings.ts';
import type { Check, Durability, ListOptions, Ref, Row, Store, Write } from './port.ts';
import { rowVersion } from './row-version.ts';

const rows = 'rows';

export interface IndexedDbOptions {
  /** Longest wait for one answer of the database, in milliseconds. Default 10 000. */
  readonly deadline?: number | undefined;
}

/** What lies under [table, id]. All members are own, so that a polluted prototype adds none. */
interface StoredRow {
  readonly id: string;
  readonly version: string;
  readonly value: Bytes;
  readonly key: CryptoKey | undefined;
  readonly twin: CryptoKey | undefined;
}

/**
 * Keeps rows in the IndexedDB database `keyhaven:<name>` of the origin.
 * @throws StoreUnavailable (at the first use) where the origin has no IndexedDB
 */
export function indexedDbStore(name: string, options: IndexedDbOptions = {}): Store {
  const given = optionsReader(options, { deadline: true })('deadline');
  if (typeof name !== 'string' || name === '')
    throw new ValidationException('name must be a text of at least one character.');
  const deadline = milliseconds('deadline', given, 10_000);
  const connection = new Connection(`keyhaven:${name}`, rows, deadline);

  /** Runs one transaction; where its connection was closed under it nothing was written, and it runs once more. */
  async function transact<T>(
    mode: 'readonly' | 'readwrite',
    durability: Durability,
    body: (transaction: IDBPTransaction<unknown, string[], 'readonly' | 'readwrite'>) => Promise<T>,
  ): Promise<T> {
    for (let isRetry = false; ; isRetry = true) {
      const database = await connection.open();
      try {
        return await runOnce(database, mode, durability, body, deadline);
      } catch (error) {
        if (isRetry || !connection.hasLost(database)) throw asStoreError(error);
      }
    }
  }

  return {
    holdsCryptoKeys: true,
    // A reading takes as long as many encryptions.
    freshFor: 100,
    witness: indexedDbWitness(name, deadline),
    leavings: localLeavings(name),
    read: (refs: readonly Ref[]) =>
      transact('readonly', 'relaxed', (transaction) => {
        const store = transaction.objectStore(rows);
        return Promise.all(refs.map(async ({ table, id }) => asRow(table, await store.get([table, id]))));
      }),
    list: (table: string, { after, limit }: ListOptions) =>
      transact('readonly', 'relaxed', async (transaction) => {
        const range = IDBKeyRange.bound(after === undefined ? [table] : [table, after], [table, []], true, true);
        const found: StoredRow[] = await transaction.objectStore(rows).getAll(range, limit);
        return found.map((stored) => asRow(table, stored) as Row);
      }),
    count: (table: string) =>
      transact('readonly', 'relaxed', (transaction) =>
        transaction.objectStore(rows).count(IDBKeyRange.bound([table], [table, []], true, true)),
      ),
    commit: (checks: readonly Check[], writes: readonly Write[], durability: Durability) => {
      // Copied now: the caller may change its buffers while the connection opens.
      const ready = writes.map((write) => ({ ...write, stored: asStored(write) }));
      return transact('readwrite', durability, async (transaction) => {
        const store = transaction.objectStore(rows);
        const found = await Promise.all(
          checks.map(({ table, id }) => store.get([table, id]) as Promise<StoredRow | undefined>),
        );
        if (!checks.every(({ version }, index) => found[index]?.version === version)) return false;
        const written = ready.map(({ table, id, stored }) =>
          stored ? store.put?.(stored, [table, id]) : store.delete?.([table, id]),
        );
        // Asked for now and not when all answers are here: it is sooner, and a page that ends meanwhile has asked.
        transaction.commit();
        await Promise.all(written);
        return true;
      });
    },
    disconnect: () => connection.close(),
  };
}

async function runOnce<T>(
  database: IDBPDatabase,
  mode: 'readonly' | 'readwrite',
  durability: Durability,
  body: (transaction: IDBPTransaction<unknown, string[], 'readonly' | 'readwrite'>) => Promise<T>,
  deadline: number,
): Promise<T> {
  const transaction = database.transaction([rows], mode, { durability });
  const abort = () => {
    try {
      transaction.abort();
    } catch {
      // It has ended already.
    }
  };
  const work = async (): Promise<T> => {
    // Both are awaited together, so that an aborted transaction leaves no rejection behind.
    const [result] = await Promise.all([body(transaction).catch(fail), transaction.done]);
    return result;
  };
  const fail = (error: unknown): never => {
    abort();
    throw error;
  };
  return within(work(), deadline, 'IndexedDB', abort);
}

function asStored(write: Write): StoredRow | undefined {
  if (write.value === undefined) return undefined;
  const { id, key } = write;
  const twin = Object.hasOwn(write, 'twin') ? write.twin : undefined;
  return { id, version: rowVersion(), value: new Uint8Array(write.value), key, twin };
}

function asRow(table: string, stored: StoredRow | undefined): Row | undefined {
  if (stored === undefined) return undefined;
  // Rows of before there were twins have no such member of their own.
  const twin = Object.hasOwn(stored, 'twin') ? stored.twin : undefined;
  return { table, id: stored.id, version: stored.version, value: stored.value, key: stored.key, twin };
}

function asStoreError(error: unknown): Error {
  if (error instanceof KmsError) return error;
  const name = error instanceof Error || error instanceof DOMException ? error.name : 'unknown error';
  if (name === 'DataCloneError') {
    return new KeysNotKept(
      'IndexedDB of this browser cannot store a CryptoKey. Give a `root` secret to keep keys wrapped.',
      { cause: error },
    );
  }
  if (name === 'QuotaExceededError') {
    return new StoreUnavailable('The disk, or the quota of this origin, is full. Nothing was written.', {
      cause: error,
    });
  }
  return new StoreUnavailable(`IndexedDB failed (${name}).`, { cause: error });
}
