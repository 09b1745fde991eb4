// One table of a Dexie database as its middleware sees it: what goes down is sealed, what comes up is opened, and calls keep the order
// in which they were made, also where one of them takes more than one step.
import type {
  DBCoreAddRequest,
  DBCoreMutateRequest,
  DBCoreMutateResponse,
  DBCorePutRequest,
  DBCoreQueryRequest,
  DBCoreTable,
  DBCoreTransaction,
} from 'dexie';
import type { RecordKey } from '../formats/record-key.ts';
import { abort, goOn, type Soon } from './answer.ts';
import { encryptedCursor } from './dexie-cursor.ts';
import type { DexieRows } from './dexie-rows.ts';
import { injectKey, isKey } from './key-path.ts';
import { Scope } from './scope.ts';

/** One for each transaction. */
const scopes = new WeakMap<object, Scope>();

function scopeOf(trans: DBCoreTransaction): Scope {
  let scope = scopes.get(trans);
  if (scope === undefined) {
    scope = new Scope(trans as unknown as IDBTransaction);
    scopes.set(trans, scope);
  }
  return scope;
}

type Writing = DBCoreAddRequest | DBCorePutRequest;

/**
 * @param check throws where the table must not be used in this transaction
 */
export function encryptedTable(
  down: DBCoreTable,
  rows: DexieRows,
  check: (trans: DBCoreTransaction) => void,
): DBCoreTable {
  const { primaryKey } = down.schema;
  const keyOf = (row: unknown): RecordKey => primaryKey.extractKey?.(row) as RecordKey;
  const turn = <T>(trans: DBCoreTransaction, call: (scope: Scope) => Soon<T>): Promise<T> => {
    const scope = scopeOf(trans);
    return scope.turn(
      () => check(trans),
      () => call(scope),
    );
  };
  const openAll = (scope: Scope, keys: readonly RecordKey[], found: readonly unknown[]): Soon<unknown[]> =>
    scope.hold(rows.openMany(keys, found), (values) => values);

  function mutate(request: DBCoreMutateRequest): Promise<DBCoreMutateResponse> {
    const { trans } = request;
    if (request.type !== 'add' && request.type !== 'put') return turn(trans, () => down.mutate(request));
    let taken: Writing;
    try {
      // A call that waits reads its values later, and the caller may have changed them by then.
      taken = scopeOf(trans).isFree ? request : { ...request, values: structuredClone(request.values) };
    } catch (error) {
      return Promise.reject(error);
    }
    return turn(trans, (scope) => write(scope, taken));
  }

  function write(scope: Scope, request: Writing): Soon<DBCoreMutateResponse> {
    const { values } = request;
    const keys = values.map((value, i) => request.keys?.[i] ?? keyOf(value));
    if (!keys.every((key) => isKey(key))) return writeWithNewKeys(scope, request);
    // At once where it can be: calls that are made next must not overtake it.
    return scope.hold(rows.seal(keys, values), (sealed) => down.mutate({ ...plainRequest(request), values: sealed }));
  }

  function writeWithNewKeys(scope: Scope, request: Writing): Promise<DBCoreMutateResponse> {
    const { trans } = request;
    const values = request.values.map((value) => structuredClone(value));
    // Keys that the database makes are needed to seal: rows without content take their places first.
    const places = { ...plainRequest(request), values: values.map((value) => rows.clearPart(value)) };
    return scope.await(down.mutate(places), async (made) => {
      const there = values.flatMap((_, i) => (made.failures[i] === undefined ? [i] : []));
      const keys = there.map((i) => made.results?.[i] as RecordKey);
      const named = there.map((i, at) => {
        if (!primaryKey.outbound) injectKey(values[i], primaryKey.keyPath as string, keys[at] as RecordKey);
        return values[i];
      });
      try {
        const sealed = await scope.hold(rows.seal(keys, named), (each) => each);
        await down.mutate({ type: 'put', trans, values: sealed, ...(primaryKey.outbound ? { keys } : {}) });
      } catch (error) {
        // No place stays without its content, also where the caller goes on. What was put may have been there before.
        if (request.type === 'add') await down.mutate({ type: 'delete', trans, keys });
        else abort(trans);
        throw error;
      }
      return made;
    });
  }

  return {
    ...down,
    mutate,
    count: (request) => turn(request.trans, () => down.count(request)),
    get: ({ trans, key }) =>
      turn(trans, (scope) =>
        down
          .get({ trans, key })
          .then((row) => (row === undefined ? row : goOn(openAll(scope, [key], [row]), ([value]) => value))),
      ),
    getMany: (request) =>
      turn(request.trans, (scope) =>
        down.getMany(request).then((found) => {
          const there = found.flatMap((row, i) => (row === undefined ? [] : [i]));
          const keys = there.map((i) => request.keys[i] as RecordKey);
          const some = there.map((i) => found[i]);
          return goOn(openAll(scope, keys, some), (values) => {
            const results = [...found];
            there.forEach((i, at) => {
              results[i] = values[at];
            });
            return results;
          });
        }),
      ),
    query: (request: DBCoreQueryRequest) =>
      turn(request.trans, (scope) => {
        if (request.values === false) return down.query(request);
        const finding = down.query(request);
        // Asked for at the same time, so that no write comes in between.
        const keys = primaryKey.outbound ? down.query({ ...request, values: false }) : undefined;
        return finding.then(({ result }) => {
          const opened = (own: readonly RecordKey[]) =>
            goOn(openAll(scope, own, result), (values) => ({ result: values }));
          return keys === undefined ? opened(result.map(keyOf)) : keys.then((answer) => opened(answer.result));
        });
      }),
    openCursor: (request) =>
      turn(request.trans, () =>
        down
          .openCursor(request)
          .then((cursor) => (cursor === null || request.values === false ? cursor : encryptedCursor(cursor, rows))),
      ),
  };
}

/** The request without what Dexie says beside the values about their content. */
function plainRequest<R extends DBCoreMutateRequest>(request: R): R {
  const plain = { ...request } as Record<string, unknown>;
  for (const name of ['changeSpec', 'criteria', 'updates']) delete plain[name];
  return plain as unknown as R;
}
