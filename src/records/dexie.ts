// `keyhaven/records/dexie`: a middleware that seals what Dexie writes. Primary keys and indexed members stay in clear, because
// Dexie asks the database for them; they are bound to the record, and all else is inside it.
import type {
  DBCoreAddRequest,
  DBCoreCursor,
  DBCoreMutateRequest,
  DBCoreMutateResponse,
  DBCorePutRequest,
  DBCoreQueryRequest,
  DBCoreTable,
  DBCoreTransaction,
  Dexie,
} from 'dexie';
import type { RecordKey } from '../formats/record-key.ts';
import { ValidationException } from '../model/errors/index.ts';
import type { SealerKms } from '../sealer/service.ts';
import { goOn, isLater, type Soon } from './answer.ts';
import { Connection } from './connection.ts';
import { DexieRows } from './dexie-rows.ts';
import { keepAlive } from './keep-alive.ts';
import { injectKey, isKey } from './key-path.ts';

export interface EncryptDexieOptions {
  /** Anything with `generateDataKey` and `decrypt` of the AWS SDK. */
  kms: SealerKms;
  /** The KMS key of new records: id, ARN, alias name or alias ARN. */
  keyId: string;
  /** The tables to encrypt. Default: all. */
  tables?: readonly string[] | undefined;
}

/**
 * Encrypts a Dexie database. Call it after `version().stores()` and before `open()`. Where WebAssembly is blocked, collections that
 * Dexie walks with a cursor (`each`, `modify`, `reverse`) cannot be read.
 * @throws ValidationException; the errors of the KMS are those of the reads and writes
 */
export async function encryptDexie(database: Dexie, options: EncryptDexieOptions): Promise<void> {
  const own = <N extends keyof EncryptDexieOptions>(name: N): EncryptDexieOptions[N] | undefined =>
    Object.hasOwn(options, name) ? options[name] : undefined;
  if (database.isOpen()) throw new ValidationException('database is open already: encrypt it before open().');
  const [kms, keyId] = [own('kms'), own('keyId')];
  const tables = readTables(database, own('tables'));
  if (typeof kms?.generateDataKey !== 'function' || typeof kms.decrypt !== 'function')
    throw new ValidationException('kms must have generateDataKey and decrypt, such as openKms() gives.');
  if (typeof keyId !== 'string' || keyId === '') throw new ValidationException('keyId must name a KMS key.');
  const connection = await Connection.make({
    name: `dexie/${database.name}`,
    version: 0,
    kms,
    keyId,
    plans: new Map(),
    encryptionContext: {},
    maxAge: undefined,
    wipeOnPageHide: false,
    deadline: 10_000,
    clock: Date.now,
  });
  await connection.loadDataKeys();
  const isMeant = (name: string): boolean => tables === undefined || tables.includes(name);
  // Below what Dexie itself puts in between: its hooks, observers and caches see values.
  database.use({
    stack: 'dbcore',
    name: 'keyhaven',
    level: -2,
    create: (down) => ({
      ...down,
      table: (name) => (isMeant(name) ? encryptedTable(down.table(name), connection) : down.table(name)),
    }),
  });
}

/** A copy. A name that is misspelt would leave its table in clear. */
function readTables(database: Dexie, given: unknown): readonly string[] | undefined {
  if (given === undefined) return undefined;
  if (!Array.isArray(given)) throw new ValidationException('tables must be a list of names.');
  const known = database.tables.map(({ name }) => name);
  for (const name of given)
    if (!known.includes(name))
      throw new ValidationException(`tables names ${JSON.stringify(name)}, and the database has ${known.join(', ')}.`);
  return [...given];
}

function encryptedTable(down: DBCoreTable, connection: Connection): DBCoreTable {
  const { primaryKey, indexes } = down.schema;
  const rows = new DexieRows(down.name, [primaryKey, ...indexes], connection.rows.cipher);
  const keyOf = (row: unknown): RecordKey => primaryKey.extractKey?.(row) as RecordKey;
  const held = <T>(trans: DBCoreTransaction, soon: Soon<T>): Soon<T> =>
    isLater(soon) ? keepAlive(trans as unknown as IDBTransaction, soon) : soon;
  const openAll = (trans: DBCoreTransaction, keys: readonly RecordKey[], found: readonly unknown[]) =>
    held(trans, rows.openMany(keys, found));

  function mutate(request: DBCoreMutateRequest): Promise<DBCoreMutateResponse> {
    if (request.type !== 'add' && request.type !== 'put') return down.mutate(request);
    const { trans, values } = request;
    const keys = values.map((value, i) => request.keys?.[i] ?? keyOf(value));
    if (!keys.every((key) => isKey(key))) return mutateWithNewKeys(request);
    // At once where it can be: calls that are made next must not overtake it.
    const put = (sealed: readonly unknown[]) => down.mutate({ ...plainRequest(request), values: sealed });
    const sealed = held(trans, rows.seal(keys, values));
    return isLater(sealed) ? sealed.then(put) : put(sealed);
  }

  async function mutateWithNewKeys(request: DBCoreAddRequest | DBCorePutRequest): Promise<DBCoreMutateResponse> {
    const { trans, values } = request;
    // Keys that the database makes are needed to seal: rows without content take their places first.
    const made = await down.mutate({ ...plainRequest(request), values: values.map((value) => rows.clearPart(value)) });
    const there = values.flatMap((_, i) => (made.failures[i] === undefined ? [i] : []));
    const own = there.map((i) => made.results?.[i] as RecordKey);
    const named = there.map((i, at) => {
      const value = structuredClone(values[i]);
      if (!primaryKey.outbound) injectKey(value, primaryKey.keyPath as string, own[at] as RecordKey);
      return value;
    });
    const sealed = await held(trans, rows.seal(own, named));
    await down.mutate({ type: 'put', trans, values: sealed, ...(primaryKey.outbound ? { keys: own } : {}) });
    return made;
  }

  return {
    ...down,
    mutate,
    get: ({ trans, key }) =>
      down
        .get({ trans, key })
        .then((row) => (row === undefined ? row : goOn(openAll(trans, [key], [row]), ([value]) => value))),
    getMany: (request) =>
      down.getMany(request).then((found) => {
        const there = found.flatMap((row, i) => (row === undefined ? [] : [i]));
        const keys = there.map((i) => request.keys[i] as RecordKey);
        const opening = openAll(
          request.trans,
          keys,
          there.map((i) => found[i]),
        );
        return goOn(opening, (values) => {
          const results = [...found];
          there.forEach((i, at) => {
            results[i] = values[at];
          });
          return results;
        });
      }),
    query: (request: DBCoreQueryRequest) => {
      if (request.values === false) return down.query(request);
      const finding = down.query(request);
      // Asked for at the same time, so that no write comes in between.
      const keys = primaryKey.outbound ? down.query({ ...request, values: false }) : undefined;
      return finding.then(({ result }) => {
        const opened = (own: readonly RecordKey[]) =>
          goOn(openAll(request.trans, own, result), (values) => ({ result: values }));
        return keys === undefined ? opened(result.map(keyOf)) : keys.then((answer) => opened(answer.result));
      });
    },
    openCursor: (request) =>
      down.openCursor(request).then((cursor) => {
        if (cursor === null || request.values === false) return cursor;
        // The cursor's own accessors answer to the cursor itself only.
        return Object.create(cursor, {
          key: { get: () => cursor.key },
          primaryKey: { get: () => cursor.primaryKey },
          value: { get: () => rows.openNow(cursor.primaryKey as RecordKey, cursor.value) },
        }) as DBCoreCursor;
      }),
  };
}

/** The request without what Dexie says beside the values about their content. */
function plainRequest<R extends DBCoreMutateRequest>(request: R): R {
  const plain = { ...request } as Record<string, unknown>;
  for (const name of ['changeSpec', 'criteria', 'updates']) delete plain[name];
  return plain as unknown as R;
}
