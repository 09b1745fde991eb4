// Where WebAssembly is blocked (here: its compiler refuses, as a Content-Security-Policy makes it) all works the same, through
// WebCrypto, and transactions are as atomic; csp.e2e.test.ts shows it under a real policy.
import { assert } from 'chai';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { openSealer } from '../../src/sealer/index.ts';
import { newKey, newKms, uniqueName } from '../support/kms.ts';

const { compile } = WebAssembly;
beforeAll(() => {
  WebAssembly.compile = () => Promise.reject(new WebAssembly.CompileError('blocked by a policy'));
});
afterAll(() => {
  WebAssembly.compile = compile;
});

const stores = {
  a: {},
  b: { keyPath: 'id', autoIncrement: true, indexes: { tag: { keyPath: 'tag', blind: true } } },
} as const;

async function open(name = uniqueName()) {
  const { openRecords } = await import('../../src/records/index.ts');
  const kms = await newKms();
  return openRecords(name, { kms, keyId: await newKey(kms), stores });
}

describe('without WebAssembly', () => {
  test('the core is not there', async () => {
    const kms = await newKms();
    const sealer = await openSealer(kms, { KeyId: await newKey(kms) });
    assert.throws(() => sealer.seal(new Uint8Array(1)), /wasm-unsafe-eval/);
  });

  test('records are put, got, walked and found', async () => {
    const records = await open();
    await records.putMany('a', ['x', 'y', 'z'], [1, 2, 3]);
    assert.deepEqual(await records.getAll('a'), ['x', 'y', 'z']);
    await records.putMany('b', [{ tag: 't' }, { tag: 'u' }]);
    assert.deepEqual(await records.getFromIndex('b', 'tag', 'u'), { tag: 'u', id: 2 });
    const transaction = records.transaction('a', 'readwrite');
    for await (const cursor of transaction.store) await cursor.update(`${cursor.value}!`);
    await transaction.done;
    assert.deepEqual(await records.getMany('a', [3, 4]), ['z!', undefined]);
    records.close();
  });

  test('a Dexie database is written, read and walked', async () => {
    const [{ default: Dexie }, { encryptDexie }] = await Promise.all([
      import('dexie'),
      import('../../src/records/dexie.ts'),
    ]);
    const kms = await newKms();
    const database = new Dexie(uniqueName());
    database.version(1).stores({ notes: '++id,tag' });
    await encryptDexie(database, { kms, keyId: await newKey(kms) });
    const notes = database.table('notes');
    await database.transaction('rw', notes, async () => {
      const [, , found] = await Promise.all([notes.add({ tag: 'a' }), notes.add({ tag: 'b' }), notes.toArray()]);
      assert.equal(found.length, 2);
    });
    await notes.where('tag').equals('a').modify({ text: 'x' });
    assert.deepEqual(await notes.reverse().toArray(), [
      { id: 2, tag: 'b' },
      { id: 1, tag: 'a', text: 'x' },
    ]);
    database.close();
  });

  test('calls that are not awaited keep their order', async () => {
    const records = await open();
    const { store, done } = records.transaction('a', 'readwrite');
    store.put('first', 1);
    store.put('second', 1);
    const seen = store.get(1);
    store.delete(1);
    store.put('third', 2);
    const all = store.getAll();
    await done;
    assert.equal(await seen, 'second');
    assert.deepEqual(await all, ['third']);
    records.close();
  });

  test('many read-modify-writes count up, and no step is lost', async () => {
    const name = uniqueName();
    const records = await open(name);
    await Promise.all(Array.from({ length: 40 }, () => records.update('a', 'n', (n) => Number(n ?? 0) + 1)));
    assert.equal(await records.get('a', 'n'), 40);
    records.close();
  });
});
