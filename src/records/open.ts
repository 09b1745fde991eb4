// openRecords: reads the options once, opens the database, upgrades it where its version is older.
import { type DBSchema, deleteDB, openDB, unwrap } from 'idb';
import { StoreEvicted, StoreUnavailable, ValidationException } from '../model/errors/index.ts';
import { keyIdMember } from '../model/members.ts';
import { exactly, optionsReader } from '../model/options.ts';
import { flag, oneOf, readRequest, type Shape, textMap, whole } from '../model/shape.ts';
import type { SealerKms } from '../sealer/service.ts';
import { within } from '../store/deadline.ts';
import { indexedDbWitness } from '../store/indexeddb-witness.ts';
import { abort, ended } from './answer.ts';
import { Connection } from './connection.ts';
import { keepAlive } from './keep-alive.ts';
import { Records } from './records.ts';
import { planStores, type StoreDefinitions } from './schema.ts';
import { checkSchema, type Upgrade, upgradeDatabase } from './upgrade.ts';

/** @template S the schema, as for `idb` */
export interface RecordsOptions<S extends DBSchema | unknown = unknown> {
  /** Anything with `generateDataKey` and `decrypt` of the AWS SDK. */
  kms: SealerKms;
  /** The KMS key of new records: id, ARN, alias name or alias ARN. */
  keyId: string;
  /** All stores, with their keys and indexes. */
  stores: StoreDefinitions<S>;
  /** Version of the schema, from 1. Default 1. */
  version?: number | undefined;
  /** What all data keys are bound to, beside the name of the database. Not stored. */
  encryptionContext?: Record<string, string> | undefined;
  /** Called in the upgrade, after stores and indexes were made and all records sealed anew. May await its transaction, and nothing else. */
  upgrade?: Upgrade<S> | undefined;
  /** As in `idb`: a tab holds the database open under an older version. */
  blocked?: ((currentVersion: number, blockedVersion: number | null) => void) | undefined;
  /** As in `idb`: this tab keeps another from upgrading or deleting. Default: the connection is closed. */
  blocking?: ((currentVersion: number, blockedVersion: number | null) => void) | undefined;
  /** As in `idb`: the browser ended the connection. */
  terminated?: (() => void) | undefined;
  /** `refuse` (the default) throws StoreEvicted where there was a database and the browser cleared it; `continue` makes a new one. */
  onEvicted?: 'refuse' | 'continue' | undefined;
  /** Milliseconds that a data key stays in memory. Default one hour. */
  maxAge?: number | undefined;
  /** Wipes all data keys when the page is hidden for good or put aside. Default false. */
  wipeOnPageHide?: boolean | undefined;
  /** Longest wait for the database to open, in milliseconds, upgrades not counted. Default 10 000. */
  deadline?: number | undefined;
  /** The time in milliseconds since 1970. Default `Date.now`. */
  clock?: (() => number) | undefined;
}

const any: Shape<unknown> = (value) => value;
const functionShape: Shape<unknown> = (value, { argument }) => {
  if (typeof value !== 'function') throw new ValidationException(`${argument} must be a function.`);
  return value;
};
const kmsShape: Shape<SealerKms> = (value) => {
  const kms = value as Partial<SealerKms> | null;
  if (typeof kms?.generateDataKey !== 'function' || typeof kms.decrypt !== 'function')
    throw new ValidationException('kms must have generateDataKey and decrypt, such as openKms() gives.');
  return kms as SealerKms;
};
const milliseconds = whole({ min: 1, max: Number.MAX_SAFE_INTEGER });
/** Timers of the platforms end at once where they are to wait longer. */
const waiting = whole({ min: 1, max: 2 ** 31 - 1 });

const shape = exactly(
  { kms: kmsShape, keyId: keyIdMember, stores: any },
  {
    version: whole({ min: 1, max: 2 ** 31 }),
    encryptionContext: textMap,
    upgrade: functionShape,
    blocked: functionShape,
    blocking: functionShape,
    terminated: functionShape,
    onEvicted: oneOf(['refuse', 'continue']),
    maxAge: milliseconds,
    wipeOnPageHide: flag,
    deadline: waiting,
    clock: functionShape,
  },
);

const databaseOf = (name: string): string => `keyhaven-records:${name}`;
const keysOf = (name: string): string => `records/${name}`;

function checkName(name: unknown): asserts name is string {
  if (typeof name !== 'string' || name === '')
    throw new ValidationException('name must be a text of at least one character.');
}

/**
 * Opens the encrypted database `name` of the origin, and makes or upgrades it where needed.
 * @throws ValidationException; StoreUnavailable; StoreEvicted; the errors of the KMS as they are
 */
export async function openRecords<S extends DBSchema | unknown = unknown>(
  name: string,
  options: RecordsOptions<S>,
): Promise<Records<S>> {
  checkName(name);
  const read = readRequest(shape, options);
  const version = read.version ?? 1;
  const deadline = read.deadline ?? 10_000;
  const connection = await Connection.make({
    name,
    version,
    kms: read.kms,
    keyId: read.keyId,
    plans: planStores(read.stores, version),
    encryptionContext: Object.fromEntries(read.encryptionContext ?? []),
    maxAge: read.maxAge,
    wipeOnPageHide: read.wipeOnPageHide ?? false,
    deadline,
    clock: (read.clock as (() => number) | undefined) ?? Date.now,
  });
  try {
    const callbacks = read as unknown as RecordsOptions<S>;
    const onEvicted = read.onEvicted ?? 'refuse';
    const { database, isNew } = await openDatabase(connection, callbacks, onEvicted, deadline);
    if (isNew) await connection.witness.write('1');
    await checkSchema(connection, database).catch((error) => {
      database.close();
      throw error;
    });
    await connection.attach(database, onEvicted === 'continue');
    return new Records<S>(connection, connection.rows);
  } catch (error) {
    connection.close();
    throw error;
  }
}

/**
 * Deletes a database of records with everything in it.
 * @param callbacks.blocked called where a tab that does not give way holds it open
 */
export async function deleteRecords(name: string, callbacks: { blocked?: () => void } = {}): Promise<void> {
  checkName(name);
  const blocked = optionsReader(callbacks, { blocked: true }, 'callbacks')('blocked');
  await indexedDbWitness(keysOf(name), 10_000).write('');
  // The keys first: what a crash leaves then is unreadable.
  await deleteDB(`keyhaven:${keysOf(name)}`, { blocked: () => blocked?.() });
  await deleteDB(databaseOf(name), { blocked: () => blocked?.() });
}

async function openDatabase<S extends DBSchema | unknown>(
  connection: Connection,
  callbacks: RecordsOptions<S>,
  onEvicted: 'refuse' | 'continue',
  deadline: number,
): Promise<{ database: IDBDatabase; isNew: boolean }> {
  let opened: IDBDatabase | undefined;
  let upgrading: Promise<void> | undefined;
  let isNew = false;
  let hasBegun = (): void => {};
  const begun = new Promise<void>((resolve) => {
    hasBegun = resolve;
  });
  const opening = openDB(databaseOf(connection.name), connection.version, {
    upgrade(wrapped, oldVersion, _newVersion, transaction) {
      hasBegun();
      isNew = oldVersion === 0;
      const raw = unwrap(transaction) as unknown as IDBTransaction;
      const done = ended(raw);
      // idb has a promise of its own for the same.
      transaction.done.catch(() => {});
      upgrading = (async () => {
        if (isNew && onEvicted === 'refuse') await refuseIfEvicted(connection, raw);
        const canMake = onEvicted === 'continue';
        await upgradeDatabase(connection, unwrap(wrapped), raw, oldVersion, done, callbacks.upgrade, canMake);
      })().catch((error) => {
        abort(raw);
        throw error;
      });
      upgrading.catch(() => {});
    },
    blocked: (current, blocked) => callbacks.blocked?.(current, blocked),
    blocking: (current, blocked) => {
      if (callbacks.blocking) callbacks.blocking(current, blocked);
      else opened?.close();
    },
    terminated: () => callbacks.terminated?.(),
  });
  let isGivenUp = false;
  opening.then((late) => isGivenUp && late.close()).catch(() => {});
  try {
    // Time counts until the database opens or its upgrade begins.
    await within(Promise.race([opening, begun]), deadline, `Opening the records ${connection.name}`, () => {
      isGivenUp = true;
    });
    opened = unwrap(await opening);
    await upgrading;
    return { database: opened, isNew };
  } catch (error) {
    // What the upgrade met says more than that it was aborted.
    if (upgrading !== undefined) await upgrading;
    throw asOpenError(error);
  }
}

/** Where nothing is there and the witness remembers that something was, the browser cleared it. */
async function refuseIfEvicted({ name, witness }: Connection, raw: IDBTransaction): Promise<void> {
  // The transaction must have a store before it can be kept open.
  raw.db.createObjectStore('keyhaven:opening');
  const remembered = await keepAlive(raw, witness.read());
  raw.db.deleteObjectStore('keyhaven:opening');
  if (remembered) {
    throw new StoreEvicted(
      `The records ${name} were here, and the browser cleared them. Restore a backup, or open with onEvicted: 'continue'.`,
    );
  }
}

function asOpenError(error: unknown): unknown {
  if (!(error instanceof DOMException)) return error;
  if (error.name === 'VersionError')
    return new StoreUnavailable(
      'The database was made by a newer version of this app. Reload the page to get that version.',
      {
        cause: error,
      },
    );
  return new StoreUnavailable(
    `IndexedDB cannot be opened (${error.name}). Private windows and blocked cookies have this effect.`,
    {
      cause: error,
    },
  );
}
