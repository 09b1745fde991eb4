// Trouble that real browsers make: databases that hang, newer versions, connections closed under us. Nothing is mocked.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { indexedDbStore, openKms, type StoreUnavailable } from '../../src/index.ts';
import { assertFails, failure } from '../support/errors.ts';
import { newKey, uniqueName } from '../support/kms.ts';

const asPromise = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

describe('IndexedDB in trouble', () => {
  test('a database that does not answer is StoreUnavailable within the deadline', async () => {
    const name = uniqueName();
    // A connection that ignores versionchange holds up the deletion, and the deletion holds up every later opening.
    const stubborn = await asPromise(indexedDB.open(`keyhaven:${name}`));
    const deletion = asPromise(indexedDB.deleteDatabase(`keyhaven:${name}`));
    const started = performance.now();
    await assertFails(
      openKms({ store: indexedDbStore(name, { deadline: 300 }) }),
      'StoreUnavailable',
      /did not answer within 300 ms/,
    );
    assert.isBelow(performance.now() - started, 3000);
    stubborn.close();
    await deletion;
    const kms = await openKms({ store: indexedDbStore(name) });
    await newKey(kms);
    kms.destroy();
  });

  test('a database of a newer version is StoreUnavailable, and the text says to reload', async () => {
    const name = uniqueName();
    (await asPromise(indexedDB.open(`keyhaven:${name}`, 99))).close();
    const error = (await failure(openKms({ name }))) as StoreUnavailable;
    assert.equal(error.code, 'StoreUnavailable');
    assert.match(error.message, /newer version.*Reload/);
    assert.equal((error.cause as DOMException).name, 'VersionError');
  });

  test('a newer version of the page may upgrade or delete the database while ours is open', async () => {
    const name = uniqueName();
    const kms = await openKms({ name });
    await newKey(kms);
    // Would hang if our connection did not close itself on versionchange.
    await asPromise(indexedDB.deleteDatabase(`keyhaven:${name}`));
    kms.destroy();
  });

  test('a connection that was closed is made again, and the call goes on', async () => {
    const name = uniqueName();
    const kms = await openKms({ name });
    const keyId = await newKey(kms);
    // The upgrade to version 1 does nothing, but asks every open connection to close.
    const blocked = indexedDB.open(`keyhaven:${name}`, 2);
    blocked.onupgradeneeded = () => blocked.transaction?.abort();
    await asPromise(blocked).catch(() => {});
    assert.equal((await kms.describeKey({ KeyId: keyId })).KeyMetadata.KeyId, keyId);
    kms.destroy();
  });

  test('calls while the connection is being closed still succeed', async () => {
    const kms = await openKms({ name: uniqueName() });
    const keyId = await newKey(kms);
    const calls: Promise<unknown>[] = [];
    for (let i = 0; i < 20; i++) {
      calls.push(kms.describeKey({ KeyId: keyId }), kms.updateKeyDescription({ KeyId: keyId, Description: `${i}` }));
      if (i % 5 === 0) kms.destroy();
      await new Promise((resolve) => setTimeout(resolve, i % 3));
    }
    await Promise.all(calls);
    kms.destroy();
  });
});
