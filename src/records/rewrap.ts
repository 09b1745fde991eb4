// Sealing all records anew, in the background: store by store, in small transactions, each of which also writes down how far the
// walk has come. A tab that is killed in the middle leaves whole records, and the next walk goes on behind the last.
import type { RecordKey } from '../formats/record-key.ts';
import { dataKeyIdHex, recordKeyId } from '../formats/sealed-record.ts';
import { ValidationException } from '../model/errors/index.ts';
import { checkFunctions, isOn, optionsReader } from '../model/options.ts';
import type { Bytes } from '../model/shape.ts';
import { abort, answer, ended } from './answer.ts';
import type { Connection } from './connection.ts';
import { recordStores, stateStore } from './own-stores.ts';
import { interruptedWalk, putWalk, saveWalk, type Walk } from './rewrap-walk.ts';
import type { Rows, StoredRow } from './rows.ts';
import { type StorePlan, undeclaredStore } from './schema.ts';
import { openedOrNot, Scope } from './scope.ts';

export interface RewrapProgress {
  /** Records that were looked at, since the walk began. */
  readonly done: number;
  /** Records that there were when it began. */
  readonly total: number;
}

export interface RewrapOptions {
  /** Only records under this KMS key, as it was named when they were written. Default: all. */
  readonly from?: string | undefined;
  /** The KMS key that records go under. Default: each stays under its own. */
  readonly to?: string | undefined;
  /** Also brings up records that an upgrade could not open. Default false: they stay `RecordOutdated`. */
  readonly outdated?: boolean | undefined;
  /** Records in one transaction. Default 200. */
  readonly batch?: number | undefined;
  readonly onProgress?: ((progress: RewrapProgress) => void) | undefined;
  /** Stops after the transaction that is running; the next call goes on from there. */
  readonly signal?: AbortSignal | undefined;
}

export interface RewrapResult {
  /** Records that are under a new data key now. */
  readonly resealed: number;
  /** Records that do not open: their key is gone or locked, or they were changed. They are as they were. */
  readonly unreadable: number;
  /** Wrapped data keys that no record needed any more, and that were removed. */
  readonly removedDataKeys: number;
}

/** Data keys younger than this stay: another tab may be about to write under them. Longer than any `maxAge` in its right mind. */
const restingTime = 86_400_000;
/** Walks after the first, for what others wrote under old data keys meanwhile. */
const mostWalks = 3;

export async function rewrapAll(connection: Connection, options: RewrapOptions): Promise<RewrapResult> {
  const own = optionsReader(options, {
    from: true,
    to: true,
    outdated: true,
    batch: true,
    onProgress: true,
    signal: true,
  });
  const [batch, onProgress, signal] = [own('batch') ?? 200, own('onProgress'), own('signal')];
  if (!Number.isInteger(batch) || batch < 1 || batch > 10_000)
    throw new ValidationException('batch must be a whole number from 1 to 10000.');
  const asked = { from: own('from'), to: own('to'), outdated: isOn('outdated', own('outdated')) };
  checkFunctions({ onProgress });
  signal?.throwIfAborted();
  const walk = await begin(connection, asked);
  await rewrapBlindKey(connection, asked);
  let used: Set<string>;
  for (let round = 1; ; round++) {
    const [before, isWhole] = [walk.resealed, walk.store === undefined];
    await walkOnce(connection, walk, batch, onProgress, signal);
    used = await dataKeysInUse(connection);
    // Also those that other tabs have made meanwhile.
    await connection.dataKeys.list();
    // Others may have written behind the walk, under data keys of before: it goes again until there is nothing to do.
    const isVain = isWhole && walk.resealed === before;
    if (round === mostWalks || isVain || ![...used].some((id) => isStale(connection, walk, id))) break;
    Object.assign(walk, { store: undefined, after: undefined, done: 0, unreadable: 0 });
  }
  const removedDataKeys = await removeUnused(connection, used);
  await saveWalk(connection, undefined);
  return { resealed: walk.resealed, unreadable: walk.unreadable, removedDataKeys };
}

/** The secret of blind keys goes where the records go: it must outlive the KMS key that they leave. */
async function rewrapBlindKey(connection: Connection, { from, to }: Pick<Walk, 'from' | 'to'>): Promise<void> {
  const { rows, dataKeys, keyId } = connection;
  const rewrapping = rows.blindKeys.rewrap((sealed) => {
    const owner = dataKeys.keyIdOf(sealed);
    return from === undefined || owner === from ? connection.under(to ?? owner ?? keyId).rows.cipher : undefined;
  });
  // Where no store that is declared has any it is like a record that does not open.
  await (connection.needsBlindKey ? rewrapping : rewrapping.catch(() => {}));
}

/** The walk that was interrupted, or a new one. */
async function begin(connection: Connection, asked: Pick<Walk, 'from' | 'to' | 'outdated'>): Promise<Walk> {
  const found = await interruptedWalk(connection, asked);
  const listed = await connection.dataKeys.list();
  connection.renewEverywhere();
  if (found !== undefined) return { ...found };
  let total = 0;
  for (const name of storesOf(connection))
    total += await answer(connection.database.transaction([name], 'readonly').objectStore(name).count());
  const walk: Walk = {
    ...asked,
    startedAt: connection.clock(),
    stale: [...listed.keys()],
    total,
    store: undefined,
    after: undefined,
    done: 0,
    resealed: 0,
    unreadable: 0,
  };
  await saveWalk(connection, walk);
  return walk;
}

/** All stores, in order; also those that are no longer declared: an upgrade may want their records yet. */
const storesOf = ({ database }: Connection): string[] => recordStores(database.objectStoreNames).sort();

async function walkOnce(
  connection: Connection,
  walk: Walk,
  batch: number,
  onProgress: RewrapOptions['onProgress'],
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const name of storesOf(connection)) {
    if (walk.store !== undefined && name < walk.store) continue;
    if (name !== walk.store) Object.assign(walk, { store: name, after: undefined });
    while (await step(connection, name, walk, batch)) {
      onProgress?.({ done: walk.done, total: Math.max(walk.total, walk.done) });
      signal?.throwIfAborted();
      // Others, the page itself first, have their turn.
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }
}

/** One transaction. @returns false where there was nothing left */
async function step(connection: Connection, name: string, walk: Walk, batch: number): Promise<boolean> {
  const transaction = connection.database.transaction([name, stateStore], 'readwrite');
  const end = ended(transaction);
  try {
    const scope = new Scope(transaction);
    const store = transaction.objectStore(name);
    const plan = connection.plans.get(name) ?? undeclaredStore(name, store.autoIncrement, connection.version);
    const range = walk.after === undefined ? undefined : IDBKeyRange.lowerBound(walk.after, true);
    const [keys, rows] = await Promise.all([
      answer(store.getAllKeys(range, batch)),
      answer<unknown[]>(store.getAll(range, batch)),
    ]);
    const next = { ...walk };
    for (const [i, key] of keys.entries()) {
      const row = rows[i] as StoredRow;
      const result = await resealOne(connection, plan, scope, store, next, key, row);
      if (result === 'unreadable') next.unreadable++;
      if (result === 'resealed') next.resealed++;
    }
    next.done += keys.length;
    next.after = keys.at(-1) ?? next.after;
    await putWalk(connection, scope, next);
    await end;
    Object.assign(walk, next);
    return keys.length > 0;
  } catch (error) {
    abort(transaction);
    throw error;
  }
}

const isFrom = ({ dataKeys }: Connection, { from }: Walk, id: string): boolean =>
  from === undefined || dataKeys.ownerOf(id) === from;

/**
 * True for a data key whose records are to be sealed anew: one of before, and where they go under another KMS key also one that a tab
 * made meanwhile under the key that they leave.
 */
const isStale = (connection: Connection, walk: Walk, id: string): boolean =>
  isFrom(connection, walk, id) &&
  (walk.stale.includes(id) || (walk.to !== undefined && connection.dataKeys.ownerOf(id) !== walk.to));

type Outcome = 'kept' | 'resealed' | 'unreadable';

async function resealOne(
  connection: Connection,
  plan: StorePlan,
  scope: Scope,
  store: IDBObjectStore,
  walk: Walk,
  key: IDBValidKey,
  row: StoredRow,
): Promise<Outcome> {
  const id = idOf(row);
  // Put there by somebody else.
  if (id === undefined) return walk.from === undefined ? 'unreadable' : 'kept';
  const isOld = row.version !== plan.version;
  const isWanted = isStale(connection, walk, id) || (isOld && walk.outdated && isFrom(connection, walk, id));
  if (!isWanted) return 'kept';
  const bytes = await openedOrNot(scope, () => connection.rows.openBytes(plan, key as RecordKey, row, walk.outdated));
  if (bytes === undefined) return 'unreadable';
  const rows: Rows = walk.to === undefined ? connection.rowsFor(row) : connection.under(walk.to).rows;
  const hasNewIndexes = isOld && connection.plans.has(plan.name);
  const sealing = rows.reseal(plan, key as RecordKey, row, bytes as Bytes, hasNewIndexes);
  return scope.hold(sealing, (sealed) => answer(store.put(sealed, key)).then((): Outcome => 'resealed'));
}

/** The ids of all data keys that records, or the blind key, are under. */
async function dataKeysInUse(connection: Connection): Promise<Set<string>> {
  const used = new Set<string>();
  for (const name of storesOf(connection)) {
    const store = connection.database.transaction([name], 'readonly').objectStore(name);
    const request = store.openCursor();
    for (let cursor = await answer(request); cursor !== null; cursor = await answer(request)) {
      const id = idOf(cursor.value);
      if (id !== undefined) used.add(id);
      cursor.continue();
    }
  }
  const blind = idOf({ sealed: await connection.rows.blindKeys.sealedSecret() });
  if (blind !== undefined) used.add(blind);
  return used;
}

async function removeUnused(connection: Connection, used: ReadonlySet<string>): Promise<number> {
  const now = connection.clock();
  const unused = [...(await connection.dataKeys.list())]
    .filter(([id, { createdAt }]) => !used.has(id) && now - createdAt > restingTime)
    .map(([id]) => id);
  if (unused.length > 0) await connection.dataKeys.remove(unused);
  return unused.length;
}

/** The id of the data key that a row is under; undefined where it is not a row of ours. */
function idOf(row: unknown): string | undefined {
  const sealed = (row as Partial<StoredRow> | null | undefined)?.sealed;
  const id = sealed instanceof Uint8Array ? recordKeyId(sealed) : undefined;
  return id && dataKeyIdHex(id);
}
