// The trail of a keyring that moves: to another mode and key, behind a lock, into a backup and out of it.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { type Kms, openKms, type TrailFile } from '../../src/index.ts';
import { checkTrailFiles } from '../../src/trail/index.ts';
import { utf8 } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';
import { newKey, newStore, TestClock } from '../support/kms.ts';
import { bytesOf, newSecret } from '../unlock/support.ts';

async function filesOf(kms: Kms): Promise<TrailFile[]> {
  const files: TrailFile[] = [];
  for await (const file of kms.trail.export()) files.push(file);
  return files;
}

describe('the trail of a keyring', () => {
  for (const to of ['recoverable', 'locked'] as const) {
    test(`that is upgraded to ${to} is whole, and so are its files`, async () => {
      const clock = new TestClock();
      const store = newStore();
      const kms = await openKms({ store, clock: clock.read });
      const KeyId = await newKey(kms);
      for (let i = 0; i < 3; i++) {
        await kms.encrypt({ KeyId, Plaintext: utf8('x') });
        await kms.trail.flush();
      }
      const files = await filesOf(kms);
      const by = newSecret();
      // In the group that still waits.
      await kms.encrypt({ KeyId, Plaintext: utf8('x') });
      await kms.upgrade({ to, slots: [by] });
      await kms.disableKey({ KeyId });
      clock.pass(3_600_000);
      const again = await openKms({ store, clock: clock.read, ...(to === 'locked' ? { unlock: by } : {}) });
      const report = await again.trail.verify();
      assert.deepEqual(report, { isIntact: true, findings: [], first: 1, last: 6, anchor: 'none' });
      const names = (await again.trail.lookup()).Events.map(({ EventName }) => EventName);
      assert.deepEqual(names, ['DisableKey', 'Encrypt', 'Encrypt', 'Encrypt', 'Encrypt', 'CreateKey']);
      const later = await filesOf(again);
      assert.deepEqual(
        later.slice(0, files.length).map(({ object }) => object),
        files.map(({ object }) => object),
      );
      const { isValid, digests } = await checkTrailFiles(later, (await again.trail.publicKeys()).PublicKeyList);
      assert.deepEqual([isValid, digests], [true, 2]);
    });
  }

  test('that is locked shows nothing, and goes on when it is unlocked', async () => {
    const by = newSecret();
    const kms = await openKms({ store: newStore(), mode: 'locked', slots: [by] });
    const KeyId = await newKey(kms);
    await kms.encrypt({ KeyId, Plaintext: utf8('x') });
    kms.lock();
    await assertFails(kms.trail.lookup(), 'KeyLocked');
    await kms.unlock(by);
    await kms.encrypt({ KeyId, Plaintext: utf8('x') });
    assert.deepEqual((await kms.trail.verify()).findings, []);
    assert.include(
      (await kms.trail.lookup()).Events.map(({ EventName }) => EventName),
      'CreateKey',
    );
  });

  test('goes on where a backup is restored over it, and begins anew elsewhere', async () => {
    const by = newSecret();
    const store = newStore();
    const kms = await openKms({ store, mode: 'recoverable', slots: [by] });
    const KeyId = await newKey(kms);
    const file = await bytesOf((await kms.export()).stream);
    await kms.updateKeyDescription({ KeyId, Description: 'later' });
    await kms.import({ from: file, by, mode: 'replace', allowRollback: true });
    await kms.disableKey({ KeyId });
    const report = await kms.trail.verify();
    assert.isTrue(report.isIntact, JSON.stringify(report));
    assert.include(
      (await kms.trail.lookup()).Events.map(({ EventName }) => EventName),
      'UpdateKeyDescription',
    );

    const elsewhere = await openKms({ store: newStore() });
    await newKey(elsewhere);
    await elsewhere.import({ from: file, by, mode: 'replace', allowRollback: true });
    await elsewhere.disableKey({ KeyId });
    const there = await elsewhere.trail.verify();
    assert.isTrue(there.isIntact, JSON.stringify(there));
    assert.deepEqual(
      (await elsewhere.trail.lookup()).Events.map(({ EventName }) => EventName),
      ['DisableKey'],
    );
  });
});
