// Data keys add up, one for each visit that writes, and few of them fit in memory.
import { assert } from 'chai';
import Dexie from 'dexie';
import { describe, test } from 'vitest';
import type { Kms } from '../../src/index.ts';
import { encryptDexie } from '../../src/records/dexie.ts';
import { openRecords } from '../../src/records/index.ts';
import { newKey, newKms, uniqueName } from '../support/kms.ts';

const friend = (age: number) => ({ name: age % 2 ? 'ada' : 'bob', age, secret: `secret ${age}` });

async function newDexie(name: string, kms: Kms, keyId: string): Promise<Dexie> {
  const database = new Dexie(name);
  database.version(1).stores({ friends: '++id,name' });
  await encryptDexie(database, { kms, keyId });
  return database.open();
}

describe('more data keys than there is room for', () => {
  test('are no hindrance to reads at the same time', { timeout: 60_000 }, async () => {
    const [name, kms] = [uniqueName(), await newKms()];
    const keyId = await newKey(kms);
    const open = () => openRecords(name, { kms, keyId, stores: { a: {}, b: { blind: true } } });
    // Each visit makes one data key.
    for (let i = 0; i < 40; i++) {
      const visit = await open();
      await visit.put('a', i, i);
      await visit.put('b', i, i);
      visit.close();
    }
    const records = await open();
    const all = Array.from({ length: 40 }, (_, i) => i);
    const transaction = records.transaction(['a', 'b'], 'readwrite');
    const [a, b] = [transaction.objectStore('a'), transaction.objectStore('b')];
    const reads: Promise<unknown>[] = [
      Promise.all(all.map((i) => a.get(i))),
      a.getAll(),
      b.getMany(all),
      records.getAll('a'),
      records.getMany('b', all),
      records.getAllKeys('b').then((keys) => keys.sort((x, y) => Number(x) - Number(y))),
    ];
    for (const answer of reads) assert.deepEqual(await answer, all);
    await transaction.done;
    records.close();
  });
});

describe('a Dexie database', () => {
  test('that is closed holds no data keys, and opens anew', async () => {
    const kms = await newKms();
    const keyId = await newKey(kms);
    const all: Dexie[] = [];
    // Of all data keys in memory together there may be 64.
    for (let i = 0; i < 70; i++) {
      const database = await newDexie(uniqueName(), kms, keyId);
      await database.table('friends').add(friend(i));
      database.close();
      all.push(database);
    }
    const database = all[0] as Dexie;
    await database.open();
    assert.deepEqual(await database.table('friends').reverse().toArray(), [{ ...friend(0), id: 1 }]);
    await database.table('friends').add(friend(1));
    database.close();
  });

  test('is walked with cursors over more data keys than there is room for', { timeout: 60_000 }, async () => {
    const [name, kms] = [uniqueName(), await newKms()];
    const keyId = await newKey(kms);
    // Each visit makes one data key.
    for (let i = 1; i <= 20; i++) {
      const visit = await newDexie(name, kms, keyId);
      await visit.table('friends').add(friend(i));
      visit.close();
    }
    const friends = (await newDexie(name, kms, keyId)).table('friends');
    const ages = (some: { age: number }[]) => some.map(({ age }) => age);
    const all = Array.from({ length: 20 }, (_, i) => i + 1);
    assert.deepEqual(ages(await friends.filter(({ secret }) => secret !== '').toArray()), all);
    assert.deepEqual(ages(await friends.reverse().toArray()), all.toReversed());
    assert.equal(await friends.toCollection().modify({ secret: 'new' }), 20);
    const seen: string[] = [];
    await friends.reverse().each(({ age, secret }) => void seen.push(`${secret} ${age}`));
    assert.deepEqual(
      seen,
      all.toReversed().map((age) => `new ${age}`),
    );
  });
});
