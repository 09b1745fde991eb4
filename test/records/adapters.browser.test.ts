// The thin adapters, each with the library that it is for.
import { assert } from 'chai';
import Dexie, { type Table } from 'dexie';
import { createStorage } from 'unstorage';
import { describe, test } from 'vitest';
import { encryptDexie } from '../../src/records/dexie.ts';
import { deleteRecords } from '../../src/records/index.ts';
import { recordsDriver } from '../../src/records/unstorage.ts';
import { assertFails } from '../support/errors.ts';
import { newKey, newKms, uniqueName } from '../support/kms.ts';

interface Friend {
  id?: number;
  name: string;
  age: number;
  tags?: string[];
  secret: string;
}
type Friends = Dexie & {
  friends: Table<Friend, number>;
  plain: Table<{ id: number; text: string }, number>;
  loose: Table<unknown, string>;
};

async function newDexie(name = uniqueName(), kms?: Awaited<ReturnType<typeof newKms>>, keyId?: string) {
  const service = kms ?? (await newKms());
  const key = keyId ?? (await newKey(service));
  const database = new Dexie(name) as Friends;
  database.version(1).stores({ friends: '++id,name,[name+age],*tags', plain: 'id', loose: '' });
  await encryptDexie(database, { kms: service, keyId: key, tables: ['friends', 'loose'] });
  await database.open();
  return { database, name, kms: service, keyId: key };
}

const friend = (i: number): Friend => ({
  name: i % 2 ? 'ada' : 'bob',
  age: i,
  tags: ['all', `t${i}`],
  secret: `secret ${i}`,
});

describe('a Dexie database', () => {
  test('gives back what was put, by every index', async () => {
    const { database } = await newDexie();
    const ids = await database.friends.bulkAdd([1, 2, 3].map(friend), { allKeys: true });
    assert.deepEqual(ids, [1, 2, 3]);
    assert.deepEqual(await database.friends.get(2), { ...friend(2), id: 2 });
    assert.deepEqual(
      await database.friends.toArray(),
      [1, 2, 3].map((i) => ({ ...friend(i), id: i })),
    );
    assert.deepEqual(
      (await database.friends.where('name').equals('ada').toArray()).map(({ id }) => id),
      [1, 3],
    );
    assert.equal((await database.friends.where({ name: 'bob', age: 2 }).first())?.secret, 'secret 2');
    assert.deepEqual(await database.friends.where('tags').equals('t3').primaryKeys(), [3]);
    assert.deepEqual(
      (await database.friends.bulkGet([3, 9])).map((each) => each?.secret),
      ['secret 3', undefined],
    );
    database.close();
  });

  test('leaves no table in clear because its name is misspelt', async () => {
    const kms = await newKms();
    const keyId = await newKey(kms);
    const database = new Dexie(uniqueName());
    database.version(1).stores({ friends: '++id', plain: 'id' });
    for (const tables of [['freinds'], ['friends', 'x'], 'friends' as never])
      await assertFails(encryptDexie(database, { kms, keyId, tables }), 'ValidationException', /^tables/);
    const misspelt = { kms, keyId, table: ['friends'] };
    await assertFails(encryptDexie(database, misspelt), 'ValidationException', /^options\.table is not known/);
  });

  test('changes, walks and deletes, in transactions', async () => {
    const { database } = await newDexie();
    await database.friends.bulkAdd([1, 2, 3].map(friend));
    await database.friends.update(1, { secret: 'new' });
    assert.equal((await database.friends.get(1))?.secret, 'new');
    await database.friends
      .where('name')
      .equals('ada')
      .modify((each) => {
        each.secret += '!';
      });
    const seen: string[] = [];
    await database.friends.reverse().each((each) => void seen.push(each.secret));
    assert.deepEqual(seen, ['secret 3!', 'secret 2', 'new!']);
    const failed = await database
      .transaction('rw', database.friends, async () => {
        await database.friends.put({ ...friend(9), id: 9 });
        const found = await database.friends.get(9);
        throw new RangeError(found?.secret);
      })
      .catch((error) => error);
    assert.equal(failed.message, 'secret 9');
    assert.isUndefined(await database.friends.get(9));
    await database.friends.delete(2);
    assert.equal(await database.friends.count(), 2);
    database.close();
  });

  test('holds nothing in clear but keys and indexed members, and what is not to be encrypted', async () => {
    const { database, name } = await newDexie();
    await database.friends.add(friend(1));
    await database.plain.put({ id: 1, text: 'open' });
    await database.loose.put({ text: 'hidden' }, 'key');
    assert.deepEqual(await database.loose.toArray(), [{ text: 'hidden' }]);
    database.close();
    const raw = await new Dexie(name).open();
    const row = await raw.table('friends').get(1);
    assert.deepEqual(Object.keys(row).sort(), ['$clear', '$sealed', 'age', 'id', 'name', 'tags']);
    assert.deepEqual(Object.keys(await raw.table('loose').get('key')).sort(), ['$clear', '$sealed']);
    assert.deepEqual(await raw.table('plain').get(1), { id: 1, text: 'open' });
    await raw.table('friends').update(1, { name: 'eve' });
    raw.close();
    const again = await newDexie(name);
    assert.match(
      String(await again.database.friends.get(1).catch((error) => error)),
      /AccessDenied|NotFound|InvalidCiphertext|KMS/,
    );
    again.database.close();
  });

  test('opens again in another tab, and a changed member in clear is found', async () => {
    const first = await newDexie();
    await first.database.friends.bulkAdd([1, 2].map(friend));
    first.database.close();
    const raw = await new Dexie(first.name).open();
    await raw.table('friends').update(1, { name: 'eve' });
    raw.close();
    const { database } = await newDexie(first.name, first.kms, first.keyId);
    assert.equal((await database.friends.get(2))?.secret, 'secret 2');
    assert.equal((await database.friends.get(1).catch((error) => error)).name, 'InvalidCiphertextException');
    database.close();
  });

  test('keeps the order of calls that are not awaited', async () => {
    const { database } = await newDexie();
    const { friends, loose } = database;
    await friends.put({ ...friend(1), id: 1 });
    await database.transaction('rw', friends, loose, async () => {
      const calls = [
        loose.put('x', 'a'),
        loose.toArray(),
        loose.put('y', 'a'),
        loose.get('a'),
        friends.put({ ...friend(2), id: 2 }),
        friends.count(),
        friends.clear(),
        friends.toArray(),
      ];
      const [, x, , y, , count, , none] = await Promise.all(calls as Promise<unknown>[]);
      assert.deepEqual([x, y, count, none], [['x'], 'y', 2, []]);
    });
    assert.equal((await loose.put(() => {}, 'b').catch((error) => error)).name, 'DataCloneError');
    database.close();
  });

  test('walks with cursors that are asked for their keys', async () => {
    const { database } = await newDexie();
    await database.friends.bulkAdd([1, 2, 3, 4].map(friend));
    const { friends } = database;
    assert.deepEqual(
      (await friends.where('tags').anyOf('t2', 't3').distinct().toArray()).map(({ age }) => age),
      [2, 3],
    );
    assert.deepEqual(
      (await friends.where('name').startsWithIgnoreCase('A').toArray()).map(({ age }) => age),
      [1, 3],
    );
    assert.deepEqual(
      (await friends.where('name').anyOf('ada', 'bob').reverse().offset(1).limit(2).toArray()).map(({ age }) => age),
      [2, 3],
    );
    database.close();
  });

  test('finds a record by the tags that are keys, as Dexie does', async () => {
    const { database } = await newDexie();
    const tags = ['a', null, 'b', { no: 'key' }] as unknown as string[];
    await database.friends.add({ ...friend(1), tags });
    const [found] = await database.friends.where('tags').equals('b').toArray();
    assert.deepEqual(found?.tags, tags);
    database.close();
  });

  test('does not find a record by a member that was put beside it', async () => {
    const first = await newDexie();
    const { tags: _, ...bare } = friend(1);
    await first.database.friends.add(bare);
    assert.deepEqual(await first.database.friends.where('tags').equals('x').toArray(), []);
    first.database.close();
    const raw = await new Dexie(first.name).open();
    await raw.table('friends').update(1, { tags: ['x'] });
    raw.close();
    const { database } = await newDexie(first.name, first.kms, first.keyId);
    await assertFails(database.friends.where('tags').equals('x').toArray(), 'InvalidCiphertextException');
    database.close();
  });
});

describe('an unstorage driver', () => {
  for (const blind of [false, true]) {
    test(`keeps items, with names ${blind ? 'as HMACs' : 'in clear'}`, async () => {
      const kms = await newKms();
      const options = { name: uniqueName(), kms, keyId: await newKey(kms), blind };
      const storage = createStorage({ driver: recordsDriver(options) });
      await storage.setItem('a:1', { n: 1 });
      await storage.setItemRaw('a:2', new Uint8Array([1, 2]));
      await storage.setItems([{ key: 'b:1', value: 'x' }]);
      assert.deepEqual(await storage.getItem('a:1'), { n: 1 });
      assert.deepEqual(await storage.getItemRaw('a:2'), new Uint8Array([1, 2]));
      assert.isNull(await storage.getItem('c'));
      assert.isTrue(await storage.hasItem('b:1'));
      assert.deepEqual((await storage.getKeys('a')).sort(), ['a:1', 'a:2']);
      assert.deepEqual(await storage.getItems(['a:1', 'c']), [
        { key: 'a:1', value: { n: 1 } },
        { key: 'c', value: null },
      ]);
      await storage.removeItem('a:1');
      await storage.clear('b');
      assert.deepEqual((await storage.getKeys()).sort(), ['a:2', 'b:1'], 'unstorage clears whole mounts only');
      await storage.dispose();
      const again = createStorage({ driver: recordsDriver(options) });
      assert.equal(await again.getItem('b:1'), 'x');
      await again.clear();
      assert.deepEqual(await again.getKeys(), []);
      await again.dispose();
    });
  }

  test('gives way to a tab that deletes the database, and opens it anew', async () => {
    const kms = await newKms();
    const name = uniqueName();
    const storage = createStorage({ driver: recordsDriver({ name, kms, keyId: await newKey(kms) }) });
    await storage.setItem('a', 1);
    await deleteRecords(name);
    assert.isNull(await storage.getItem('a'));
    await storage.setItem('a', 2);
    assert.equal(await storage.getItem('a'), 2);
    await storage.dispose();
  });
});
