// The store in a Durable Object's SQLite against the suite for every store, in real workerd.

import { runInDurableObject as inObject } from 'cloudflare:test';
import { env, type Stub } from 'cloudflare:workers';
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { openKms } from '../../src/index.ts';
import { type DurableObjectSql, durableObjectStore } from '../../src/store/durable-object.ts';
import type { Store } from '../../src/store/index.ts';
import { utf8 } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';
import { describeStore } from './conformance.ts';
import { describeFaults, type FaultNow } from './faulty.ts';

const newPlace = (): Stub => env.PLACES.get(env.PLACES.newUniqueId());

/**
 * The store of a place, each call of which is made inside of the Durable Object, where alone its storage can be used.
 * @param fault what its statements and transactions go through
 */
function remoteStore(place: Stub, fault: FaultNow = (work) => work()): Store {
  const faulty = (storage: DurableObjectSql): DurableObjectSql => ({
    sql: { exec: (statement, ...bindings) => fault(() => storage.sql.exec(statement, ...bindings)) },
    transactionSync: (body) => fault(() => storage.transactionSync(body)),
  });
  const within = <T>(body: (store: Store) => Promise<T>): Promise<T> =>
    inObject(place, (_, { storage }) => body(durableObjectStore(faulty(storage))));
  return {
    holdsCryptoKeys: false,
    read: (refs) => within((store) => store.read(refs)),
    list: (table, options) => within((store) => store.list(table, options)),
    count: (table) => within((store) => store.count(table)),
    commit: (checks, writes, durability) => {
      const ready = writes.map((write) => (write.value ? { ...write, value: new Uint8Array(write.value) } : write));
      return within((store) => store.commit(checks, ready, durability));
    },
    disconnect: () => within((store) => store.disconnect()),
  };
}

describeStore('Durable Object', {
  create() {
    const place = newPlace();
    return { store: remoteStore(place), reopen: () => remoteStore(place) };
  },
});

describeFaults(
  'Durable Object',
  async () => {
    const place = newPlace();
    const root = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
    return {
      create: ({ faultNow }) => remoteStore(place, faultNow),
      healthy: () => remoteStore(place),
      root: root as CryptoKey,
    };
  },
  { every: 31, fail: () => new Error('database or disk is full') },
);

describe('the store in a Durable Object', () => {
  test('copies values before it returns', async () => {
    await inObject(newPlace(), async (_, { storage }) => {
      const store = durableObjectStore(storage);
      const value = utf8('one');
      const committing = store.commit([], [{ table: 'a', id: '1', value }], 'strict');
      value.fill(0);
      await committing;
      assert.deepEqual((await store.read([{ table: 'a', id: '1' }]))[0]?.value, utf8('one'));
    });
  });

  test('counts without reading rows, over deletes and rewrites', async () => {
    await inObject(newPlace(), async (_, { storage }) => {
      const store = durableObjectStore(storage);
      const put = (id: string) => ({ table: 'a', id, value: utf8('x') });
      await store.commit([], [put('1'), put('2'), put('1')], 'strict');
      await store.commit([], [put('2'), { table: 'a', id: '1' }, { table: 'a', id: '9' }], 'strict');
      assert.equal(await store.count('a'), 1);
      assert.equal((await store.list('a', { limit: 10 })).length, 1);
    });
  });

  test('holds a keyring whose material is wrapped, over a new opening', async () => {
    const place = newPlace();
    const root = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
    const blob = await inObject(place, async (_, { storage }) => {
      await assertFails(openKms({ store: durableObjectStore(storage) }), 'KeysNotKept');
      const kms = await openKms({ store: durableObjectStore(storage), root: root as CryptoKey });
      const { KeyMetadata } = await kms.createKey();
      return (await kms.encrypt({ KeyId: KeyMetadata.KeyId, Plaintext: utf8('edge') })).CiphertextBlob;
    });
    await inObject(place, async (_, { storage }) => {
      const kms = await openKms({ store: durableObjectStore(storage), root: root as CryptoKey });
      assert.deepEqual((await kms.decrypt({ CiphertextBlob: blob })).Plaintext, utf8('edge'));
    });
  });
});
