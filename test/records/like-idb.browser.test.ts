// Random transactions on encrypted records and on the same database in clear: every answer, every failure and all that is there in
// the end is the same.
import { assert } from 'chai';
import * as fc from 'fast-check';
import { type IDBPDatabase, openDB } from 'idb';
import { describe, test } from 'vitest';
import { openRecords } from '../../src/records/index.ts';
import { newKey, newKms, uniqueName } from '../support/kms.ts';

const stores = {
  inline: {
    keyPath: 'id',
    indexes: {
      a: { keyPath: 'a' },
      u: { keyPath: 'u', unique: true },
      tags: { keyPath: 'tags', multiEntry: true },
      ab: { keyPath: ['a', 'u'] },
      deep: { keyPath: 'o.p' },
    },
  },
  loose: { indexes: { a: { keyPath: 'a' } } },
  counted: { keyPath: 'o.n', autoIncrement: true, indexes: { a: { keyPath: 'a' } } },
  numbered: { autoIncrement: true, indexes: { u: { keyPath: 'u', unique: true } } },
};
type Name = keyof typeof stores;
const names = Object.keys(stores) as Name[];
/** What both have; records are typed after it. */
type Database = Pick<IDBPDatabase, 'transaction' | 'getAll' | 'getAllKeys' | 'close'>;

// Engines disagree about lists with members that are no keys, and about -0 in indexes.
const keys: IDBValidKey[] = [1.5, 'a', 'ab', '\ud800', new Date(5), new Uint8Array([1, 2]).buffer, [], [1, 'a'], [[2]]];
const key = fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 0, max: 5 }) }, fc.constantFrom(...keys));
const member = fc.oneof({ weight: 8, arbitrary: key }, fc.constantFrom(undefined, null, Number.NaN, true, {}, 5n));
const value = fc.record(
  {
    id: fc.integer({ min: 0, max: 5 }),
    a: member,
    u: fc.integer({ min: 0, max: 20 }),
    tags: fc.oneof(fc.array(key, { maxLength: 3 }), member),
    o: fc.oneof(fc.record({ p: member, n: fc.integer({ min: 0, max: 9 }) }, { requiredKeys: [] }), member),
    x: fc.string(),
  },
  { requiredKeys: ['id'] },
);
const query = fc.oneof(
  key,
  fc.constant(undefined),
  fc.tuple(key, key, fc.boolean(), fc.boolean()).map(([lower, upper, ...open]) => {
    const isInOrder = indexedDB.cmp(lower, upper) < 0;
    return isInOrder ? IDBKeyRange.bound(lower, upper, ...open) : IDBKeyRange.lowerBound(lower, open[0]);
  }),
);
const move = fc.oneof(
  fc.record({ how: fc.constantFrom('continue' as const, 'delete' as const) }),
  fc.record({ how: fc.constant('continue' as const), to: key }),
  fc.record({ how: fc.constant('advance' as const), count: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ how: fc.constant('primary' as const), to: key, primary: key }),
  fc.record({ how: fc.constant('update' as const), x: fc.string() }),
);
const name = fc.constantFrom(...names);
const source = { name, index: fc.nat(5), query };
const call = fc.oneof(
  { weight: 3, arbitrary: fc.record({ call: fc.constantFrom('put' as const, 'add' as const), name, value, key }) },
  fc.record({ call: fc.constantFrom('get' as const, 'getKey' as const, 'count' as const), ...source }),
  fc.record({
    call: fc.constantFrom('getAll' as const, 'getAllKeys' as const),
    ...source,
    count: fc.constantFrom(undefined, 0, 2),
  }),
  fc.record({ call: fc.constant('delete' as const), name, query }),
  fc.record({
    call: fc.constant('walk' as const),
    ...source,
    direction: fc.constantFrom<IDBCursorDirection>('next', 'prev', 'nextunique', 'prevunique'),
    moves: fc.array(move, { maxLength: 6 }),
  }),
);
const transaction = fc.record({
  calls: fc.array(call, { minLength: 1, maxLength: 8 }),
  isAborted: fc.nat(5).map((n) => n === 0),
  isAwaited: fc.boolean(),
});
type Call = typeof call extends fc.Arbitrary<infer T> ? T : never;
type Transaction = ReturnType<typeof begin>;

const begin = (database: Database) => database.transaction(names, 'readwrite');
const failed = (error: { name: string }): string => `failed: ${error.name}`;

async function run(transaction: Transaction, asked: Call): Promise<unknown> {
  const store = transaction.objectStore(asked.name);
  const { indexes, ...definition } = { keyPath: undefined, ...stores[asked.name] };
  if ('value' in asked) return store[asked.call](asked.value, definition.keyPath === undefined ? asked.key : undefined);
  if (asked.call === 'delete') return store.delete(asked.query as IDBValidKey);
  const index = Object.keys(indexes)[asked.index];
  const from = index === undefined ? store : store.index(index);
  if (asked.call === 'getAll' || asked.call === 'getAllKeys') return from[asked.call](asked.query, asked.count);
  if (asked.call !== 'walk') return from[asked.call](asked.query as IDBValidKey);
  const seen: unknown[] = [];
  let cursor = await from.openCursor(asked.query, asked.direction);
  for (const each of asked.moves) {
    if (cursor === null) break;
    seen.push(cursor.key, cursor.primaryKey, cursor.value);
    const at: NonNullable<typeof cursor> = cursor;
    const moving = async (): Promise<unknown> => {
      if (each.how === 'delete') return at.delete();
      if (each.how === 'update') return at.update({ ...at.value, x: each.x });
      if (each.how === 'advance') cursor = await at.advance(each.count);
      else if (each.how === 'primary') cursor = await at.continuePrimaryKey(each.to, each.primary);
      else cursor = await at.continue('to' in each ? each.to : undefined);
      return undefined;
    };
    seen.push(await moving().catch(failed));
  }
  return seen;
}

async function runAll(
  database: Database,
  transactions: readonly (typeof transaction extends fc.Arbitrary<infer T> ? T : never)[],
) {
  const log: unknown[] = [];
  for (const { calls, isAborted, isAwaited } of transactions) {
    const begun = begin(database);
    const done = begun.done.then(
      () => 'done',
      () => 'undone',
    );
    const answers: Promise<unknown>[] = [];
    for (const each of calls) {
      const answer = run(begun, each).catch(failed);
      answers.push(answer);
      if (isAwaited) await answer;
    }
    if (isAborted)
      await Promise.all(answers)
        .then(() => begun.abort())
        .catch(() => {});
    const [all, how] = [await Promise.all(answers), await done];
    // Behind the failure that ends a transaction it is a matter of time which error comes.
    const end = all.findIndex((answer) => String(answer).startsWith('failed: ConstraintError'));
    log.push(end < 0 ? all : all.slice(0, end), how);
  }
  for (const each of names) log.push(await database.getAllKeys(each), await database.getAll(each));
  return log;
}

describe('records', () => {
  test('answer as the same database in clear does', { timeout: 120_000 }, async () => {
    const kms = await newKms();
    const records = await openRecords(uniqueName(), { kms, keyId: await newKey(kms), stores });
    const plain = await openDB(uniqueName(), 1, {
      upgrade(database) {
        for (const each of names) {
          const { indexes, ...options } = stores[each];
          const store = database.createObjectStore(each, options);
          for (const [index, { keyPath, ...rest }] of Object.entries(indexes)) store.createIndex(index, keyPath, rest);
        }
      },
    });
    const property = fc.asyncProperty(fc.array(transaction, { minLength: 1, maxLength: 4 }), async (transactions) => {
      for (const each of [plain, records] as Database[]) {
        const clearing = begin(each);
        for (const store of names) clearing.objectStore(store).clear();
        await clearing.done;
      }
      const expected = await runAll(plain, transactions);
      assert.deepEqual(await runAll(records as unknown as Database, transactions), expected);
    });
    await fc.assert(property, { numRuns: 60, interruptAfterTimeLimit: 20_000 });
    for (const each of [plain, records]) each.close();
  });
});
