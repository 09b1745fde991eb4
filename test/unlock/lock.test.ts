// Locking: what it takes away, here and in other tabs, and when it happens by itself.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { type Kms, memoryStore, openKms } from '../../src/index.ts';
import { openSealer } from '../../src/sealer/index.ts';
import { autoLock, secret } from '../../src/unlock/index.ts';
import { random, utf8 } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';
import { newKey, newKms, newStore } from '../support/kms.ts';

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await holds()) return;
    await pause(20);
  }
  throw new Error('It did not come to be within 4 s.');
}

const isLocked = async (kms: Kms) => (await kms.protection()).isLocked;

describe('lock', () => {
  test('wipes the data keys of sealers, which can be used again after an unlock', async () => {
    const method = secret(random(32));
    const kms = await openKms({ store: newStore(), mode: 'locked', slots: [method] });
    const KeyId = await newKey(kms);
    const sealer = await openSealer(kms, { KeyId, store: memoryStore() });
    const record = await sealer.sealAsync(utf8('Ada'));
    kms.lock();
    await assertFails(sealer.openAsync(record), 'KeyLocked');
    await assertFails(sealer.sealAsync(utf8('Ada')), 'KeyLocked');
    await kms.unlock(method);
    assert.deepEqual(await sealer.openAsync(record), utf8('Ada'));
    sealer.close();
  });

  test('reaches the other tabs', async ({ skip }) => {
    if (typeof indexedDB === 'undefined') skip('there are no tabs here that share a keyring');
    const store = newStore();
    const method = secret(random(32));
    const here = await openKms({ store, mode: 'locked', slots: [method] });
    const there = await openKms({ store, unlock: method });
    const other = await openKms({ store: newStore(), mode: 'locked', slots: [method] });
    here.lock();
    await until(() => isLocked(there));
    assert.isFalse(await isLocked(other));
    for (const kms of [here, there, other]) kms.destroy();
  });
});

describe('autoLock', () => {
  test('locks after a while without a call, and not before', async () => {
    const method = secret(random(32));
    const kms = await openKms({ store: newStore(), mode: 'locked', slots: [method] });
    const end = autoLock(kms, { idle: 1000 });
    for (let i = 0; i < 4; i++) {
      await pause(400);
      await kms.listKeys();
    }
    await until(() => isLocked(kms));
    await kms.unlock(method);
    await kms.listKeys();
    await until(() => isLocked(kms));
    end();
    await kms.unlock(method);
    await pause(1200);
    await kms.listKeys();
    kms.destroy();
  });

  test('locks a call out that comes too late, also where no timer ran', async () => {
    const kms = await openKms({ store: newStore(), mode: 'locked', slots: [secret(random(32))] });
    kms.limitIdle(50);
    await pause(80);
    await assertFails(kms.listKeys(), 'KeyLocked');
  });

  test('says what it needs', async () => {
    const kms = await newKms();
    assert.throws(() => autoLock(kms, {}), /needs idle/);
    for (const idle of [0, 999, 1.5, Number.POSITIVE_INFINITY])
      assert.throws(() => autoLock(kms, { idle }), /idle must/);
    assert.throws(() => autoLock(kms, { idle: 1000 }), /no root in slots/);
    assert.throws(() => autoLock(kms, { onHide: true }), /no root in slots/);
  });
});
