// The face of `idb`: what works on a plain database works on an encrypted one, and the database itself sees no value.
import { assert } from 'chai';
import { type DBSchema, openDB } from 'idb';
import { describe, test } from 'vitest';
import { openRecords, type Records, type RecordsOptions } from '../../src/records/index.ts';
import { assertFails } from '../support/errors.ts';
import { newKey, newKms, uniqueName } from '../support/kms.ts';

interface Schema extends DBSchema {
  notes: {
    key: number;
    value: { id: number; owner: string; tags: string[]; text: string };
    indexes: { owner: string; tags: string; 'by-text': string };
  };
  loose: { key: string | number | Date | ArrayBuffer; value: unknown };
  numbered: { key: number; value: { n?: number; text: string } };
}

const stores: RecordsOptions<Schema>['stores'] = {
  notes: {
    keyPath: 'id',
    indexes: {
      owner: { keyPath: 'owner' },
      tags: { keyPath: 'tags', multiEntry: true },
      'by-text': { keyPath: 'text', unique: true, blind: true },
    },
  },
  loose: {},
  numbered: { keyPath: 'n', autoIncrement: true },
};

async function open(name = uniqueName()): Promise<Records<Schema>> {
  const kms = await newKms();
  return openRecords<Schema>(name, { kms, keyId: await newKey(kms), stores });
}

const note = (id: number) => ({ id, owner: id % 2 ? 'ada' : 'bob', tags: ['all', `t${id % 3}`], text: `text ${id}` });

describe('records', () => {
  test('gives back what was put, and undefined for what is not there', async () => {
    const records = await open();
    assert.equal(await records.put('notes', note(1)), 1);
    assert.deepEqual(await records.get('notes', 1), note(1));
    assert.isUndefined(await records.get('notes', 2));
    await records.put('loose', 'x', 'key');
    assert.equal(await records.get('loose', 'key'), 'x');
    await records.delete('notes', 1);
    assert.isUndefined(await records.get('notes', 1));
    records.close();
  });

  test('answers ranges, counts and keys in order', async () => {
    const records = await open();
    await records.putMany('notes', [3, 1, 2, 5, 4].map(note));
    assert.deepEqual(await records.getAllKeys('notes'), [1, 2, 3, 4, 5]);
    assert.deepEqual(
      (await records.getAll('notes', IDBKeyRange.bound(2, 4))).map(({ id }) => id),
      [2, 3, 4],
    );
    assert.deepEqual(
      (await records.getAll('notes', null, 2)).map(({ id }) => id),
      [1, 2],
    );
    assert.equal(await records.count('notes'), 5);
    assert.equal((await records.get('notes', IDBKeyRange.lowerBound(4, true)))?.id, 5);
    assert.equal(await records.getKey('notes', IDBKeyRange.lowerBound(2)), 2);
    assert.deepEqual(await records.getMany('notes', [4, 9, 1]), [note(4), undefined, note(1)]);
    records.close();
  });

  test('answers indexes in clear, multiEntry and blind', async () => {
    const records = await open();
    await records.putMany('notes', [1, 2, 3, 4].map(note));
    assert.deepEqual(
      (await records.getAllFromIndex('notes', 'owner', 'ada')).map(({ id }) => id),
      [1, 3],
    );
    assert.deepEqual(await records.getAllKeysFromIndex('notes', 'tags', 't1'), [1, 4]);
    assert.equal(await records.countFromIndex('notes', 'tags', 'all'), 4);
    assert.deepEqual(await records.getFromIndex('notes', 'by-text', 'text 2'), note(2));
    assert.isUndefined(await records.getFromIndex('notes', 'by-text', 'text'));
    assert.equal(await records.getKeyFromIndex('notes', 'by-text', 'text 3'), 3);
    records.close();
  });

  test('walks with cursors, changing and deleting on the way', async () => {
    const records = await open();
    await records.putMany('notes', [1, 2, 3, 4].map(note));
    const transaction = records.transaction('notes', 'readwrite');
    for await (const cursor of transaction.store) {
      if (cursor.key === 2) await cursor.delete();
      else await cursor.update({ ...cursor.value, text: `${cursor.value.text}!` });
    }
    await transaction.done;
    assert.deepEqual(
      (await records.getAll('notes')).map(({ text }) => text),
      ['text 1!', 'text 3!', 'text 4!'],
    );
    const back: string[] = [];
    let cursor = await records.transaction('notes').store.index('owner').openCursor('ada', 'prev');
    while (cursor) {
      back.push(`${cursor.key} ${cursor.primaryKey}`);
      cursor = await cursor.continue();
    }
    assert.deepEqual(back, ['ada 3', 'ada 1']);
    const skipped: number[] = [];
    for await (const each of records.transaction('notes').store) {
      skipped.push(each.key);
      if (each.key < 4) each.continue(4);
    }
    assert.deepEqual(skipped, [1, 4]);
    records.close();
  });

  test('walks on from a cursor', async () => {
    const records = await open();
    await records.putMany('notes', [1, 2, 3, 4, 5].map(note));
    const { store } = records.transaction('notes');
    const seen: number[] = [];
    for await (const cursor of (await store.openCursor(IDBKeyRange.lowerBound(2))) ?? []) {
      seen.push(cursor.value.id);
      if (cursor.primaryKey === 2) cursor.advance(2);
    }
    for await (const cursor of (await store.openKeyCursor(4)) ?? []) seen.push(cursor.primaryKey);
    assert.deepEqual(seen, [2, 4, 5, 4]);
    records.close();
  });

  test('refuses to go on to a blind key, which lies in no order', async () => {
    const records = await open();
    await records.putMany('notes', [1, 2, 3].map(note));
    const { store } = records.transaction('notes');
    const cursor = await store.index('by-text').openCursor();
    if (cursor === null) return assert.fail('there are records');
    await assertFails(cursor.continue('text 2'), 'ValidationException', /by-text/);
    await assertFails(cursor.continuePrimaryKey('text 2', 2), 'ValidationException', /by-text/);
    assert.isNotNull(await cursor.continue());
    records.close();
  });

  test('lets the database make keys, and puts them into values', async () => {
    const records = await open();
    const value = { text: 'a' };
    assert.equal(await records.add('numbered', value), 1);
    assert.deepEqual(value, { text: 'a' }, 'the caller keeps its value');
    assert.deepEqual(await records.putMany('numbered', [{ text: 'b' }, { text: 'c' }]), [2, 3]);
    assert.equal(await records.put('numbered', { n: 10, text: 'd' }), 10);
    assert.equal(await records.add('numbered', { text: 'e' }), 11);
    assert.deepEqual(await records.getAll('numbered'), [
      { text: 'a', n: 1 },
      { text: 'b', n: 2 },
      { text: 'c', n: 3 },
      { n: 10, text: 'd' },
      { text: 'e', n: 11 },
    ]);
    const transaction = records.transaction('numbered', 'readwrite');
    transaction.store.add({ text: 'f' });
    assert.equal((await transaction.store.getAll()).length, 6, 'a call sees those before it');
    await transaction.done;
    records.close();
  });

  test('uses up no key on a value that has no place for one', async () => {
    const kms = await newKms();
    const stores = { nested: { keyPath: 'of.n', autoIncrement: true } };
    const records = await openRecords(uniqueName(), { kms, keyId: await newKey(kms), stores });
    const transaction = records.transaction('nested', 'readwrite');
    for (const value of ['text', null, { of: 0 }])
      assert.equal((await transaction.store.add(value).catch((error) => error)).name, 'DataError');
    assert.equal(await transaction.store.add({}), 1);
    await transaction.done;
    assert.deepEqual(await records.getAll('nested'), [{ of: { n: 1 } }]);
    records.close();
  });

  test('undoes a transaction that is aborted, and the one in which a key is there twice', async () => {
    const records = await open();
    const transaction = records.transaction(['notes', 'loose'], 'readwrite');
    await transaction.objectStore('notes').put(note(1));
    await transaction.objectStore('loose').put('x', 1);
    transaction.abort();
    assert.equal((await transaction.done.catch((error) => error)).name, 'AbortError');
    assert.equal(await records.count('notes'), 0);
    await records.add('notes', note(1));
    assert.equal((await records.add('notes', note(1)).catch((error) => error)).name, 'ConstraintError');
    assert.equal(
      (await records.add('notes', { ...note(2), text: 'text 1' }).catch((error) => error)).name,
      'ConstraintError',
    );
    assert.equal(await records.count('notes'), 1);
    records.close();
  });

  test('takes every kind of key that IndexedDB takes', async () => {
    const records = await open();
    const keys = [-1, 0, 1.5, new Date(5), 'a', '\ud800', new Uint8Array([1, 2]).buffer];
    for (const [i, key] of keys.entries()) await records.put('loose', i, key);
    for (const [i, key] of keys.entries()) assert.equal(await records.get('loose', key), i);
    assert.equal(await records.get('loose', -0), 1);
    assert.deepEqual(await records.getAllKeys('loose'), keys);
    records.close();
  });

  test('refuses what is no key as IndexedDB does, also a buffer that was transferred', async () => {
    const records = await open();
    const gone = new Uint8Array(2);
    structuredClone(gone.buffer, { transfer: [gone.buffer] });
    await records.put('loose', 'epoch', new Date(0));
    for (const key of [gone, gone.buffer, null, {}, [null], true] as unknown as ArrayBuffer[]) {
      const calls = [records.put('loose', 'x', key), records.get('loose', key), records.getMany('loose', [key])];
      for (const call of calls as Promise<unknown>[])
        assert.equal(await call.then(String, (error) => error.name), 'DataError');
    }
    records.close();
  });

  test('reads keys off files, as IndexedDB does', async () => {
    const kms = await newKms();
    const indexes = Object.fromEntries(
      ['size', 'type', 'name', 'lastModified'].map((each) => [each, { keyPath: `file.${each}` }]),
    );
    const records = await openRecords(uniqueName(), { kms, keyId: await newKey(kms), stores: { files: { indexes } } });
    const file = new File(['abc'], 'a.txt', { type: 'text/plain', lastModified: 7 });
    await records.put('files', { file }, 1);
    await records.put('files', { file: new Blob(['abcd']) }, 2);
    for (const [index, key] of Object.entries({ size: 3, type: 'text/plain', name: 'a.txt', lastModified: 7 }))
      assert.deepEqual(await records.getAllKeysFromIndex('files', index, key), [1], index);
    assert.deepEqual(await records.getAllKeysFromIndex('files', 'size'), [1, 2]);
    records.close();
  });

  test('reads the value as it is at the call', async () => {
    const records = await open();
    records.wipe();
    const value = { ...note(1) };
    const writing = records.put('notes', value);
    value.text = 'changed';
    await writing;
    assert.equal((await records.get('notes', 1))?.text, 'text 1');
    records.close();
  });

  test('opens again what another connection wrote', async () => {
    const name = uniqueName();
    const kms = await newKms();
    const options: RecordsOptions<Schema> = { kms, keyId: await newKey(kms), stores };
    const first = await openRecords<Schema>(name, options);
    await first.putMany('notes', [1, 2].map(note));
    const second = await openRecords<Schema>(name, options);
    assert.deepEqual(await second.getAll('notes'), [note(1), note(2)]);
    await first.put('notes', note(3));
    assert.deepEqual(await second.get('notes', 3), note(3));
    await second.put('notes', note(4));
    assert.deepEqual(await first.getFromIndex('notes', 'by-text', 'text 4'), note(4));
    first.close();
    second.close();
  });

  test('leaves nothing of a value in the database but its keys in clear', async () => {
    const name = uniqueName();
    const records = await open(name);
    await records.put('notes', { id: 1, owner: 'ada', tags: ['x'], text: 'secret-text' });
    const raw = await openDB(`keyhaven-records:${name}`);
    const row = await raw.get('notes', 1);
    assert.deepEqual(Object.keys(row).sort(), ['keys', 'sealed', 'version']);
    assert.deepEqual({ ...row.keys, kby_002dtext: '' }, { kowner: 'ada', ktags: ['x'], kby_002dtext: '' });
    assert.notInclude(JSON.stringify([...new Uint8Array(row.keys.kby_002dtext)]), 'secret');
    assert.notInclude(new TextDecoder().decode(row.sealed), 'secret');
    raw.close();
    records.close();
  });
});

describe('many records', () => {
  test('are read in parts, in order, as they were at the call', async () => {
    const records = await open();
    const keys = Array.from({ length: 2500 }, (_, i) => i);
    await records.putMany('loose', keys.map(String), keys);
    assert.deepEqual(await records.getAll('loose'), keys.map(String));
    assert.deepEqual(await records.getAll('loose', null, 1001), keys.slice(0, 1001).map(String));
    assert.deepEqual(await records.getAll('loose', IDBKeyRange.lowerBound(1200)), keys.slice(1200).map(String));
    const transaction = records.transaction('loose', 'readwrite');
    const before = transaction.store.getAll();
    transaction.store.put('changed', 2400);
    transaction.store.delete(2401);
    assert.deepEqual(await before, keys.map(String), 'writes that were called for later come later');
    await transaction.done;
    assert.equal((await records.getAll('loose')).at(2400), 'changed');
    records.close();
  });
});
