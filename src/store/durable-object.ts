// The store in the SQLite database of a Durable Object: one object a keyring. Its statements run at once, in the object's own
// thread, and nothing else runs between them; the platform holds answers back until what was written is safe.

import { checkMethods } from '../model/options.ts';
import { decodeOrderedId, encodeOrderedId } from './ordered-id.ts';
import type { Check, Row, Store, Write } from './port.ts';
import { rowVersion } from './row-version.ts';
import { asStoreUnavailable, copyWrites } from './trouble.ts';

type SqlValue = ArrayBuffer | string | number | null;

/** What the store needs of `ctx.storage` of a Durable Object with SQLite. */
export interface DurableObjectSql {
  readonly sql: {
    exec(statement: string, ...bindings: unknown[]): { toArray(): Record<string, SqlValue>[] };
  };
  transactionSync<T>(body: () => T): T;
}

const place = "The Durable Object's storage";

/**
 * Keeps rows in the tables `keyhaven_rows` and `keyhaven_counts`, made where they are missing. Rows hold at most 2 MB.
 * @param storage `ctx.storage` of a class that is listed under `new_sqlite_classes`
 */
export function durableObjectStore(storage: DurableObjectSql): Store {
  checkMethods('storage', storage, ['transactionSync'], 'ctx.storage of a Durable Object with SQLite');
  checkMethods('storage.sql', storage.sql, ['exec'], 'the SQLite of a Durable Object');
  let isPrepared = false;

  function ask<T>(work: (exec: Exec) => T): T {
    try {
      const exec: Exec = (statement, ...bindings) => storage.sql.exec(statement, ...bindings).toArray();
      if (!isPrepared) storage.transactionSync(() => createTables(exec));
      isPrepared = true;
      return work(exec);
    } catch (error) {
      throw asStoreUnavailable(error, place);
    }
  }

  return {
    holdsCryptoKeys: false,
    async read(refs) {
      return ask((exec) => refs.map(({ table, id }) => readRow(exec, table, id)));
    },
    async list(table, { after, limit }) {
      return ask((exec) =>
        exec(
          `SELECT id, version, value FROM keyhaven_rows WHERE kind = ? ${after === undefined ? '' : 'AND id > ?'} ORDER BY id LIMIT ?`,
          table,
          ...(after === undefined ? [] : [encodeOrderedId(after)]),
          limit,
        ).map((found) => asRow(table, decodeOrderedId(new Uint8Array(found['id'] as ArrayBuffer)), found)),
      );
    },
    async count(table) {
      return ask((exec) => countOf(exec, table));
    },
    async commit(checks, writes) {
      const ready = copyWrites(writes, place);
      return ask((exec) => storage.transactionSync(() => commit(exec, checks, ready)));
    },
    async disconnect() {
      isPrepared = false;
    },
  };
}

type Exec = (statement: string, ...bindings: unknown[]) => Record<string, SqlValue>[];

function createTables(exec: Exec): void {
  exec(`CREATE TABLE IF NOT EXISTS keyhaven_rows (
    kind TEXT NOT NULL, id BLOB NOT NULL, version TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID`);
  // Counting rows reads all of them, which is slow and paid for by the row.
  exec('CREATE TABLE IF NOT EXISTS keyhaven_counts (kind TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID');
}

function commit(exec: Exec, checks: readonly Check[], writes: readonly Write[]): boolean {
  if (!checks.every(({ table, id, version }) => versionOf(exec, table, id) === version)) return false;
  for (const { table, id, value } of writes) {
    const key = encodeOrderedId(id);
    const isThere = versionOf(exec, table, id) !== undefined;
    if (isThere !== (value !== undefined)) addToCount(exec, table, isThere ? -1 : 1);
    if (value === undefined) exec('DELETE FROM keyhaven_rows WHERE kind = ? AND id = ?', table, key);
    else
      exec(
        'INSERT OR REPLACE INTO keyhaven_rows (kind, id, version, value) VALUES (?, ?, ?, ?)',
        table,
        key,
        rowVersion(),
        value,
      );
  }
  return true;
}

const countOf = (exec: Exec, table: string): number =>
  Number(exec('SELECT n FROM keyhaven_counts WHERE kind = ?', table)[0]?.['n'] ?? 0);

function addToCount(exec: Exec, table: string, change: number): void {
  exec('INSERT OR REPLACE INTO keyhaven_counts (kind, n) VALUES (?, ?)', table, countOf(exec, table) + change);
}

const versionOf = (exec: Exec, table: string, id: string): string | undefined =>
  exec('SELECT version FROM keyhaven_rows WHERE kind = ? AND id = ?', table, encodeOrderedId(id))[0]?.['version'] as
    | string
    | undefined;

function readRow(exec: Exec, table: string, id: string): Row | undefined {
  const [found] = exec(
    'SELECT version, value FROM keyhaven_rows WHERE kind = ? AND id = ?',
    table,
    encodeOrderedId(id),
  );
  return found && asRow(table, id, found);
}

const asRow = (table: string, id: string, found: Record<string, SqlValue>): Row => ({
  table,
  id,
  version: found['version'] as string,
  value: new Uint8Array(found['value'] as ArrayBuffer),
});
