// What a row is bound to, and the four answers: absent, locked, evicted and undecryptable are told apart (threat model, item 13).
import { assert } from 'chai';
import { deleteDB, openDB } from 'idb';
import { describe, test } from 'vitest';
import { type Kms, openKms } from '../../src/index.ts';
import { deleteRecords, openRecords, type Records } from '../../src/records/index.ts';
import { failure } from '../support/errors.ts';
import { day, newKey, newKms, newStore, TestClock, uniqueName } from '../support/kms.ts';

const stores = {
  a: { indexes: { tag: { keyPath: 'tag' } } },
  b: {},
} as const;

interface SetUp {
  name: string;
  kms: Kms;
  keyId: string;
  open(version?: number): Promise<Records>;
}

async function setUp(kms?: Kms): Promise<SetUp> {
  const name = uniqueName();
  const service = kms ?? (await newKms());
  const keyId = await newKey(service);
  const open = (version = 1) => openRecords(name, { kms: service, keyId, stores, version });
  return { name, kms: service, keyId, open };
}

const rawOf = (name: string) => openDB(`keyhaven-records:${name}`);
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'fulfilled',
    (error) => error.name,
  );

describe('a record', () => {
  test('does not open under another key, in another store, or with another index key', async () => {
    const { name, open } = await setUp();
    const records = await open();
    await records.put('a', { tag: 'x', n: 1 }, 1);
    await records.put('a', { tag: 'x', n: 2 }, 2);
    await records.put('b', { n: 3 }, 1);
    const raw = await rawOf(name);
    const [one, two, other] = [await raw.get('a', 1), await raw.get('a', 2), await raw.get('b', 1)];
    await raw.put('a', two, 1);
    assert.equal(await codeOf(records.get('a', 1)), 'InvalidCiphertextException', 'swapped');
    await raw.put('a', one, '1');
    assert.equal(await codeOf(records.get('a', '1')), 'InvalidCiphertextException', 'a key of another type');
    await raw.put('a', other, 1);
    assert.equal(await codeOf(records.get('a', 1)), 'InvalidCiphertextException', 'of another store');
    await raw.put('b', { sealed: one.sealed, version: 1 }, 1);
    assert.equal(await codeOf(records.get('b', 1)), 'InvalidCiphertextException', 'without its index keys');
    await raw.put('a', { ...one, keys: { ktag: 'y' } }, 1);
    assert.equal(await codeOf(records.getFromIndex('a', 'tag', 'y')), 'InvalidCiphertextException', 'in an index');
    await raw.put('a', one, 1);
    assert.deepEqual(await records.get('a', 1), { tag: 'x', n: 1 });
    assert.equal(await codeOf(records.getAll('a')), 'InvalidCiphertextException', 'all or none');
    raw.close();
    records.close();
  });

  test('does not open with any byte changed, cut off, or of another kind', async () => {
    const { name, open } = await setUp();
    const records = await open();
    await records.put('b', 'x', 1);
    const raw = await rawOf(name);
    const row = await raw.get('b', 1);
    for (let i = 0; i < row.sealed.length; i++) {
      const sealed = new Uint8Array(row.sealed);
      sealed[i] = (sealed[i] as number) ^ 1;
      await raw.put('b', { ...row, sealed }, 1);
      // Bytes 1 to 8 name the data key.
      const expected = i >= 1 && i <= 8 ? 'DataKeyMissing' : 'InvalidCiphertextException';
      assert.equal(await codeOf(records.get('b', 1)), expected, `byte ${i}`);
    }
    for (const bad of [null, 'x', {}, { sealed: 'x', version: 1 }, { ...row, sealed: row.sealed.slice(0, 20) }]) {
      await raw.put('b', bad, 1);
      assert.equal(await codeOf(records.get('b', 1)), 'InvalidCiphertextException', JSON.stringify(bad));
    }
    raw.close();
    records.close();
  });

  test('does not open under another version of the schema, or in a database of another name', async () => {
    const { name, kms, keyId, open } = await setUp();
    const records = await open();
    await records.put('b', 'old', 1);
    const raw = await rawOf(name);
    const old = await raw.get('b', 1);
    raw.close();
    records.close();
    const next = await open(2);
    assert.equal(await next.get('b', 1), 'old');
    const changed = await rawOf(name);
    await changed.put('b', old, 1);
    assert.equal(await codeOf(next.get('b', 1)), 'RecordOutdated');
    await changed.put('b', { ...old, version: 2 }, 1);
    assert.equal(await codeOf(next.get('b', 1)), 'InvalidCiphertextException');
    const elsewhere = await openRecords(uniqueName(), { kms, keyId, stores, version: 2 });
    const there = await rawOf(elsewhere.name);
    await there.put('b', { ...old, version: 2 }, 1);
    assert.equal(await codeOf(elsewhere.get('b', 1)), 'DataKeyMissing');
    for (const each of [changed, there, next, elsewhere]) each.close();
  });
});

describe('an index', () => {
  test('that was made to read another member is found when the database opens', async () => {
    const { name, open } = await setUp();
    const records = await open();
    await records.put('a', { tag: 'x' }, 1);
    records.close();
    const raw = await rawOf(name);
    const [row, schema] = [await raw.get('a', 1), await raw.get('keyhaven:state', 'schema')];
    raw.close();
    await deleteDB(`keyhaven-records:${name}`);
    const made = await openDB(`keyhaven-records:${name}`, 1, {
      upgrade(database) {
        for (const store of ['keyhaven:state', 'b']) database.createObjectStore(store);
        database.createObjectStore('a').createIndex('tag', 'version');
      },
    });
    await made.put('keyhaven:state', schema, 'schema');
    await made.put('a', row, 1);
    made.close();
    assert.equal(await codeOf(open()), 'StoreCorrupt');
  });
});

describe('what cannot be read', () => {
  test('is told from what is not there: the data key is gone', async () => {
    const { name, open } = await setUp();
    const records = await open();
    await records.put('b', 'x', 1);
    records.close();
    await deleteDB(`keyhaven:records/${name}`);
    const again = await open();
    assert.isUndefined(await again.get('b', 2));
    assert.equal(await codeOf(again.get('b', 1)), 'DataKeyMissing');
    again.close();
  });

  test('is told from what is not there: the secret of the blind keys is gone', async () => {
    const kms = await newKms();
    const name = uniqueName();
    const options = { kms, keyId: await newKey(kms), stores: { a: { blind: true } } };
    const records = await openRecords(name, options);
    await records.put('a', 'x', 1);
    records.close();
    await deleteDB(`keyhaven:records/${name}`);
    assert.equal(await codeOf(openRecords(name, options)), 'StoreEvicted');
    assert.equal(await codeOf(openRecords(name, { ...options, version: 2 })), 'StoreEvicted', 'in an upgrade');
    const empty = await openRecords(name, { ...options, onEvicted: 'continue' });
    await empty.put('a', 'y', 1);
    assert.equal(await empty.get('a', 1), 'y');
    empty.close();
  });

  test('is told from what is not there: the key is disabled, and enabled again', async () => {
    const { kms, keyId, open } = await setUp();
    const records = await open();
    await records.put('b', 'x', 1);
    records.wipe();
    await kms.disableKey({ KeyId: keyId });
    assert.equal(await codeOf(records.get('b', 1)), 'DisabledException');
    assert.isUndefined(await records.get('b', 2));
    await kms.enableKey({ KeyId: keyId });
    assert.equal(await records.get('b', 1), 'x');
    records.close();
  });

  test('is told from what is not there: the keyring is locked', async () => {
    const store = newStore();
    const root = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
    const { name, keyId, open } = await setUp(await openKms({ store, root }));
    const records = await open();
    await records.put('b', 'x', 1);
    records.close();
    const locked = await failure(openKms({ store }).then((kms) => kms.decrypt({ CiphertextBlob: new Uint8Array(1) })));
    assert.equal((locked as Error).name, 'KeyLocked');
    // A service whose keys are locked answers so to every call; the records pass that on.
    const refuse = () => Promise.reject(locked);
    const again = await openRecords(name, { kms: { generateDataKey: refuse, decrypt: refuse }, keyId, stores });
    assert.equal(await codeOf(again.get('b', 1)), 'KeyLocked');
    assert.isUndefined(await again.get('b', 2));
    assert.equal(await codeOf(again.put('b', 'y', 2)), 'KeyLocked');
    assert.equal(await again.count('b'), 1, 'nothing was written because sealing failed');
    again.close();
  });

  test('is told from what is not there: the database was cleared', async () => {
    const { name, kms, keyId, open } = await setUp();
    const records = await open();
    await records.put('b', 'x', 1);
    records.close();
    await deleteDB(`keyhaven-records:${name}`);
    assert.equal(await codeOf(open()), 'StoreEvicted');
    assert.equal(await codeOf(open()), 'StoreEvicted', 'and asking again does not make a new one');
    const empty = await openRecords(name, { kms, keyId, stores, onEvicted: 'continue' });
    assert.equal(await empty.count('b'), 0);
    empty.close();
    await deleteRecords(name);
    const fresh = await open();
    assert.equal(await fresh.count('b'), 0);
    fresh.close();
    await deleteRecords(name);
  });

  test('does not keep a walk from the other records', async () => {
    const { name, open } = await setUp();
    const records = await open();
    await records.putMany('b', ['x', 'y', 'z'], [1, 2, 3]);
    const raw = await rawOf(name);
    await raw.put('b', await raw.get('b', 1), 2);
    const seen: unknown[] = [];
    for await (const cursor of records.transaction('b').store) {
      try {
        seen.push(cursor.value);
      } catch (error) {
        seen.push((error as Error).name);
      }
    }
    assert.deepEqual(seen, ['x', 'InvalidCiphertextException', 'z']);
    raw.close();
    records.close();
  });
});

describe('a key that is deleted', () => {
  test('takes exactly its records with it', async () => {
    const clock = new TestClock();
    const kms = await newKms({ clock: clock.read });
    const [ada, bob] = [await newKey(kms), await newKey(kms)];
    const name = uniqueName();
    const options = { kms, keyId: ada, stores, clock: clock.read };
    const records = await openRecords(name, options);
    await records.putMany('b', ['a1', 'a2'], ['a1', 'a2']);
    await records.under(bob).putMany('b', ['b1', 'b2'], ['b1', 'b2']);
    assert.deepEqual(await records.getAll('b'), ['a1', 'a2', 'b1', 'b2']);
    await kms.scheduleKeyDeletion({ KeyId: bob, PendingWindowInDays: 7 });
    clock.pass(8 * day);
    records.close();
    const after = await openRecords(name, options);
    assert.deepEqual(await after.getMany('b', ['a1', 'a2']), ['a1', 'a2']);
    for (const key of ['b1', 'b2'])
      assert.include(
        ['NotFoundException', 'KMSInvalidStateException', 'AccessDeniedException'],
        await codeOf(after.get('b', key)),
      );
    assert.equal(await after.count('b'), 4);
    after.close();
  });
});
