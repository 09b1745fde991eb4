// Calls on an encrypted Dexie table that are not awaited, held against the same calls on one in clear.
import { assert } from 'chai';
import Dexie, { type Table } from 'dexie';
import { describe, test } from 'vitest';
import { encryptDexie } from '../../src/records/dexie.ts';
import { newKey, newKms, uniqueName } from '../support/kms.ts';

type Shop = Dexie & { friends: Table; named: Table; numbered: Table };

const friend = (age: number) => ({ name: age % 2 ? 'ada' : 'bob', age, tags: ['all', `t${age}`], secret: `s${age}` });
const nameOf = (error: { name: string; failures?: object }): string =>
  `${error.name} of ${Object.keys(error.failures ?? {}).join()}`;

/** What the same work gives with the middleware and without. */
async function checkLikeDexie(work: (database: Shop) => PromiseLike<unknown>): Promise<void> {
  const kms = await newKms();
  const keyId = await newKey(kms);
  const answers: unknown[] = [];
  for (const isEncrypted of [false, true]) {
    const database = new Dexie(uniqueName()) as Shop;
    database.version(1).stores({ friends: '++id,name,&age,*tags', named: 'id,name', numbered: '++' });
    if (isEncrypted) await encryptDexie(database, { kms, keyId });
    await database.open();
    answers.push(await work(database));
    database.close();
  }
  assert.deepEqual(answers[1], answers[0]);
}

describe('Dexie calls that are not awaited', () => {
  test('see the records before them whose keys the database makes', () =>
    checkLikeDexie((database) => {
      const { friends, numbered } = database;
      return database.transaction('rw', friends, numbered, () =>
        Promise.all([
          friends.add(friend(1)),
          friends.toArray(),
          friends.count(),
          friends.add(friend(2)),
          friends.where('name').equals('ada').toArray(),
          friends.update(1, { secret: 'new' }),
          friends.get(1),
          friends.bulkGet([1, 2]),
          friends.each(() => {}),
          numbered.add('x'),
          numbered.toArray(),
          friends.clear(),
          friends.toArray(),
        ]),
      );
    }));

  test('see the record before them that waits for the first data key', () =>
    checkLikeDexie((database) => {
      const { named } = database;
      return database.transaction('rw', named, () =>
        Promise.all([named.put({ id: 1, name: 'a' }), named.toArray(), named.delete(1), named.get(1), named.count()]),
      );
    }));

  test('write values as they were at the call', () =>
    checkLikeDexie((database) => {
      const { friends, named } = database;
      return database.transaction('rw', friends, named, async () => {
        const [one, two, three] = [friend(1), friend(2), { id: 1, name: 'a' }];
        const writing = [friends.add(one), friends.add(two), named.put(three), named.put({ ...three, id: 2 })];
        one.secret = two.secret = three.name = 'changed';
        await Promise.all(writing);
        return [await friends.toArray(), await named.toArray()];
      });
    }));
});

describe('Dexie records that are refused', () => {
  test('leave the others as they are without encryption', () =>
    checkLikeDexie(async ({ friends, named }) => {
      const results: unknown[] = [await friends.bulkAdd([friend(1), friend(2)])];
      results.push(await friends.bulkAdd([friend(3), friend(1), friend(4)]).catch(nameOf));
      results.push(await friends.bulkAdd([{ ...friend(5), id: 1 }, friend(6)], { allKeys: true }).catch(nameOf));
      results.push(await friends.bulkPut([{ ...friend(7), id: 20 }, friend(1)], { allKeys: true }).catch(nameOf));
      results.push(await named.bulkAdd([{ id: 1 }, { id: 1 }, { id: 2 }]).catch(nameOf));
      results.push(await friends.toArray(), await named.toArray());
      return results;
    }));

  test('leave nothing in the place that their key took', async () => {
    const kms = await newKms();
    const database = new Dexie(uniqueName()) as Shop;
    database.version(1).stores({ friends: '++id,name' });
    await encryptDexie(database, { kms, keyId: await newKey(kms) });
    // Structured clone takes it, and records do not.
    const refused = { ...friend(1), image: new ImageData(1, 1) };
    await database.transaction('rw', database.friends, async () => {
      await database.friends.add(friend(2));
      assert.equal((await database.friends.add(refused).catch((error) => error)).name, 'DataCloneError');
      assert.equal(await database.friends.count(), 1);
    });
    assert.deepEqual(
      (await database.friends.toArray()).map(({ age }) => age),
      [2],
    );
    database.close();
  });
});
