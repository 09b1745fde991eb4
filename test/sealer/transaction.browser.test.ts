// What the synchronous core is for: read, open, change, seal and write in one IndexedDB transaction. In Firefox and WebKit a
// transaction ends while WebCrypto is awaited in it.
import { assert } from 'chai';
import { openDB } from 'idb';
import { describe, test } from 'vitest';
import { memoryStore } from '../../src/index.ts';
import { openSealer } from '../../src/sealer/index.ts';
import { newKey, newKms, uniqueName } from '../support/kms.ts';

describe('inside an IndexedDB transaction', () => {
  test('many writers count one sealed record up, and no step is lost', async () => {
    const kms = await newKms();
    const sealer = await openSealer(kms, { KeyId: await newKey(kms), store: memoryStore() });
    const database = await openDB(uniqueName(), 1, { upgrade: (db) => void db.createObjectStore('counters') });
    const increment = async () => {
      const transaction = database.transaction('counters', 'readwrite');
      const counters = transaction.objectStore('counters');
      const record: Uint8Array | undefined = await counters.get('n');
      const count = record ? new DataView(sealer.open(record).buffer).getUint32(0) : 0;
      const next = new Uint8Array(4);
      new DataView(next.buffer).setUint32(0, count + 1);
      await counters.put(sealer.seal(next), 'n');
      await transaction.done;
    };
    await Promise.all(Array.from({ length: 100 }, increment));
    const record: Uint8Array = await database.get('counters', 'n');
    assert.equal(new DataView(sealer.open(record).buffer).getUint32(0), 100);
    database.close();
    sealer.close();
  });

  test('pagehide wipes the data keys where that is asked for', async () => {
    const kms = await newKms();
    const sealer = await openSealer(kms, { KeyId: await newKey(kms), store: memoryStore(), wipeOnPageHide: true });
    sealer.seal(new Uint8Array(1));
    dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }));
    assert.throws(() => sealer.seal(new Uint8Array(1)), /ready/);
    await sealer.ready();
    sealer.seal(new Uint8Array(1));
    sealer.close();
  });
});
