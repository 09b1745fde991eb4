// Locking by itself: when, and in whose way it is not.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { openKms } from '../../src/index.ts';
import { autoLock, secret } from '../../src/unlock/index.ts';
import { random, utf8 } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';
import { newKey, newKms, newStore } from '../support/kms.ts';
import { isLocked, pause, until } from '../support/until.ts';

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

  test('lets its user unlock in peace, however long that takes', async () => {
    const method = secret(random(32));
    const kms = await openKms({ store: newStore(), mode: 'locked', slots: [method] });
    const end = autoLock(kms, { idle: 1000 });
    kms.lock();
    await pause(500);
    const slow = {
      ...method,
      async slotKey(slot: Parameters<typeof method.slotKey>[0]) {
        await pause(2300);
        return method.slotKey(slot);
      },
    };
    const unlocking = kms.unlock(slow);
    await pause(1200);
    // Whoever asks meanwhile is told, and locks nothing.
    await assertFails(kms.listKeys(), 'KeyLocked');
    await unlocking;
    assert.isFalse(await isLocked(kms));
    end();
    kms.destroy();
  });

  test('locks a hidden page, and one that asks for a passkey only where it stays hidden when that is done', async ({
    skip,
  }) => {
    const page = globalThis.document as Document | undefined;
    if (page === undefined) return skip('there is no page here');
    const show = (visibilityState: 'visible' | 'hidden') => {
      Object.defineProperty(page, 'visibilityState', { value: visibilityState, configurable: true });
      page.dispatchEvent(new Event('visibilitychange'));
    };
    const method = secret(random(32));
    const kms = await openKms({ store: newStore(), mode: 'locked', slots: [method] });
    const end = autoLock(kms, { onHide: true });
    const asking = (then: 'visible' | 'hidden') => ({
      ...method,
      async slotKey(slot: Parameters<typeof method.slotKey>[0]) {
        show('hidden');
        await pause(250);
        show(then);
        return method.slotKey(slot);
      },
    });
    try {
      show('hidden');
      assert.isTrue(await isLocked(kms));
      await kms.unlock(asking('visible'));
      await pause(250);
      assert.isFalse(await isLocked(kms));
      show('hidden');
      assert.isTrue(await isLocked(kms));
      await kms.unlock(asking('hidden'));
      await until(() => isLocked(kms));
    } finally {
      end();
      Reflect.deleteProperty(page, 'visibilityState');
      kms.destroy();
    }
  });

  test('locks in time where the clock is set back', async () => {
    const kms = await openKms({ store: newStore(), mode: 'locked', slots: [secret(random(32))] });
    const end = autoLock(kms, { idle: 1000 });
    const { now } = Date;
    try {
      Date.now = () => now() - 3_600_000;
      await pause(1300);
    } finally {
      Date.now = now;
    }
    assert.isTrue(await isLocked(kms));
    end();
    kms.destroy();
  });

  test("is in nobody's way where the keyring was moved to a mode without a root", async ({ skip }) => {
    const store = newStore();
    if (!store.holdsCryptoKeys) skip('there is no such mode here');
    const kms = await openKms({ store, mode: 'recoverable', slots: [secret(random(32))] });
    const KeyId = await newKey(kms);
    // What the timer throws ends the test run.
    const end = autoLock(kms, { idle: 1000 });
    await kms.upgrade({ to: 'device' });
    await pause(1200);
    await kms.encrypt({ KeyId, Plaintext: utf8('Ada') });
    end();
    kms.destroy();
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
