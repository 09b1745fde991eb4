// The database deleted behind our back, in real browsers (threat model, item 19).
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { openKms } from '../../src/index.ts';
import { utf8 } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';
import { newKey, uniqueName } from '../support/kms.ts';

const deleteDatabase = (name: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = () => resolve();
    request.onerror = () => reject(request.error);
  });

describe('a deleted database', () => {
  test('is StoreEvicted for who had it open', async () => {
    const name = uniqueName();
    const kms = await openKms({ name });
    const KeyId = await newKey(kms);
    await deleteDatabase(`keyhaven:${name}`);
    await assertFails(kms.encrypt({ KeyId, Plaintext: utf8('x') }), 'StoreEvicted');
    await assertFails(kms.createKey(), 'StoreEvicted');
  });

  test('is StoreEvicted at the next start', async () => {
    const name = uniqueName();
    const kms = await openKms({ name });
    await newKey(kms);
    kms.destroy();
    await deleteDatabase(`keyhaven:${name}`);
    await assertFails(openKms({ name }), 'StoreEvicted');
    const fresh = await openKms({ name, onEvicted: 'continue' });
    assert.deepEqual((await fresh.listKeys()).Keys, []);
  });

  test('is StoreEvicted where localStorage went with it, and where only localStorage is left', async () => {
    for (const lost of ['localStorage', 'database']) {
      const name = uniqueName();
      const kms = await openKms({ name });
      await newKey(kms);
      kms.destroy();
      await deleteDatabase(`keyhaven:${name}`);
      if (lost === 'localStorage') localStorage.removeItem(`keyhaven:${name}:witness`);
      else await deleteDatabase('keyhaven-witness');
      await assertFails(openKms({ name }), 'StoreEvicted');
    }
  });

  test('a name that was never used is a first run', async () => {
    const kms = await openKms({ name: uniqueName() });
    assert.deepEqual((await kms.listKeys()).Keys, []);
  });
});

describe('keys that stay', () => {
  test('another connection decrypts what the first encrypted', async () => {
    const name = uniqueName();
    const first = await openKms({ name });
    const KeyId = await newKey(first);
    const { CiphertextBlob } = await first.encrypt({ KeyId, Plaintext: utf8('secret') });
    first.destroy();
    const second = await openKms({ name });
    assert.deepEqual((await second.decrypt({ CiphertextBlob })).Plaintext, utf8('secret'));
  });

  test('keyrings of other names see nothing of each other', async () => {
    const [one, two] = [await openKms({ name: uniqueName() }), await openKms({ name: uniqueName() })];
    const KeyId = await newKey(one);
    const { CiphertextBlob } = await one.encrypt({ KeyId, Plaintext: utf8('secret') });
    await assertFails(two.decrypt({ CiphertextBlob }), 'AccessDeniedException');
    await assertFails(two.describeKey({ KeyId }), 'NotFoundException');
  });
});
