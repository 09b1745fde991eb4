// The store in LMDB: an embedded, memory-mapped B-tree whose commits are atomic and survive a crash of the process and of the
// machine. Commits that wait at the same time share one transaction, and so one flush to the disk.
import { type Database, open } from 'lmdb';
import { concat, utf8 } from '../../formats/bytes.ts';
import { KeysNotKept, KmsError, StoreUnavailable } from '../../model/errors/index.ts';
import type { Bytes } from '../../model/shape.ts';
import type { Check, Row, Store, Write } from '../../store/port.ts';
import { rowVersion } from '../../store/row-version.ts';
import { decodeRowKey, encodeRowKey, tableEnd } from './row-key.ts';

interface Waiting {
  readonly checks: readonly Check[];
  readonly writes: readonly Write[];
  resolve(isWritten: boolean): void;
  reject(error: unknown): void;
}

type Lmdb = Database<Uint8Array, Uint8Array>;

/**
 * Keeps rows in the folder `path`, which is made where it is missing.
 * @throws StoreUnavailable (at the first use) where it cannot be opened
 */
export function lmdbStore(path: string): Store {
  let database: Lmdb | undefined;
  let waiting: Waiting[] = [];

  const connect = (): Lmdb => {
    database ??= attempt(() =>
      open<Uint8Array, Uint8Array>({
        path,
        noSubdir: false,
        keyEncoding: 'binary',
        encoding: 'binary',
        compression: false,
        cache: false,
        // A commit is on the disk when it returns.
        overlappingSync: false,
      }),
    );
    return database;
  };

  /** Carries out all waiting commits, each as if alone, in the order they came. */
  function flush(): void {
    const batch = waiting;
    waiting = [];
    try {
      const db = connect();
      const results = db.transactionSync(() => batch.map((each) => apply(db, each)));
      batch.forEach(({ resolve }, index) => {
        resolve(results[index] ?? false);
      });
    } catch (error) {
      for (const { reject } of batch) reject(asStoreError(error));
    }
  }

  return {
    holdsCryptoKeys: false,
    async read(refs) {
      return attempt(() => {
        const db = connect();
        // One read transaction: rows as they were at one moment.
        const transaction = db.useReadTransaction();
        try {
          return refs.map(({ table, id }) => asRow(table, id, db.get(encodeRowKey(table, id), { transaction })));
        } finally {
          transaction.done();
        }
      });
    },
    async list(table, { after, limit }) {
      return attempt(() => {
        const start =
          after === undefined ? encodeRowKey(table, '') : concat(encodeRowKey(table, after), Uint8Array.of(0));
        const found: Row[] = [];
        for (const { key, value } of connect().getRange({ start, end: tableEnd(table), limit })) {
          const row = asRow(table, decodeRowKey(table, key), value);
          if (row) found.push(row);
        }
        return found;
      });
    },
    async count(table) {
      return attempt(() => connect().getKeysCount({ start: encodeRowKey(table, ''), end: tableEnd(table) }));
    },
    commit(checks, writes) {
      // Copied now: the caller may change its buffers while the commit waits.
      const ready = writes.map((write) => (write.value ? { ...write, value: new Uint8Array(write.value) } : write));
      if (writes.some(({ key }) => key !== undefined))
        return Promise.reject(new KeysNotKept('A file cannot hold a CryptoKey: give a root key.'));
      return new Promise((resolve, reject) => {
        if (waiting.length === 0) setImmediate(flush);
        waiting.push({ checks, writes: ready, resolve, reject });
      });
    },
    async disconnect() {
      const open = database;
      database = undefined;
      await open?.close();
    },
  };
}

function apply(db: Lmdb, { checks, writes }: Waiting): boolean {
  const isCurrent = checks.every(
    ({ table, id, version }) => asRow(table, id, db.get(encodeRowKey(table, id)))?.version === version,
  );
  if (!isCurrent) return false;
  for (const { table, id, value } of writes) {
    const key = encodeRowKey(table, id);
    if (value === undefined) db.removeSync(key);
    else db.putSync(key, encodeRow(value));
  }
  return true;
}

// A row is its version in ASCII, a zero byte, and its value.
const encodeRow = (value: Bytes): Uint8Array => concat(utf8(`${rowVersion()}\0`), value);

function asRow(table: string, id: string, stored: Uint8Array | undefined): Row | undefined {
  if (stored === undefined) return undefined;
  const end = stored.indexOf(0);
  const version = String.fromCharCode(...stored.subarray(0, end));
  return { table, id, version, value: new Uint8Array(stored.subarray(end + 1)), key: undefined };
}

function attempt<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    throw asStoreError(error);
  }
}

const asStoreError = (error: unknown): KmsError =>
  error instanceof KmsError
    ? error
    : new StoreUnavailable(
        `The store's files cannot be used (${error instanceof Error ? error.message : 'unknown error'}). Is the disk full? What is stored is untouched.`,
        {
          cause: error,
        },
      );
