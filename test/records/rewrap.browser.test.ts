// Sealing all records anew: after a rotation, and to move them under another key.
import { assert } from 'chai';
import { openDB } from 'idb';
import { describe, test } from 'vitest';
import { openRecords, type Records, type RewrapProgress } from '../../src/records/index.ts';
import { toHex } from '../support/bytes.ts';
import { day, newKey, newKms, TestClock, uniqueName } from '../support/kms.ts';

const stores = { a: {}, b: { keyPath: 'id', indexes: { tag: { keyPath: 'tag', blind: true } } } } as const;

async function setUp() {
  const clock = new TestClock();
  const kms = await newKms({ clock: clock.read });
  const options = { kms, keyId: await newKey(kms), stores, clock: clock.read };
  const name = uniqueName();
  const records = await openRecords(name, options);
  await records.putMany(
    'a',
    Array.from({ length: 50 }, (_, i) => `a${i}`),
    Array.from({ length: 50 }, (_, i) => i),
  );
  await records.putMany(
    'b',
    Array.from({ length: 30 }, (_, id) => ({ id, tag: `t${id % 3}` })),
  );
  return { clock, kms, options, name, records };
}

/** Ids of the data keys that the records of both stores are under. */
async function dataKeysOf(name: string): Promise<Set<string>> {
  const raw = await openDB(`keyhaven-records:${name}`);
  const rows = [...(await raw.getAll('a')), ...(await raw.getAll('b'))];
  raw.close();
  return new Set(rows.map(({ sealed }) => toHex(sealed.subarray(1, 9))));
}

async function checkAll(records: Records): Promise<void> {
  assert.deepEqual(
    await records.getAll('a'),
    Array.from({ length: 50 }, (_, i) => `a${i}`),
  );
  assert.equal((await records.getAllFromIndex('b', 'tag', 't1')).length, 10);
}

describe('rewrap', () => {
  test('puts every record under a new data key, and tells how far it is', async () => {
    const { name, records } = await setUp();
    const before = await dataKeysOf(name);
    const progress: RewrapProgress[] = [];
    const result = await records.rewrap({ batch: 7, onProgress: (each) => progress.push(each) });
    assert.deepEqual(result, { resealed: 80, unreadable: 0, removedDataKeys: 0 });
    for (const id of await dataKeysOf(name)) assert.isFalse(before.has(id));
    await checkAll(records);
    assert.deepEqual(progress.at(-1), { done: 80, total: 80 });
    assert.isTrue(progress.every(({ done }, i) => done > (progress[i - 1]?.done ?? 0)));
    records.close();
  });

  test('removes data keys that nobody needs, once they are a day old', async () => {
    const { name, clock, options, records } = await setUp();
    await records.rewrap();
    clock.pass(2 * day);
    assert.equal((await records.rewrap()).removedDataKeys, 2);
    await checkAll(records);
    records.close();
    const again = await openRecords(name, options);
    await checkAll(again);
    again.close();
  });

  test('takes along what lies in stores that are no longer declared, and leaves its data keys', async () => {
    const { name, clock, options, records } = await setUp();
    records.close();
    const other = await newKey(options.kms);
    const some = { ...options, version: 2, stores: { a: {} } };
    const without = await openRecords(name, some);
    const { resealed } = await without.rewrap({ to: other });
    assert.equal(resealed, 80);
    for (let i = 0; i < 2; i++) {
      clock.pass(2 * day);
      await without.rewrap();
    }
    without.close();
    await options.kms.disableKey({ KeyId: options.keyId });
    const again = await openRecords(name, { ...options, keyId: other, version: 3 });
    await checkAll(again);
    again.close();
  });

  test('goes on where it was interrupted', async () => {
    const { name, options, records } = await setUp();
    const stop = new AbortController();
    const interrupted = records.rewrap({
      batch: 10,
      signal: stop.signal,
      onProgress: ({ done }) => done >= 30 && stop.abort(new Error('closed')),
    });
    assert.match(String(await interrupted.catch((error) => error)), /closed/);
    assert.equal((await dataKeysOf(name)).size, 2, 'some are new, some old');
    records.close();
    const again = await openRecords(name, options);
    await checkAll(again);
    const starts: number[] = [];
    const result = await again.rewrap({ batch: 10, onProgress: ({ done }) => starts.push(done) });
    assert.equal(starts[0], 40);
    assert.equal(result.resealed, 80);
    await checkAll(again);
    again.close();
  });

  test('does not believe a row that somebody else wrote about how far it is', async () => {
    const { name, clock, options, records } = await setUp();
    const raw = await openDB(`keyhaven-records:${name}`);
    const walk = {
      from: undefined,
      to: undefined,
      outdated: false,
      stale: [],
      total: 80,
      store: 'z',
      after: undefined,
    };
    for (const planted of [
      { ...walk, startedAt: clock.now, done: 80, resealed: 80, unreadable: 0 },
      { from: undefined, to: undefined, outdated: false },
      { sealed: (await raw.get('a', 1)).sealed },
      { sealed: new Uint8Array(40) },
      { sealed: 1 },
      null,
    ]) {
      await raw.put('keyhaven:state', planted, 'rewrap');
      const before = await dataKeysOf(name);
      assert.deepInclude(await records.rewrap(), { resealed: 80, unreadable: 0 });
      for (const id of await dataKeysOf(name)) assert.isFalse(before.has(id));
    }
    const stop = new AbortController();
    const stopping = { batch: 50, signal: stop.signal, onProgress: () => stop.abort(new Error('closed')) };
    await records.rewrap(stopping).catch(() => {});
    const row = await raw.get('keyhaven:state', 'rewrap');
    assert.deepEqual(Object.keys(row), ['sealed']);
    assert.deepInclude(await records.rewrap(), { resealed: 80 });
    clock.pass(2 * day);
    await raw.put('keyhaven:state', row, 'rewrap');
    raw.close();
    const before = await dataKeysOf(name);
    assert.deepInclude(await records.rewrap(), { resealed: 80 });
    for (const id of await dataKeysOf(name)) assert.isFalse(before.has(id), 'out of a backup');
    records.close();
    const again = await openRecords(name, options);
    await checkAll(again);
    again.close();
  });

  test('leaves nothing under the key that records leave, also of what was written meanwhile', async () => {
    const { kms, name, options, records } = await setUp();
    const to = await newKey(kms);
    const other = await openRecords(name, options);
    const stop = new AbortController();
    const stopping = { to, batch: 10, signal: stop.signal, onProgress: () => stop.abort(new Error('closed')) };
    await records.rewrap(stopping).catch(() => {});
    // The channel tells the other tab to renew its data key; it still is under the first KMS key.
    await new Promise((resolve) => setTimeout(resolve, 50));
    await other.put('a', 'a0', 0);
    await other.put('a', 'a3', 3);
    await records.put('a', 'a1', 1);
    for (const each of [records, other]) each.close();
    const again = await openRecords(name, options);
    await again.rewrap({ to });
    again.close();
    await kms.disableKey({ KeyId: options.keyId });
    const moved = await openRecords(name, { ...options, keyId: to });
    await checkAll(moved);
    moved.close();
  });

  test('moves records from one KMS key to another, so that the first can go', async () => {
    const { kms, name, options, records } = await setUp();
    const [ada, other] = [await newKey(kms), await newKey(kms)];
    await records.under(ada).putMany('a', ['x', 'y'], [100, 101]);
    await records.rewrap({ from: options.keyId, to: other });
    await kms.disableKey({ KeyId: ada });
    records.wipe();
    assert.equal(await records.get('a', 7), 'a7', 'the others are not under it');
    assert.equal((await records.get('a', 100).catch((error) => error)).name, 'DisabledException');
    records.close();
    await kms.disableKey({ KeyId: options.keyId });
    const moved = await openRecords(name, { ...options, keyId: other });
    assert.equal(await moved.get('a', 7), 'a7');
    assert.equal((await moved.getAllFromIndex('b', 'tag', 't1')).length, 10, 'the secret of blind keys went along');
    moved.close();
  });

  test('hides the lengths of records of before, where the schema has a padding by now', async () => {
    const { name, options, records } = await setUp();
    await records.put('a', { text: 'longer', map: new Map([[1, 'x']]) }, 100);
    records.close();
    const lengthsOf = async (): Promise<number[]> => {
      const raw = await openDB(`keyhaven-records:${name}`);
      const rows = await raw.getAll('a');
      raw.close();
      return [...new Set<number>(rows.map(({ sealed }) => sealed.length))];
    };
    assert.isAbove((await lengthsOf()).length, 1);
    for (const [version, padding, length] of [
      [1, 128, 157],
      [1, 64, 93],
      [2, 256, 285],
    ] as const) {
      const again = await openRecords(name, { ...options, version, stores: { ...stores, a: { padding } } });
      if (version === 1) await again.rewrap();
      assert.deepEqual(await lengthsOf(), [length]);
      assert.deepEqual(await again.get('a', 100), { text: 'longer', map: new Map([[1, 'x']]) });
      assert.equal(await again.get('a', 7), 'a7');
      again.close();
    }
  });

  test('leaves what does not open as it is, and counts it', async () => {
    const { kms, records } = await setUp();
    const ada = await newKey(kms);
    await records.under(ada).putMany('a', ['x', 'y'], [100, 101]);
    records.wipe();
    await kms.disableKey({ KeyId: ada });
    assert.deepInclude(await records.rewrap(), { resealed: 80, unreadable: 2 });
    await kms.enableKey({ KeyId: ada });
    assert.deepEqual(await records.getMany('a', [100, 101]), ['x', 'y']);
    records.close();
  });

  test('goes on behind rows that are not its own, and counts them', async () => {
    const { name, records } = await setUp();
    const raw = await openDB(`keyhaven-records:${name}`);
    await raw.put('a', null, 100);
    await raw.put('a', { in: 'clear' }, 101);
    raw.close();
    assert.deepInclude(await records.rewrap(), { resealed: 80, unreadable: 2 });
    records.close();
  });

  test('goes on beside writers, and loses nothing of theirs', async () => {
    const { name, options, records } = await setUp();
    const other = await openRecords(name, options);
    await other.put('a', 0, 1000);
    let isDone = false;
    let writes = 0;
    const writing = (async () => {
      while (!isDone) {
        await other.update('a', 1000, (count) => Number(count) + 1);
        await other.put('a', `new ${writes}`, 2000 + writes++);
      }
    })();
    await records.rewrap({ batch: 5 });
    isDone = true;
    await writing;
    assert.equal(await records.get('a', 1000), writes);
    assert.equal(await records.count('a'), 51 + writes);
    assert.isAbove(writes, 0);
    for (const each of [records, other]) each.close();
  });
});
