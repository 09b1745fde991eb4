// `keyhaven/records/dexie`: a middleware that seals what Dexie writes. Primary keys and indexed members stay in clear, because
// Dexie asks the database for them; they are bound to the record, and all else is inside it.
import type { DBCoreTable, Dexie } from 'dexie';
import { ValidationException } from '../model/errors/index.ts';
import { optionsReader } from '../model/options.ts';
import type { SealerKms } from '../sealer/service.ts';
import { Connection } from './connection.ts';
import { reindexTable } from './dexie-reindex.ts';
import { DexieRows } from './dexie-rows.ts';
import { checkDeclared } from './dexie-schema.ts';
import { encryptedTable } from './dexie-table.ts';

export interface EncryptDexieOptions {
  /** Anything with `generateDataKey` and `decrypt` of the AWS SDK. */
  kms: SealerKms;
  /** The KMS key of new records: id, ARN, alias name or alias ARN. */
  keyId: string;
  /** The tables to encrypt. Default: all. */
  tables?: readonly string[] | undefined;
}

/**
 * Encrypts a Dexie database. Call it after `version().stores()` and before `open()`.
 * @throws ValidationException; the errors of the KMS are those of the reads and writes
 */
export async function encryptDexie(database: Dexie, options: EncryptDexieOptions): Promise<void> {
  const own = optionsReader(options, { kms: true, keyId: true, tables: true });
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
  // In its own table Dexie keeps the number of a version, and reads it below.
  const isMeant = (name: string): boolean => name !== '$meta' && (tables === undefined || tables.includes(name));
  const rowsOf = ({ name, schema: { primaryKey, indexes } }: Pick<DBCoreTable, 'name' | 'schema'>): DexieRows =>
    new DexieRows(name, [primaryKey, ...indexes], connection.rows.cipher);
  const encrypted = (down: DBCoreTable): DBCoreTable =>
    encryptedTable(down, rowsOf(down), (trans) =>
      checkDeclared(database, down.schema, (trans as unknown as IDBTransaction).mode === 'versionchange'),
    );
  // Below what Dexie itself puts in between: its hooks, observers and caches see values.
  database.use({
    stack: 'dbcore',
    name: 'keyhaven',
    level: -2,
    create: (down) => ({
      ...down,
      table: (name) => (isMeant(name) ? encrypted(down.table(name)) : down.table(name)),
    }),
  });
  const begin = async (): Promise<void> => {
    await connection.loadDataKeys();
    for (const { name, core } of database.tables) {
      if (!isMeant(name)) continue;
      checkDeclared(database, core.schema, false);
      await reindexTable(database, name, rowsOf(core), connection);
    }
  };
  // Also where it is opened anew.
  database.on('ready', begin, true);
  database.on('close', () => connection.rest());
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
