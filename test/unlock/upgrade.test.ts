// From one mode to another: every ciphertext opens before and after, and what no root can wrap is named.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { type Mode, openKms, type Store } from '../../src/index.ts';
import { newRecoveryCode, recoveryCode } from '../../src/unlock/index.ts';
import { assertFails } from '../support/errors.ts';
import { newKey, newKms, newStore } from '../support/kms.ts';
import { assertLives, bytesOf, clear, live, newKeyring, newSecret, Plaintext } from './support.ts';

const idsOf = (unwrapped: readonly { KeyId: string }[] | undefined): string[] =>
  (unwrapped ?? []).map(({ KeyId }) => KeyId);

describe('upgrade', () => {
  for (const to of ['recoverable', 'locked'] as const) {
    test(`from device to ${to} loses nothing, and names the keys that only the device has`, async () => {
      const store = newStore();
      const kms = await openKms({ store });
      const life = await live(kms);
      const by = newSecret();
      const progress: number[] = [];
      const after = await kms.upgrade({
        to,
        slots: [by],
        onProgress: ({ done, total }) => progress.push(done / total),
      });
      assert.equal(progress.at(-1), 1);
      assert.deepInclude(after, { mode: to, isLocked: false, root: 'slots' });
      // The signing key is sealed, so its bytes could be wrapped; all others were made inside the platform.
      assert.sameMembers(idsOf(after.unwrapped), [life.encrypt.KeyId, life.mac.KeyId, life.agree.KeyId]);
      await assertLives(kms, life);
      const again = await openKms({ store, ...(to === 'locked' ? { unlock: by } : {}) });
      await assertLives(again, life);
      // New material of the symmetric key is wrapped, and the old still opens what it sealed.
      await again.rotateKeyOnDemand({ KeyId: life.encrypt.KeyId });
      await assertLives(again, life);
      const old = (await again.protection()).unwrapped?.find(({ KeyId }) => KeyId === life.encrypt.KeyId);
      assert.equal(old?.KeyMaterialIds.length, 1);
      const { CiphertextBlob } = await again.encrypt({ KeyId: life.encrypt.KeyId, Plaintext });
      // What was sealed since is in a backup, and opens from it elsewhere.
      const file = await bytesOf((await again.export()).stream);
      const there = await newKms();
      await there.import({ from: file, by });
      assert.deepEqual((await there.decrypt({ CiphertextBlob })).Plaintext, Plaintext);
      await assertFails(there.decrypt({ CiphertextBlob: life.encrypt.CiphertextBlob }), 'KeyUndecryptable');
      const fresh = await newKey(again);
      assert.notInclude(idsOf((await again.protection()).unwrapped), fresh);
    });
  }

  test('goes every other way too, and a key that is wrapped once stays recoverable', async () => {
    const [by, code] = [newSecret(), recoveryCode(newRecoveryCode())];
    const { store, kms } = await newKeyring('recoverable', [by]);
    const life = await live(kms);
    const steps: [Mode, object][] = [
      ['locked', { slots: [code] }],
      ['recoverable', { by: code }],
      ['locked', {}],
      ['device', {}],
      ['recoverable', { slots: [by] }],
    ];
    for (const [to, options] of steps) {
      const { mode } = await kms.upgrade({ to, ...options });
      assert.equal(mode, to);
      await assertLives(kms, life);
      const again = await openKms({ store, ...(to === 'locked' ? { unlock: by } : {}) });
      await assertLives(again, life);
      const copies = await store.count('copies');
      assert.equal(copies > 0, to === 'recoverable', to);
      const held = (await store.list('materials', { limit: 100 })).filter(({ key }) => key !== undefined);
      assert.equal(held.length > 0, to !== 'locked', to);
      if (to === 'device') assert.equal(await store.count('slots'), 0);
      if (to !== 'device') assert.isAbove((await kms.slots.list()).length, 0);
    }
    // In device mode the platform kept handles alone, so the last step could wrap only what lay sealed.
    assert.deepEqual((await kms.protection()).mode, 'recoverable');
  });

  test('that cannot be is refused before anything is changed', async () => {
    const by = newSecret();
    const { kms } = await newKeyring('locked', [by]);
    const plain = await newKms();
    await assertFails(kms.upgrade({ to: 'locked' }), 'ValidationException', /already/);
    await assertFails(kms.upgrade({ to: 'recoverable' }), 'ValidationException', /by must/);
    await assertFails(kms.upgrade({ to: 'recoverable', by: newSecret() }), 'UnlockFailed');
    await assertFails(plain.upgrade({ to: 'locked' }), 'ValidationException', /at least one method/);
    await assertFails(plain.upgrade({ to: 'shut' as never }), 'ValidationException', /to must be/);
    await assertFails(plain.upgrade({ to: 'locked', slots: [{} as never] }), 'ValidationException', /slots\[0\]/);
    const many = Array.from({ length: 64 }, newSecret);
    await assertFails(kms.upgrade({ to: 'recoverable', by, slots: many }), 'ValidationException', /at most 64/);
    await assertFails(kms.upgrade({ to: 'recoverable', by, slots: many.slice(1) }), 'ValidationException', /1 already/);
    kms.lock();
    await assertFails(kms.upgrade({ to: 'recoverable', by }), 'KeyLocked');
    const user = plain.as({ arn: 'arn:aws:iam::000000000000:user/ada' });
    await assertFails(user.upgrade({ to: 'locked', slots: [by] }), 'AccessDeniedException', /not authorized/);
    await assertFails(user.export(), 'AccessDeniedException');
    assert.throws(() => user.slots, /not authorized/);
  });

  test('in one tab opens the keyring again in another', async () => {
    const store = newStore();
    const [here, there] = [await openKms({ store }), await openKms({ store })];
    const life = await live(here);
    await assertLives(there, life);
    await here.upgrade({ to: 'recoverable', slots: [newSecret()] });
    await assertFails(there.describeKey({ KeyId: life.encrypt.KeyId }), 'StoreUnavailable', /call again/);
    await assertLives(there, life);
    await here.upgrade({ to: 'locked' });
    await newKey(here);
    await assertLives(here, life);
  });
});

describe('a change that is cut off', () => {
  /** A store that lets so many commits through, and then fails each: what a killed process leaves behind. */
  function failing(store: Store, commits: number): Store {
    let left = commits;
    return {
      ...store,
      commit: (checks, writes, durability) => {
        if (left-- <= 0) return Promise.reject(new Error('killed'));
        return store.commit(checks, writes, durability);
      },
    };
  }

  test('leaves the old keyring or the new one: upgrade, slots, import', async () => {
    const [by, code] = [newSecret(), recoveryCode(newRecoveryCode())];
    const source = await newKeyring('locked', [by]);
    const other = await live(source.kms);
    const file = await bytesOf((await source.kms.export()).stream);
    for (let commits = 0; commits < 6; commits++) {
      const { store, kms } = await newKeyring('recoverable', [by]);
      const life = await live(kms);
      const ends = async (change: (cut: Awaited<ReturnType<typeof openKms>>) => Promise<unknown>) => {
        const cut = await openKms({ store });
        // Opened whole, cut from here on.
        const limited = failing(store, commits);
        const half = await openKms({ store: limited }).catch(() => undefined);
        if (half) await change(half).catch(() => undefined);
        await assertLives(cut, life);
        await assertLives(await openKms({ store }), life);
      };
      await ends((half) => half.slots.add(code));
      await ends((half) => half.import({ from: file, by }));
      const merged = await openKms({ store });
      await merged.import({ from: file, by });
      await assertLives(merged, life).catch(() => undefined);
      assert.deepEqual((await merged.decrypt({ CiphertextBlob: other.encrypt.CiphertextBlob })).Plaintext, Plaintext);
      const limited = await openKms({ store: failing(store, commits) }).catch(() => undefined);
      await limited?.upgrade({ to: 'locked' }).catch(() => undefined);
      await assertLives(await openKms({ store, unlock: by }), life);
    }
    await clear(source.store);
  });
});
