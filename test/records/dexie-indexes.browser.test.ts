// Indexes of encrypted Dexie tables over the versions of a schema: what they read is in clear, all of it and nothing else.
import { assert } from 'chai';
import Dexie from 'dexie';
import { openDB } from 'idb';
import { describe, test } from 'vitest';
import { encryptDexie } from '../../src/records/dexie.ts';
import { assertFails } from '../support/errors.ts';
import { newKey, newKms, uniqueName } from '../support/kms.ts';

const friend = (age: number) => ({ name: `n${age}`, age, tags: ['all', `t${age}`], secret: `s${age}` });

async function setUp() {
  const [name, kms] = [uniqueName(), await newKms()];
  const options = { kms, keyId: await newKey(kms) };
  /** Opens with these versions of `friends`. */
  const open = async (...versions: string[]): Promise<Dexie> => {
    const database = new Dexie(name);
    for (const [i, friends] of versions.entries()) database.version(i + 1).stores({ friends });
    await encryptDexie(database, options);
    return database.open();
  };
  return { name, kms, keyId: options.keyId, open };
}

/** The members of every row, as they lie in the database. */
async function membersOf(name: string): Promise<string[][]> {
  const raw = await openDB(name);
  const rows = await raw.getAll('friends');
  raw.close();
  return rows.map((row) => Object.keys(row).sort());
}

describe('an encrypted Dexie table', () => {
  for (const primary of ['++id', '++', 'age']) {
    test(`finds the records of before by a new index (${primary})`, async () => {
      const { open } = await setUp();
      const first = await open(`${primary},name`);
      await first.table('friends').bulkAdd(Array.from({ length: 450 }, (_, age) => friend(age)));
      first.close();
      const second = await open(`${primary},name`, `${primary},name,*tags`);
      assert.equal(await second.table('friends').where('tags').equals('all').count(), 450);
      assert.equal((await second.table('friends').where('tags').equals('t7').first()).secret, 's7');
      assert.equal((await second.table('friends').where('name').equals('n8').first()).secret, 's8');
      second.close();
    });
  }

  test('leaves nothing in clear that only a removed index has read', async () => {
    const { name, open } = await setUp();
    const first = await open('++id,name,age');
    await first.table('friends').add(friend(1));
    first.close();
    assert.deepEqual(await membersOf(name), [['$clear', '$sealed', 'age', 'id', 'name']]);
    const second = await open('++id,name,age', '++id,name');
    assert.equal((await second.table('friends').get(1)).age, 1);
    second.close();
    assert.deepEqual(await membersOf(name), [['$clear', '$sealed', 'id', 'name']]);
  });

  test('opens where a record does not, and finds it by the new index once it does', async () => {
    const { kms, keyId, open } = await setUp();
    const first = await open('++id,name');
    await first.table('friends').add(friend(1));
    first.close();
    await kms.disableKey({ KeyId: keyId });
    const locked = await open('++id,name', '++id,name,age');
    assert.equal(await locked.table('friends').count(), 1);
    await assertFails(locked.table('friends').get(1), 'DisabledException');
    locked.close();
    await kms.enableKey({ KeyId: keyId });
    const again = await open('++id,name', '++id,name,age');
    assert.equal((await again.table('friends').where('age').equals(1).first()).secret, 's1');
    again.close();
  });

  test('refuses an index, and a primary key, that somebody else put there', async () => {
    for (const [keyPath, index] of [
      ['id', 'secret'],
      ['secret', 'name'],
    ] as const) {
      const { name, open } = await setUp();
      const planted = await openDB(name, 10, {
        upgrade(database) {
          const store = database.createObjectStore('friends', { keyPath, autoIncrement: keyPath === 'id' });
          for (const each of new Set(['name', index])) store.createIndex(each, each);
        },
      });
      planted.close();
      await assertFails(open('++id,name'), 'StoreCorrupt', /friends/);
      assert.deepEqual(await membersOf(name), []);
    }
  });

  test('refuses an index that was taken out while its version was not raised', async () => {
    const { open } = await setUp();
    (await open('++id,name,age')).close();
    await assertFails(open('++id,name'), 'StoreCorrupt', /index age .*raise the version/);
  });

  test('opens over the table in which Dexie keeps the number of a version', async () => {
    const { open } = await setUp();
    // Dexie adds an index, counts its own version up, and remembers the app's at the tenth.
    for (let i = 0; i <= 10; i++) {
      const patched = await open(['++id', ...Array.from({ length: i }, (_, n) => `x${n}`)].join());
      await patched.table('friends').add({ ...friend(i), [`x${i - 1}`]: i });
      patched.close();
    }
    const all = ['++id', ...Array.from({ length: 10 }, (_, n) => `x${n}`)].join();
    const next = await open(all, `${all},*tags`);
    assert.equal(await next.table('friends').where('x3').equals(4).count(), 1);
    assert.equal(await next.table('friends').where('tags').equals('all').count(), 11);
    next.close();
  });
});
