// Two tabs at once: slots, modes and backups change while another tab changes them too, or makes keys. Nothing that was acknowledged is
// lost, and the keyring is whole afterwards.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { type Kms, KmsError, memoryStore, openKms, type UnlockMethod } from '../../src/index.ts';
import { openSealer } from '../../src/sealer/index.ts';
import { assertFails } from '../support/errors.ts';
import { newKey, newKms, newStore } from '../support/kms.ts';
import { bytesOf, newKeyring, newSecret, Plaintext } from './support.ts';

async function assertWhole(kms: Kms): Promise<void> {
  assert.deepEqual((await kms.check()).findings, []);
}

describe('two tabs at once', () => {
  test('add slots without losing one, and never remove the last two together', async () => {
    const [first, second] = [newSecret(), newSecret()];
    const { store, kms } = await newKeyring('locked', [first]);
    const other = await openKms({ store, unlock: first });
    await Promise.all([
      kms.slots.add(second, { by: first }),
      other.slots.add(newSecret(), { by: first }),
      kms.slots.add(newSecret(), { by: first }),
    ]);
    const slots = await other.slots.list();
    assert.lengthOf(slots, 4);
    const outcomes = await Promise.allSettled(slots.map(({ id }, index) => (index % 2 ? kms : other).slots.remove(id)));
    assert.lengthOf(
      outcomes.filter(({ status }) => status === 'fulfilled'),
      3,
      'all but one',
    );
    assert.lengthOf(await kms.slots.list(), 1);
    await assertWhole(kms);
  });

  test('move a keyring to another mode while keys are made in it', async () => {
    const by = newSecret();
    const { store, kms } = await newKeyring('locked', [by]);
    const other = await openKms({ store, unlock: by });
    const sealed: Uint8Array[] = [];
    const making = (async () => {
      for (let i = 0; i < 4; i++)
        try {
          await new Promise((resolve) => setTimeout(resolve, 5));
          const KeyId = await newKey(other);
          sealed.push((await other.encrypt({ KeyId, Plaintext })).CiphertextBlob);
        } catch (error) {
          // Opened under the old mode, it is told to open again; what it was told is done is done.
          if (!(error instanceof KmsError)) throw error;
          return;
        }
    })();
    await newKey(kms);
    await kms.upgrade({ to: 'recoverable', by });
    await making;
    const again = await openKms({ store });
    for (const CiphertextBlob of sealed)
      assert.deepEqual((await again.decrypt({ CiphertextBlob })).Plaintext, Plaintext);
    await assertWhole(again);
  });

  test('move a keyring, one after the other: the second is told to call again, and no key is left where the mode says it is not', async ({
    skip,
  }) => {
    if (!newStore().holdsCryptoKeys) skip('there is one mode only here');
    for (const [first, between, last] of [
      ['locked', 'recoverable', 'locked'],
      ['recoverable', 'locked', 'recoverable'],
      ['locked', 'recoverable', 'device'],
    ] as const) {
      const by = newSecret();
      const { store, kms } = await newKeyring(first, [by]);
      const KeyId = await newKey(kms);
      const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext });
      const other = await openKms({ store, unlock: by });
      await kms.upgrade({ to: between, by });
      const plan = { to: last, ...(last === 'device' ? {} : { by }) } as const;
      const again = await other.upgrade(plan).then(
        () => assert.fail('it moved material from where it lay before'),
        (error: unknown) => error as KmsError,
      );
      assert.equal(again.name, 'StoreUnavailable', again.message);
      if ((await other.protection()).isLocked) await other.unlock(by);
      assert.equal((await other.upgrade(plan)).mode, last);
      const fresh = await openKms({ store, ...(last === 'locked' ? { unlock: by } : {}) });
      assert.deepEqual((await fresh.decrypt({ CiphertextBlob })).Plaintext, Plaintext);
      const held = (await store.list('materials', { limit: 10 })).map(({ key }) => key !== undefined);
      assert.deepEqual(held, [last !== 'locked', last !== 'locked']);
      await assertWhole(fresh);
    }
  });

  test('move a keyring to where only an unlock opens it: the other is locked, and its sealers are wiped', async ({
    skip,
  }) => {
    if (!newStore().holdsCryptoKeys) skip('there is one mode only here');
    const by = newSecret();
    const { store, kms } = await newKeyring('recoverable', [by]);
    const KeyId = await newKey(kms);
    const other = await openKms({ store });
    let locks = 0;
    other.onLock(() => locks++);
    const sealer = await openSealer(other, { KeyId, store: memoryStore() });
    const record = sealer.seal(Plaintext);
    await kms.upgrade({ to: 'locked', by });
    await assertFails(newKey(other), 'StoreUnavailable', /It is locked now: await kms\.unlock/);
    assert.equal(locks, 1);
    assert.isFalse(sealer.isLoaded(record));
    await assertFails(sealer.openAsync(record), 'KeyLocked');
    await other.unlock(by);
    assert.deepEqual(await sealer.openAsync(record), Plaintext);
    sealer.close();
  });

  test('move a keyring to where only an unlock opens it: one that is under way there does', async ({ skip }) => {
    if (!newStore().holdsCryptoKeys) skip('there is one mode only here');
    const by = newSecret();
    const { store, kms } = await newKeyring('recoverable', [by]);
    const other = await openKms({ store });
    await kms.upgrade({ to: 'locked', by });
    let goOn = (): void => {};
    const isAsked = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const slow: UnlockMethod = { ...by, slotKey: (slot) => isAsked.then(() => by.slotKey(slot)) };
    const unlocking = other.unlock(slow);
    await assertFails(newKey(other), 'StoreUnavailable', /It is locked now/);
    goOn();
    await unlocking;
    await newKey(other);
  });

  test('take the same backup once, and make keys meanwhile', async () => {
    const by = newSecret();
    const { kms: old } = await newKeyring('locked', [by]);
    for (let i = 0; i < 5; i++) await newKey(old);
    const from = await bytesOf((await old.export()).stream);
    const { store, kms } = await newKeyring('locked', [by]);
    const other = await openKms({ store, unlock: by });
    const [first, second] = await Promise.all([
      kms.import({ from, by }),
      other.import({ from, by }),
      newKey(kms),
      newKey(other),
    ]);
    assert.equal(first.added + second.added, 5);
    assert.lengthOf((await kms.listKeys()).Keys, 7);
    await assertWhole(other);
  });

  test('replace a keyring by a backup while another makes keys: the one or the other, whole', async () => {
    const by = newSecret();
    const { kms: old } = await newKeyring('locked', [by]);
    await newKey(old);
    const from = await bytesOf((await old.export()).stream);
    const there = await newKms();
    const outcomes = await Promise.allSettled([
      there.import({ from, by, mode: 'replace', allowRollback: true }),
      ...[1, 2, 3].map(() => newKey(there)),
    ]);
    assert.equal(outcomes[0]?.status, 'fulfilled');
    const { mode, isLocked } = await there.protection();
    assert.deepEqual([mode, isLocked], ['locked', false]);
    await assertWhole(there);
  });
});
