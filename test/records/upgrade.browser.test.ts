// Versions of a schema: what idb's `upgrade`, `blocked`, `blocking` and `terminated` do.
import { assert } from 'chai';
import { type IDBPDatabase, openDB } from 'idb';
import { describe, test } from 'vitest';
import { openRecords } from '../../src/records/index.ts';
import { failure } from '../support/errors.ts';
import { newKey, newKms, uniqueName } from '../support/kms.ts';

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'fulfilled',
    (error) => error.name,
  );

describe('an upgrade', () => {
  test('makes new stores and indexes, over what is there already', async () => {
    const [name, kms] = [uniqueName(), await newKms()];
    const keyId = await newKey(kms);
    const first = await openRecords(name, { kms, keyId, stores: { people: { keyPath: 'id' } } });
    await first.putMany('people', [
      { id: 1, mail: 'ada@x', age: 30 },
      { id: 2, mail: 'bob@x', age: 40 },
    ]);
    first.close();
    const second = await openRecords(name, {
      kms,
      keyId,
      version: 2,
      stores: {
        people: { keyPath: 'id', indexes: { age: { keyPath: 'age' }, mail: { keyPath: 'mail', blind: true } } },
        pets: {},
      },
    });
    assert.equal((await second.getFromIndex('people', 'mail', 'bob@x')).id, 2);
    assert.deepEqual(await second.getAllKeysFromIndex('people', 'age', IDBKeyRange.lowerBound(35)), [2]);
    assert.equal(await second.count('pets'), 0);
    second.close();
    const third = await openRecords(name, {
      kms,
      keyId,
      version: 3,
      stores: { people: { keyPath: 'id', indexes: { age: { keyPath: 'age', blind: true } } }, pets: {} },
    });
    assert.equal((await third.getFromIndex('people', 'age', 40)).mail, 'bob@x');
    assert.deepEqual(await third.transaction('people').store.indexNames, ['age']);
    third.close();
  });

  test("runs the caller's own, which changes records and moves them to another store", async () => {
    const [name, kms] = [uniqueName(), await newKms()];
    const keyId = await newKey(kms);
    const first = await openRecords(name, { kms, keyId, stores: { old: {}, kept: { keyPath: 'id' } } });
    await first.putMany('old', [{ text: 'a' }, { text: 'b' }], [1, 2]);
    await first.put('kept', { id: 1, n: 1 });
    first.close();
    const versions: number[] = [];
    const second = await openRecords(name, {
      kms,
      keyId,
      version: 5,
      stores: { kept: { keyPath: 'id' }, new: { keyPath: 'id', indexes: { text: { keyPath: 'text' } } } },
      async upgrade(database, oldVersion, newVersion, transaction) {
        versions.push(oldVersion, newVersion);
        for await (const cursor of transaction.objectStore('old'))
          await transaction.objectStore('new').put({ id: cursor.key, ...cursor.value });
        database.deleteObjectStore('old');
        for await (const cursor of transaction.objectStore('kept')) await cursor.update({ ...cursor.value, n: 2 });
      },
    });
    assert.deepEqual(versions, [1, 5]);
    assert.deepEqual(await second.getAllKeysFromIndex('new', 'text', 'b'), [2]);
    assert.deepEqual(await second.get('kept', 1), { id: 1, n: 2 });
    assert.deepEqual([...second.objectStoreNames], ['kept', 'new']);
    second.close();
  });

  test('that fails leaves the database as it was', async () => {
    const [name, kms] = [uniqueName(), await newKms()];
    const options = { kms, keyId: await newKey(kms), stores: { a: {} } };
    const first = await openRecords(name, options);
    await first.put('a', 'x', 1);
    first.close();
    const failing = openRecords(name, {
      ...options,
      version: 2,
      async upgrade(_database, _old, _new, transaction) {
        await transaction.objectStore('a').clear();
        throw new RangeError('not today');
      },
    });
    assert.equal(await codeOf(failing), 'RangeError');
    const again = await openRecords(name, options);
    assert.equal(await again.get('a', 1), 'x');
    again.close();
  });

  test('leaves records whose key is not there, and rewrap brings them up later', async () => {
    const [name, kms] = [uniqueName(), await newKms()];
    const [keyId, other] = [await newKey(kms), await newKey(kms)];
    const options = { kms, keyId, stores: { a: {} } };
    const first = await openRecords(name, options);
    await first.put('a', 'mine', 1);
    await first.under(other).put('a', 'theirs', 2);
    first.close();
    await kms.disableKey({ KeyId: other });
    const second = await openRecords(name, { ...options, version: 2 });
    assert.equal(await second.get('a', 1), 'mine');
    assert.equal(await codeOf(second.get('a', 2)), 'RecordOutdated');
    await kms.enableKey({ KeyId: other });
    await second.rewrap({ outdated: true });
    assert.equal(await second.get('a', 2), 'theirs');
    second.close();
  });

  test('does not take for its own a row of an earlier version that was put back', async () => {
    const [name, kms] = [uniqueName(), await newKms()];
    const options = { kms, keyId: await newKey(kms), stores: { a: {} } };
    const first = await openRecords(name, options);
    await first.put('a', 'old', 1);
    first.close();
    const raw = async <T>(work: (database: IDBPDatabase) => Promise<T>): Promise<T> => {
      const database = await openDB(`keyhaven-records:${name}`);
      return work(database).finally(() => database.close());
    };
    const row = await raw((database) => database.get('a', 1));
    const second = await openRecords(name, { ...options, version: 2 });
    await second.put('a', 'new', 1);
    second.close();
    await raw((database) => database.put('a', row, 1));
    const third = await openRecords(name, { ...options, version: 3 });
    assert.equal(await codeOf(third.get('a', 1)), 'RecordOutdated');
    await third.put('a', 'newer', 1);
    assert.equal(await third.get('a', 1), 'newer');
    third.close();
  });

  test('keeps each record under its own KMS key', async () => {
    const [name, kms] = [uniqueName(), await newKms()];
    const [keyId, other] = [await newKey(kms), await newKey(kms)];
    const options = { kms, keyId, stores: { a: {} } };
    const first = await openRecords(name, options);
    await first.under(other).put('a', 'theirs', 2);
    first.close();
    (await openRecords(name, { ...options, version: 2 })).close();
    await kms.disableKey({ KeyId: other });
    const third = await openRecords(name, { ...options, version: 2 });
    assert.equal(await codeOf(third.get('a', 2)), 'DisabledException');
    third.close();
  });

  test('of a schema that changed without its version is refused, and so is another primary key', async () => {
    const [name, kms] = [uniqueName(), await newKms()];
    const options = { kms, keyId: await newKey(kms) };
    (await openRecords(name, { ...options, stores: { a: {} } })).close();
    const changed = { a: { indexes: { n: { keyPath: 'n' } } } };
    assert.match(String(await failure(openRecords(name, { ...options, stores: changed }))), /raise version/);
    const moved = openRecords(name, { ...options, version: 2, stores: { a: { keyPath: 'id' } } });
    assert.match(String(await failure(moved)), /cannot change/);
  });

  test('knows a store again that was not declared for a while', async () => {
    const [name, kms] = [uniqueName(), await newKms()];
    const options = { kms, keyId: await newKey(kms) };
    const first = await openRecords(name, { ...options, stores: { a: {}, b: { blind: true } } });
    await first.put('b', { id: 1 }, 'x');
    first.close();
    (await openRecords(name, { ...options, version: 2, stores: { a: {} } })).close();
    const other = openRecords(name, { ...options, version: 3, stores: { a: {}, b: { keyPath: 'id' } } });
    assert.match(String(await failure(other)), /cannot change/);
    const seen: unknown[] = [];
    const third = await openRecords(name, {
      ...options,
      version: 3,
      stores: { a: {} },
      async upgrade(_database, _old, _new, transaction) {
        const store = transaction.objectStore('b');
        seen.push(await store.getAll(), await store.getAllKeys());
      },
    });
    third.close();
    assert.deepEqual(seen, [[{ id: 1 }], ['x']]);
    const fourth = await openRecords(name, { ...options, version: 4, stores: { a: {}, b: { blind: true } } });
    assert.deepEqual(await fourth.get('b', 'x'), { id: 1 });
    fourth.close();
  });

  test('waits for tabs that do not give way, and tells both', async () => {
    const [name, kms] = [uniqueName(), await newKms()];
    const options = { kms, keyId: await newKey(kms), stores: { a: {} } };
    const told: string[] = [];
    const first = await openRecords(name, {
      ...options,
      blocking: (current, blocked) => {
        told.push(`blocking ${current} ${blocked}`);
      },
    });
    const second = openRecords(name, {
      ...options,
      version: 2,
      blocked: (current, blocked) => {
        told.push(`blocked ${current} ${blocked}`);
        first.close();
      },
    });
    (await second).close();
    assert.deepEqual(told, ['blocking 1 2', 'blocked 1 2']);
    assert.equal(await codeOf(openRecords(name, options)), 'StoreUnavailable', 'an older version of the app');
  });

  test('gets its turn by itself where a tab says nothing else, and that tab is told at its next call', async () => {
    const [name, kms] = [uniqueName(), await newKms()];
    const options = { kms, keyId: await newKey(kms), stores: { a: {} } };
    const first = await openRecords(name, options);
    (await openRecords(name, { ...options, version: 2 })).close();
    assert.equal(await codeOf(first.get('a', 1)), 'InvalidStateError');
  });

  test('that never gets its turn is StoreUnavailable', async () => {
    const [name, kms] = [uniqueName(), await newKms()];
    const options = { kms, keyId: await newKey(kms), stores: { a: {} } };
    const first = await openRecords(name, { ...options, blocking: () => {} });
    assert.equal(await codeOf(openRecords(name, { ...options, version: 2, deadline: 200 })), 'StoreUnavailable');
    first.close();
  });
});

describe('options', () => {
  test('that are wrong are named, and nothing is made', async () => {
    const kms = await newKms();
    const keyId = await newKey(kms);
    const stores = { a: {} };
    const wrong: [RegExp, Record<string, unknown>][] = [
      [/kms/, { kms: {} }],
      [/keyId/i, { keyId: 7 }],
      [/stores/, { stores: {} }],
      [/version/, { version: 0 }],
      [/keyhaven:/, { stores: { 'keyhaven:x': {} } }],
      [/keyPath/, { stores: { a: { keyPath: 'a b' } } }],
      [/indexes.i.keyPath/, { stores: { a: { indexes: { i: {} } } } }],
      [/multiEntry/, { stores: { a: { indexes: { i: { keyPath: ['a', 'b'], multiEntry: true } } } } }],
      [/blind/, { stores: { a: { autoIncrement: true, blind: true } } }],
      [/padding/, { stores: { a: { padding: 0 } } }],
      [/stores\.a\.indexs /, { stores: { a: { indexs: { i: { keyPath: 'i' } } } } }],
      [/indexes\.i\.blnd /, { stores: { a: { indexes: { i: { keyPath: 'i', blnd: true } } } } }],
      [/upgrade/, { upgrade: 1 }],
    ];
    for (const [pattern, options] of wrong) {
      const name = uniqueName();
      assert.match(String(await failure(openRecords(name, { kms, keyId, stores, ...options } as never))), pattern);
      const made: number[] = [];
      const upgrade = (_: unknown, oldVersion: number): void => void made.push(oldVersion);
      (await openDB(`keyhaven-records:${name}`, 1, { upgrade })).close();
      assert.deepEqual(made, [0]);
    }
  });
});
