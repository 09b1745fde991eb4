// The store in PostgreSQL, for several processes behind a balancer. One table holds the rows of any number of keyrings. A commit
// is one SERIALIZABLE transaction: PostgreSQL refuses one of two that could not have run one after the other, and that one is
// tried again here, so the checks of the port hold for rows that do not exist as well.
import { ValidationException } from '../model/errors/index.ts';
import { checkMethods, milliseconds, optionsReader } from '../model/options.ts';
import { within } from './deadline.ts';
import { decodeOrderedId, encodeOrderedId } from './ordered-id.ts';
import type { Check, Row, Store, Write } from './port.ts';
import { rowVersion } from './row-version.ts';
import { asStoreUnavailable, copyWrites } from './trouble.ts';

type Values = readonly unknown[];
interface Found {
  readonly rows: readonly Record<string, unknown>[];
}

/** What the store needs of a connection: that of the package `pg` has it. */
export interface PostgresClient {
  query(text: string, values?: unknown[]): Promise<Found>;
  /** @param error a connection that is given back with an error is closed */
  release(error?: Error | boolean): void;
  /** `pg` throws where nobody listens: a server that ends between two statements would end the process. */
  on?(event: 'error', listener: () => void): unknown;
  off?(event: 'error', listener: () => void): unknown;
}

/** What the store needs of a pool: `new Pool({ connectionString })` of the package `pg` has it. */
export interface PostgresPool {
  query(text: string, values?: unknown[]): Promise<Found>;
  connect(): Promise<PostgresClient>;
}

export interface PostgresOptions {
  /** Name of the keyring: 1 to 128 of a-z, A-Z, 0-9, `_`, `.`, `-`. Default `default`. */
  readonly name?: string | undefined;
  /** Name of the table, made where it is missing: a lower-case identifier. Default `keyhaven_rows`. */
  readonly table?: string | undefined;
  /** Longest wait for one answer, in milliseconds. Default 10 000. */
  readonly deadline?: number | undefined;
}

const place = 'PostgreSQL';

/** Conflicts with another transaction, and no more: 40001 serialization_failure, 40P01 deadlock_detected, 23505 unique_violation. */
const isConflict = (error: unknown): boolean =>
  ['40001', '40P01', '23505'].includes((error as { code?: unknown } | undefined)?.code as string);

/**
 * Keeps rows in a table of PostgreSQL (12 or later). The pool stays the caller's: `disconnect` does not end it.
 * @param pool a `Pool` of the package `pg`
 * @throws StoreUnavailable (at each use) where the database does not answer
 */
export function postgresStore(pool: PostgresPool, options: PostgresOptions = {}): Store {
  checkMethods('pool', pool, ['query', 'connect'], 'a Pool of the package pg');
  const { name, table, deadline } = readOptions(options);
  let prepared: Promise<unknown> | undefined;

  function prepare(): Promise<unknown> {
    prepared ??= createTable(pool, table).catch((error: unknown) => {
      prepared = undefined;
      throw error;
    });
    return prepared;
  }

  async function ask<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await within(prepare().then(work), deadline, place);
    } catch (error) {
      throw asStoreUnavailable(error, place);
    }
  }

  const select = (rest: string, values: Values) => pool.query(rest, [name, ...values]);

  return {
    holdsCryptoKeys: false,
    read: (refs) =>
      ask(async () => {
        const tables = refs.map((ref) => ref.table);
        const ids = refs.map((ref) => encodeOrderedId(ref.id));
        const { rows } = await select(
          `SELECT n, version, value FROM unnest($2::text[], $3::bytea[]) WITH ORDINALITY AS wanted(kind, id, n)
           JOIN ${table} AS stored USING (kind, id) WHERE stored.keyring = $1`,
          [tables, ids],
        );
        const found = new Map(rows.map((row) => [Number(row['n']), row]));
        return refs.map((ref, index) => asRow(ref.table, ref.id, found.get(index + 1)));
      }),
    list: (kind, { after, limit }) =>
      ask(async () => {
        const { rows } = await select(
          `SELECT id, version, value FROM ${table} WHERE keyring = $1 AND kind = $2 AND ($3::bytea IS NULL OR id > $3)
           ORDER BY id LIMIT $4`,
          [kind, after === undefined ? null : encodeOrderedId(after), limit],
        );
        return rows.map((row) => asRow(kind, decodeOrderedId(row['id'] as Uint8Array), row) as Row);
      }),
    count: (kind) =>
      ask(async () => {
        const { rows } = await select(`SELECT count(*) AS n FROM ${table} WHERE keyring = $1 AND kind = $2`, [kind]);
        return Number(rows[0]?.['n']);
      }),
    async commit(checks, writes) {
      const ready = copyWrites(writes, place);
      return ask(() => commitUntilDone(pool, { table, name, checks, writes: ready, end: Date.now() + deadline }));
    },
    async disconnect() {
      prepared = undefined;
    },
  };
}

function readOptions(options: PostgresOptions) {
  const own = optionsReader(options, { name: true, table: true, deadline: true });
  const [name, table, deadline] = [
    own('name') ?? 'default',
    own('table') ?? 'keyhaven_rows',
    milliseconds('deadline', own('deadline'), 10_000),
  ];
  if (typeof name !== 'string' || !/^[a-zA-Z0-9_.-]{1,128}$/.test(name))
    throw new ValidationException('name must be 1 to 128 of a-z, A-Z, 0-9, "_", ".", "-".');
  // It stands in the text of every statement, where no parameter can.
  if (typeof table !== 'string' || !/^[a-z_][a-z0-9_]{0,62}$/.test(table))
    throw new ValidationException('table must be a lower-case identifier of at most 63 characters.');
  return { name, table, deadline };
}

async function createTable(pool: PostgresPool, table: string): Promise<void> {
  const { rows } = await pool.query('SELECT to_regclass($1) AS found', [table]);
  if (rows[0]?.['found'] !== null) return;
  try {
    await pool.query(
      `CREATE TABLE IF NOT EXISTS ${table} (
        keyring text COLLATE "C" NOT NULL, kind text COLLATE "C" NOT NULL, id bytea NOT NULL,
        version text NOT NULL, value bytea NOT NULL, PRIMARY KEY (keyring, kind, id))`,
    );
  } catch (error) {
    // Two processes that make the table at once: PostgreSQL lets one fail on its own catalogue.
    if (!['23505', '42P07'].includes((error as { code?: string }).code ?? '')) throw error;
  }
}

interface Commit {
  readonly table: string;
  readonly name: string;
  readonly checks: readonly Check[];
  readonly writes: readonly Write[];
  /** When to give up, in milliseconds since 1970. */
  readonly end: number;
}

async function commitUntilDone(pool: PostgresPool, commit: Commit): Promise<boolean> {
  for (;;) {
    const client = await pool.connect();
    client.on?.('error', ignore);
    // A connection that does not answer, or whose state is unknown, is closed, which ends its transaction.
    let giveBack = (error?: Error): void => {
      giveBack = () => {};
      // One that is closed may still break.
      if (error === undefined) client.off?.('error', ignore);
      client.release(error);
    };
    const expiry = setTimeout(() => giveBack(new Error('out of time')), Math.max(0, commit.end - Date.now()));
    try {
      return await commitOnce(client, commit);
    } catch (error) {
      await client.query('ROLLBACK').catch(giveBack);
      if (!isConflict(error) || Date.now() > commit.end) throw error;
    } finally {
      clearTimeout(expiry);
      giveBack();
    }
  }
}

async function commitOnce(client: PostgresClient, { table, name, checks, writes }: Commit): Promise<boolean> {
  await client.query('BEGIN ISOLATION LEVEL SERIALIZABLE');
  if (checks.length > 0) {
    const { rows } = await client.query(
      `SELECT n FROM unnest($2::text[], $3::bytea[], $4::text[]) WITH ORDINALITY AS wanted(kind, id, version, n)
       LEFT JOIN ${table} AS stored ON stored.keyring = $1 AND stored.kind = wanted.kind AND stored.id = wanted.id
       WHERE stored.version IS DISTINCT FROM wanted.version`,
      [
        name,
        checks.map((check) => check.table),
        checks.map((check) => encodeOrderedId(check.id)),
        checks.map((check) => check.version ?? null),
      ],
    );
    if (rows.length > 0) {
      await client.query('ROLLBACK');
      return false;
    }
  }
  const [puts, deletes] = [writes.filter(isPut), writes.filter((write) => !isPut(write))];
  if (deletes.length > 0)
    await client.query(
      `DELETE FROM ${table} USING unnest($2::text[], $3::bytea[]) AS gone(kind, id)
       WHERE ${table}.keyring = $1 AND ${table}.kind = gone.kind AND ${table}.id = gone.id`,
      [name, deletes.map((write) => write.table), deletes.map((write) => encodeOrderedId(write.id))],
    );
  if (puts.length > 0)
    await client.query(
      `INSERT INTO ${table} (keyring, kind, id, version, value)
       SELECT $1, * FROM unnest($2::text[], $3::bytea[], $4::text[], $5::bytea[])
       ON CONFLICT (keyring, kind, id) DO UPDATE SET version = excluded.version, value = excluded.value`,
      [
        name,
        puts.map((write) => write.table),
        puts.map((write) => encodeOrderedId(write.id)),
        puts.map(() => rowVersion()),
        puts.map((write) => write.value),
      ],
    );
  await client.query('COMMIT');
  return true;
}

/** The next statement tells. */
const ignore = (): void => {};

const isPut = (write: Write): boolean => write.value !== undefined;

const asRow = (table: string, id: string, found: Record<string, unknown> | undefined): Row | undefined =>
  found && { table, id, version: found['version'] as string, value: new Uint8Array(found['value'] as Uint8Array) };
