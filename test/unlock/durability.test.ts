// What is known of tomorrow: storage, slots, backups, and keys that are on this device alone.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import type { Durability } from '../../src/index.ts';
import { newKey, newKms } from '../support/kms.ts';
import { bytesOf, newKeyring, newSecret } from './support.ts';

describe('durability', () => {
  test('says what the browser says, and how likely it clears the storage', async () => {
    const kms = await newKms();
    const found = await kms.durability();
    assert.deepInclude(found, {
      mode: 'device',
      slots: [],
      lastBackup: undefined,
      isOnlyCopy: false,
      installed: false,
    });
    assert.isNotEmpty(found.reason);
    if (typeof indexedDB === 'undefined') assert.equal(found.evictionRisk, 'unknown');
    else if (/Chrom|Firefox/.test(navigator.userAgent)) {
      assert.equal(found.evictionRisk, found.persisted ? 'low' : 'medium');
      assert.isAbove(found.quota as number, 0);
    } else assert.include(['low', 'high'], found.evictionRisk);
  });

  test('is asked for', async ({ skip }) => {
    if (/Firefox/.test(globalThis.navigator?.userAgent ?? '')) skip('Firefox asks the user, and there is none');
    assert.isBoolean(await (await newKms()).persist());
  });

  test('counts the changes since the last backup, and tells of the only copy', async () => {
    const { kms } = await newKeyring('locked', [newSecret()]);
    const told: Durability[] = [];
    const end = kms.onOnlyCopy((durability) => told.push(durability));
    assert.isFalse((await kms.durability()).isOnlyCopy);
    const KeyId = await newKey(kms);
    assert.isTrue((await kms.durability()).isOnlyCopy);
    await bytesOf((await kms.export()).stream);
    const saved = await kms.durability();
    assert.deepInclude(saved, { isOnlyCopy: false, slots: ['secret'] });
    assert.equal(saved.lastBackup?.changesSince, 0);
    await kms.updateKeyDescription({ KeyId, Description: 'new' });
    await kms.updateKeyDescription({ KeyId, Description: 'newer' });
    assert.deepInclude(await kms.durability(), { isOnlyCopy: true });
    assert.equal((await kms.durability()).lastBackup?.changesSince, 2);
    assert.isAbove(told.length, 0);
    assert.isTrue(told.every(({ isOnlyCopy }) => isOnlyCopy));
    end();
    const before = told.length;
    await newKey(kms);
    await kms.durability();
    assert.equal(told.length, before);
    kms.lock();
    assert.deepInclude(await kms.durability(), { mode: 'locked', isOnlyCopy: undefined, slots: ['secret'] });
  });

  test('of keys that only the device has says so', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    assert.isTrue((await kms.durability()).isOnlyCopy);
    await kms.upgrade({ to: 'recoverable', slots: [newSecret()] });
    await bytesOf((await kms.export()).stream);
    assert.isTrue((await kms.durability()).isOnlyCopy);
    await kms.scheduleKeyDeletion({ KeyId });
  });
});
