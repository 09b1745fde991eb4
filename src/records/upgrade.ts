// The upgrade of a database: stores and indexes become what the schema says, every record is sealed anew under the new version,
// then the caller's own `upgrade` runs; all in the one transaction that IndexedDB gives, so that a crash leaves the old database.
import type { DBSchema, StoreNames } from 'idb';
import type { RecordKey } from '../formats/record-key.ts';
import { StoreCorrupt, ValidationException } from '../model/errors/index.ts';
import type { Bytes } from '../model/shape.ts';
import { answer } from './answer.ts';
import type { Connection } from './connection.ts';
import { keepAlive } from './keep-alive.ts';
import { recordStores, stateStore } from './own-stores.ts';
import type { StoredRow } from './rows.ts';
import { describePlan, describePrimaryKey, type IndexPlan, type StorePlan, undeclaredStore } from './schema.ts';
import { openedOrNot, Scope } from './scope.ts';
import { RecordTransaction } from './transaction.ts';

/** The database as the caller's `upgrade` sees it. Declared stores and indexes are there already. */
export interface UpgradingRecords {
  readonly name: string;
  readonly version: number;
  readonly objectStoreNames: readonly string[];
  /** Removes a store that is no longer declared, with its records. */
  deleteObjectStore(name: string): void;
}

export type Upgrade<S extends DBSchema | unknown> = (
  database: UpgradingRecords,
  oldVersion: number,
  newVersion: number,
  transaction: RecordTransaction<S, StoreNames<S>>,
) => void | Promise<void>;

/** Plans by store, as text, kept in the database. */
type Described = Record<string, readonly [plan: string, primaryKey: string]>;

/**
 * Runs an upgrade from `oldVersion`; 0 where the database is new.
 * @param canMake whether blind keys may begin anew although there were some
 */
export async function upgradeDatabase<S extends DBSchema | unknown>(
  connection: Connection,
  database: IDBDatabase,
  raw: IDBTransaction,
  oldVersion: number,
  done: Promise<void>,
  upgrade: Upgrade<S> | undefined,
  canMake: boolean,
): Promise<void> {
  if (oldVersion === 0) database.createObjectStore(stateStore);
  const state = raw.objectStore(stateStore);
  const described = ((await answer(state.get('schema'))) as Described | undefined) ?? {};
  const { blindKeys } = connection.rows;
  if (connection.needsBlindKey) await keepAlive(raw, blindKeys.load(canMake || !hadBlindKeys(described)));

  if (oldVersion > 0) await keepAlive(raw, connection.loadDataKeys());
  const scope = new Scope(raw);
  for (const plan of connection.plans.values()) shape(database, raw, plan, described[plan.name]);
  const planOf = (name: string): StorePlan =>
    connection.plans.get(name) ??
    undeclaredStore(name, raw.objectStore(name).autoIncrement, connection.version, wasBlind(described[name]));
  for (const name of recordStores(database.objectStoreNames))
    if (oldVersion > 0) await resealStore(connection, scope, planOf(name), raw.objectStore(name), oldVersion);
  if (upgrade !== undefined) await runCallers(connection, database, raw, oldVersion, done, upgrade, planOf);

  // A walk that was going on knows rows of the old version.
  state.delete('rewrap');
  // What is no longer declared may be again: its primary keys are what they were.
  const kept = recordStores(database.objectStoreNames).flatMap((name) => {
    const plan = described[name];
    return plan === undefined ? [] : [[name, plan] as const];
  });
  state.put({ ...Object.fromEntries(kept), ...describeAll(connection) }, 'schema');
}

/**
 * @throws ValidationException where the schema is not the one that this version was made with
 * @throws StoreCorrupt where the database has not the stores and indexes of its schema
 */
export async function checkSchema(connection: Connection, database: IDBDatabase): Promise<void> {
  const state = database.transaction([stateStore], 'readonly').objectStore(stateStore);
  const described = ((await answer(state.get('schema'))) as Described | undefined) ?? {};
  for (const plan of connection.plans.values()) {
    if (described[plan.name]?.[0] !== describePlan(plan))
      throw new ValidationException(`stores.${plan.name} is not as it was in version ${plan.version}: raise version.`);
    if (!isAsPlanned(database, plan))
      throw new StoreCorrupt(`The store ${plan.name} or an index of it was changed from outside.`);
  }
}

/** Rows are bound to their index keys, but not to what the database's indexes read of them. */
function isAsPlanned(database: IDBDatabase, plan: StorePlan): boolean {
  if (!database.objectStoreNames.contains(plan.name)) return false;
  const store = database.transaction([plan.name], 'readonly').objectStore(plan.name);
  if (store.keyPath !== null || store.autoIncrement !== plan.autoIncrement) return false;
  return plan.indexes.every(
    (index) => store.indexNames.contains(index.name) && isIndex(store.index(index.name), index),
  );
}

const isIndex = (at: IDBIndex, { property, unique, multiEntry }: IndexPlan): boolean =>
  at.keyPath === `keys.${property}` && at.unique === unique && at.multiEntry === multiEntry;

const describeAll = ({ plans }: Connection): Described =>
  Object.fromEntries([...plans.values()].map((plan) => [plan.name, [describePlan(plan), describePrimaryKey(plan)]]));

/** @returns whether a plan of before has a blind primary key, or a blind index */
const hadBlindKeys = (described: Described): boolean =>
  Object.values(described).some(([plan]) => {
    const [, , isBlind, indexes] = JSON.parse(plan) as [unknown, unknown, boolean, readonly unknown[][]];
    return isBlind || indexes.some((index) => index.at(-1) === true);
  });

const wasBlind = (described: Described[string] | undefined): boolean =>
  described !== undefined && (JSON.parse(described[1]) as unknown[])[2] === true;

/** Makes what is declared and missing, and removes indexes that are no longer declared. */
function shape(
  database: IDBDatabase,
  raw: IDBTransaction,
  plan: StorePlan,
  before: readonly [string, string] | undefined,
): void {
  const isNew = !database.objectStoreNames.contains(plan.name);
  if (!isNew && before !== undefined && before[1] !== describePrimaryKey(plan))
    throw new ValidationException(
      `stores.${plan.name}: keyPath, autoIncrement and blind of a store cannot change. Make a new store, and move the records in upgrade.`,
    );
  const store = isNew
    ? database.createObjectStore(plan.name, { keyPath: null, autoIncrement: plan.autoIncrement })
    : raw.objectStore(plan.name);
  const wanted = new Map(plan.indexes.map((index) => [index.name, index]));
  for (const name of Array.from(store.indexNames)) {
    const asked = wanted.get(name);
    if (asked === undefined || !isIndex(store.index(name), asked)) store.deleteIndex(name);
  }
  for (const { name, property, unique, multiEntry } of plan.indexes) {
    if (!store.indexNames.contains(name)) store.createIndex(name, `keys.${property}`, { unique, multiEntry });
  }
}

/**
 * Seals the records of a store under the new version, with the index keys of the new schema. One that does not open (its key is
 * locked or gone), or is of a version before the last, is left as it is; reading it is `RecordOutdated` from then on, until `rewrap({ outdated: true })`.
 */
async function resealStore(
  connection: Connection,
  scope: Scope,
  plan: StorePlan,
  store: IDBObjectStore,
  oldVersion: number,
): Promise<void> {
  const isDeclared = connection.plans.has(plan.name);
  const request = store.openCursor();
  for (let cursor = await answer(request); cursor !== null; cursor = await answer(request)) {
    const at = cursor;
    const key = at.primaryKey as RecordKey;
    // A row of an earlier version may have been put back.
    const isLast = (at.value as Partial<StoredRow> | null)?.version === oldVersion;
    const opening = () => connection.rows.openBytes(plan, key, at.value, true);
    const bytes = isLast ? await openedOrNot(scope, opening) : undefined;
    if (bytes !== undefined) {
      // Each record stays under its own KMS key.
      const rows = connection.rowsFor(at.value as StoredRow);
      const resealed = rows.reseal(plan, key, at.value as StoredRow, bytes as Bytes, isDeclared);
      await scope.hold(resealed, (row) => answer(store.put(row, at.primaryKey)));
    }
    at.continue();
  }
}

async function runCallers<S extends DBSchema | unknown>(
  connection: Connection,
  database: IDBDatabase,
  raw: IDBTransaction,
  oldVersion: number,
  done: Promise<void>,
  upgrade: Upgrade<S>,
  planOf: (name: string) => StorePlan,
): Promise<void> {
  const transaction = new RecordTransaction<S, StoreNames<S>>(raw, connection.rows, planOf, done);
  const face: UpgradingRecords = {
    name: connection.name,
    version: connection.version,
    get objectStoreNames() {
      return recordStores(database.objectStoreNames);
    },
    deleteObjectStore(name) {
      if (connection.plans.has(name))
        throw new ValidationException(`${name} is declared: take it out of stores first.`);
      if (!recordStores(database.objectStoreNames).includes(name))
        throw new DOMException(`There is no store ${name}.`, 'NotFoundError');
      database.deleteObjectStore(name);
    },
  };
  await upgrade(face, oldVersion, connection.version, transaction);
}
