// GetKeyLastUsage: what counts as a use, and what it costs.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { type Kms, memoryStore, openKms, type Store } from '../../src/index.ts';
import { utf8 } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';
import { day, newKey, newKms, newStore, TestClock } from '../support/kms.ts';

const Plaintext = utf8('x');
const usage = async (kms: Kms, KeyId: string) => (await kms.getKeyLastUsage({ KeyId })).KeyLastUsage;

describe('GetKeyLastUsage', () => {
  test('tells the last successful cryptographic operation, and nothing else', async () => {
    const clock = new TestClock();
    const kms = await newKms({ clock: clock.read });
    const [KeyId, other] = [await newKey(kms), await newKey(kms)];
    const created = new Date(clock.now);
    const { $metadata: _, ...unused } = await kms.getKeyLastUsage({ KeyId });
    assert.deepEqual(unused, { KeyId, KeyLastUsage: {}, TrackingStartDate: created, KeyCreationDate: created });

    clock.pass(1000);
    const { CiphertextBlob, $metadata } = await kms.encrypt({ KeyId, Plaintext });
    const encrypted = { Operation: 'Encrypt', Timestamp: new Date(clock.now), KmsRequestId: $metadata.requestId };
    clock.pass(1000);
    await kms.describeKey({ KeyId });
    await assertFails(kms.encrypt({ KeyId, Plaintext, DryRun: true }), 'DryRunOperationException');
    await assertFails(kms.decrypt({ CiphertextBlob, EncryptionContext: { a: '1' } }), 'InvalidCiphertextException');
    const { CloudTrailEventId, ...used } = await usage(kms, KeyId);
    assert.deepEqual(used, encrypted as never);
    const [event] = (
      await kms.trail.lookup({ LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'Encrypt' }] })
    ).Events.slice(-1);
    assert.equal(CloudTrailEventId, event?.EventId);
    for (const [operation, call] of [
      ['Decrypt', () => kms.decrypt({ CiphertextBlob })],
      ['GenerateDataKey', () => kms.generateDataKey({ KeyId, KeySpec: 'AES_256' })],
      ['GenerateDataKeyWithoutPlaintext', () => kms.generateDataKeyWithoutPlaintext({ KeyId, KeySpec: 'AES_256' })],
      ['ReEncrypt', () => kms.reEncrypt({ CiphertextBlob, DestinationKeyId: other })],
    ] as const) {
      await call();
      assert.equal((await usage(kms, KeyId)).Operation, operation);
    }
    assert.equal((await usage(kms, other)).Operation, 'ReEncrypt');
  });

  test('costs at most one write for each key, operation and minute, and outlives the process', async () => {
    const clock = new TestClock();
    const inner = newStore();
    let writes = 0;
    const store: typeof inner = {
      ...inner,
      commit: (checks, changes, durability) => {
        if (changes.some(({ table }) => table === 'uses')) {
          writes++;
          assert.equal(durability, 'relaxed');
        }
        return inner.commit(checks, changes, durability);
      },
    };
    const kms = await openKms({ store, clock: clock.read });
    const KeyId = await newKey(kms);
    for (let i = 0; i < 10; i++) {
      const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext });
      await kms.decrypt({ CiphertextBlob });
      clock.pass(1000);
    }
    const later = await openKms({ store, clock: clock.read });
    assert.equal(writes, 2);
    assert.include(['Encrypt', 'Decrypt'], (await usage(later, KeyId)).Operation);
    clock.pass(60_000);
    await kms.encrypt({ KeyId, Plaintext });
    // Nothing waits for the write, so another tab sees it a moment later.
    const isSeen = async () => (await usage(later, KeyId)).Timestamp?.getTime() === clock.now;
    for (let tries = 0; tries < 200 && !(await isSeen()); tries++) await new Promise((done) => setTimeout(done, 10));
    assert.isTrue(await isSeen());
    assert.equal(writes, 3);
  });

  test('is not written behind a key that is gone by then', async () => {
    const clock = new TestClock();
    const inner = memoryStore();
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    let ended = () => {};
    const written = new Promise<void>((resolve) => {
      ended = resolve;
    });
    // The write of the use comes to it only when the key has been removed.
    const store: Store = {
      ...inner,
      async commit(checks, writes, durability) {
        const isUse = writes.some(({ table, value }) => table === 'uses' && value !== undefined);
        if (!isUse) return inner.commit(checks, writes, durability);
        await released;
        const result = await inner.commit(checks, writes, durability);
        setTimeout(ended, 0);
        return result;
      },
    };
    const kms = await openKms({ store, clock: clock.read });
    const KeyId = await newKey(kms);
    await kms.encrypt({ KeyId, Plaintext: utf8('x') });
    await kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
    clock.pass(8 * day);
    await kms.listKeys();
    release();
    await written;
    assert.equal(await inner.count('uses'), 0);
  });
});
