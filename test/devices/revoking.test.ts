// Taking leave of a device: what it opens no more, and what is named because it still can.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { deviceKey, otherDevice } from '../../src/devices/index.ts';
import { openKms } from '../../src/index.ts';
import { newRecoveryCode, recoveryCode } from '../../src/unlock/index.ts';
import { utf8 } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';
import { day, newKey, newKms, newStore, TestClock } from '../support/kms.ts';
import { east, newOld, newYoung, pair, recoverable, succeeded, west } from './support.ts';

const Plaintext = utf8('meet at nine');
const base64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));

/** A store that can hold the key of a device, where the runtime has one. */
const ownKey = () => deviceKey({ store: newStore() });

describe('revoking a device', () => {
  test('gives its keys new material, which it does not have, and makes its Region free', async () => {
    const [old, young] = [await newOld(recoverable()), await newYoung()];
    const KeyId = await newKey(old, { MultiRegion: true });
    const apart = await newKey(old, { MultiRegion: true });
    const mac = await newKey(old, { MultiRegion: true, KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
    const disabled = await newKey(old, { MultiRegion: true });
    const before = await old.encrypt({ KeyId, Plaintext });
    const { added } = succeeded(await pair(old, young, { add: { keys: [KeyId, mac, disabled] } }));
    await old.disableKey({ KeyId: disabled });
    const material = async (id: string) => (await old.describeKey({ KeyId: id })).KeyMetadata.CurrentKeyMaterialId;
    const [was, other] = [await material(KeyId), await material(apart)];
    const report = await old.devices.revoke(added.id);
    assert.deepEqual(report.rotated, [`arn:aws:kms:${east}:000000000000:key/${KeyId}`]);
    assert.sameDeepMembers(
      report.notRotated.map((each) => [each.KeyId, each.reason]),
      [
        [mac, 'KEY_SPEC'],
        [disabled, 'Disabled'],
      ],
    );
    assert.notEqual(await material(KeyId), was);
    assert.equal(await material(apart), other);
    const { CiphertextBlob } = await old.encrypt({ KeyId, Plaintext });
    await assertFails(young.decrypt({ CiphertextBlob }), 'InvalidCiphertextException');
    // What it still opens: all that was sealed before.
    assert.deepEqual((await young.decrypt({ CiphertextBlob: before.CiphertextBlob })).Plaintext, Plaintext);
    assert.deepEqual((await old.decrypt({ CiphertextBlob: before.CiphertextBlob })).Plaintext, Plaintext);
    assert.deepEqual(await old.devices.list(), []);
    assert.deepEqual((await old.describeKey({ KeyId })).KeyMetadata.MultiRegionConfiguration?.ReplicaKeys, []);
    assert.isTrue((await old.check()).isWhole);
    succeeded(await pair(old, await newYoung(), { add: { keys: [KeyId] } }));
    await assertFails(old.devices.revoke(added.id), 'ValidationException', /There is no device/);
  });

  test('rotates a key also where the clock was ahead when it was rotated last', async () => {
    const clock = new TestClock();
    const old = await newKms({ ...recoverable(), region: east, clock: clock.read });
    const KeyId = await newKey(old, { MultiRegion: true });
    const young = await newYoung();
    clock.now += 365 * day;
    await old.rotateKeyOnDemand({ KeyId });
    clock.now -= 365 * day;
    const { added } = succeeded(await pair(old, young));
    const report = await old.devices.revoke(added.id);
    assert.deepEqual(report.rotated, [`arn:aws:kms:${east}:000000000000:key/${KeyId}`]);
    const { CiphertextBlob } = await old.encrypt({ KeyId, Plaintext });
    await assertFails(young.decrypt({ CiphertextBlob }), 'InvalidCiphertextException');
  });

  test('of the one that has the primary makes this one the primary', async () => {
    const [old, young] = [await newOld(recoverable()), await newYoung(recoverable())];
    const KeyId = await newKey(old, { MultiRegion: true });
    await old.enableKeyRotation({ KeyId });
    const { CiphertextBlob } = await old.encrypt({ KeyId, Plaintext });
    const { offered } = succeeded(await pair(old, young));
    await young.devices.revoke(offered.id);
    const { MultiRegionConfiguration } = (await young.describeKey({ KeyId })).KeyMetadata;
    assert.deepInclude(MultiRegionConfiguration, { MultiRegionKeyType: 'PRIMARY' });
    assert.equal(MultiRegionConfiguration?.PrimaryKey.Region, west);
    await young.rotateKeyOnDemand({ KeyId });
    assert.deepEqual((await young.decrypt({ CiphertextBlob })).Plaintext, Plaintext);
    // It can pass the key on now.
    succeeded(await pair(young, await newKms({ region: 'eu-west-1' })));
    assert.isTrue((await young.check()).isWhole);
  });

  test('gives the new root to no public key that was put in the slot of another device from outside', async () => {
    const code = newRecoveryCode();
    const by = recoveryCode(code);
    const store = newStore();
    const old = await openKms({ store, region: east, mode: 'locked', slots: [by] });
    const [own, kept, thief] = [await ownKey(), await ownKey(), await ownKey()];
    const id = await old.slots.add(otherDevice(kept.publicKey), { by });
    const young = await newYoung();
    const run = await pair(old, young, { add: { keys: [], opensRoot: true, by }, offer: { deviceKey: own } });
    const { added } = succeeded(run);
    const ref = { table: 'slots', id };
    const row = (await store.read([ref]))[0]?.value ?? new Uint8Array(0);
    // Of the same length, with the wrap and its tag as they were.
    const text = String.fromCharCode(...row).replace(base64(kept.publicKey), base64(thief.publicKey));
    const value = Uint8Array.from(text, (unit) => unit.charCodeAt(0));
    assert.notDeepEqual(value, row);
    await store.commit([], [{ ...ref, value }], 'strict');
    assert.deepEqual((await old.check()).findings, [{ row: `slots/${id}`, what: 'changed' }]);
    const next = { slots: [recoveryCode(newRecoveryCode())], by };
    await assertFails(old.devices.revoke(added.id, next), 'StoreCorrupt', /changed from outside/);
    await assertFails(old.export(), 'StoreCorrupt', /changed from outside/);
    await assertFails(openKms({ store, region: east, unlock: thief.method }), 'UnlockFailed');
    await old.slots.remove(id);
    await old.devices.revoke(added.id, next);
    assert.isTrue((await old.check()).isWhole);
  });

  test('that opens the root renews it: its slot and its backups open nothing that comes after', async () => {
    for (const mode of ['recoverable', 'locked'] as const) {
      const code = newRecoveryCode();
      const store = newStore();
      const old = await openKms({ store, region: east, mode, slots: [recoveryCode(code)] });
      const KeyId = await newKey(old);
      const before = await old.encrypt({ KeyId, Plaintext });
      const [own, kept] = [await ownKey(), await ownKey()];
      const by = mode === 'locked' ? recoveryCode(code) : undefined;
      await old.slots.add(otherDevice(kept.publicKey, { label: 'kept' }), { by });
      const young = await newYoung();
      const { added } = succeeded(
        await pair(old, young, { add: { keys: [], opensRoot: true, by }, offer: { deviceKey: own } }),
      );
      const backup = await new Response((await old.export()).stream).blob();
      const next = newRecoveryCode();
      await assertFails(old.devices.revoke(added.id, { by }), 'ValidationException', /slots must name/);
      const wrong = { slots: [recoveryCode(next)], by: recoveryCode(newRecoveryCode()) };
      await assertFails(old.devices.revoke(added.id, wrong), 'UnlockFailed');
      assert.deepInclude((await old.devices.list())[0], { state: 'added' });
      const report = await old.devices.revoke(added.id, { slots: [recoveryCode(next)], by });
      assert.deepEqual(report.rotated, [`arn:aws:kms:${east}:000000000000:key/${KeyId}`]);
      const after = await old.encrypt({ KeyId, Plaintext });
      // The old backup, which it could open, has nothing of what is new.
      const lost = await newKms();
      await lost.import({ from: backup, by: own.method, mode: 'replace' });
      assert.deepEqual((await lost.decrypt({ CiphertextBlob: before.CiphertextBlob })).Plaintext, Plaintext);
      await assertFails(lost.decrypt({ CiphertextBlob: after.CiphertextBlob }), 'InvalidCiphertextException');
      const fresh = await new Response((await old.export()).stream).blob();
      await assertFails((await newKms()).import({ from: fresh, by: own.method }), 'UnlockFailed');
      await assertFails((await newKms()).import({ from: fresh, by: recoveryCode(code) }), 'UnlockFailed');
      // Those that stay open it: the new code, and the other device, of which nobody was asked for anything.
      for (const method of [recoveryCode(next), kept.method]) {
        const restored = await newKms();
        await restored.import({ from: fresh, by: method, mode: 'replace' });
        assert.deepEqual((await restored.decrypt({ CiphertextBlob: after.CiphertextBlob })).Plaintext, Plaintext);
      }
      // Before another service writes to the same trail.
      assert.deepEqual((await old.trail.verify()).findings, []);
      const again = await openKms({
        store,
        region: east,
        ...(mode === 'locked' ? { unlock: recoveryCode(next) } : {}),
      });
      assert.deepEqual((await again.decrypt({ CiphertextBlob: before.CiphertextBlob })).Plaintext, Plaintext);
      for (const kms of [old, again]) assert.isTrue((await kms.check()).isWhole);
      // The slot of the root's old copy, put back from outside, is not known.
      assert.deepEqual(
        (await old.slots.list()).map(({ kind }) => kind).sort(),
        mode === 'locked' ? ['other-device', 'recovery-code'] : ['device', 'other-device', 'recovery-code'],
      );
    }
  });

  test('goes on where its keys came by a backup', async () => {
    const old = await newOld(recoverable());
    const KeyId = await newKey(old, { MultiRegion: true });
    const lasting = await newKey(old, { MultiRegion: true });
    const young = await newYoung();
    const { added } = succeeded(await pair(old, young));
    const code = newRecoveryCode();
    await old.slots.add(recoveryCode(code));
    const from = await new Response((await old.export()).stream).blob();
    const there = await newKms({ region: east });
    await there.import({ from, by: recoveryCode(code) });
    assert.deepInclude((await there.devices.list())[0], { id: added.id, state: 'added', opensRoot: false });
    const { KeyState } = await there.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
    assert.equal(KeyState, 'PendingReplicaDeletion');
    await there.devices.revoke(added.id);
    assert.equal((await there.describeKey({ KeyId })).KeyMetadata.KeyState, 'PendingDeletion');
    const { CiphertextBlob } = await there.encrypt({ KeyId: lasting, Plaintext });
    await assertFails(young.decrypt({ CiphertextBlob }), 'InvalidCiphertextException');
    assert.isTrue((await there.check()).isWhole);
  });

  test('that was cut off begins anew where the device has sent keys again since', async () => {
    const store = newStore();
    const [old, young] = [await newOld(recoverable()), await openKms({ store, region: west, ...recoverable() })];
    const KeyId = await newKey(old, { MultiRegion: true });
    const { offered } = succeeded(await pair(old, young));
    let isOn = true;
    const breaking = Object.assign(Object.create(Object.getPrototypeOf(store)), store, {
      commit: async (...args: Parameters<typeof store.commit>) => {
        // The rotation begins after the mark of the device.
        if (args[1].some(({ table }) => table === 'materials')) isOn = false;
        if (!isOn) throw new Error('the device is switched off');
        return store.commit(...args);
      },
    });
    const half = await openKms({ store: breaking, region: west, trail: 'off' });
    await half.devices.revoke(offered.id).catch(() => {});
    assert.deepInclude((await young.devices.list())[0], { state: 'revoking' });
    await old.rotateKeyOnDemand({ KeyId });
    succeeded(await pair(old, young));
    assert.lengthOf((await young.devices.revoke(offered.id)).rotated, 1);
    const { CiphertextBlob } = await young.encrypt({ KeyId, Plaintext });
    await assertFails(old.decrypt({ CiphertextBlob }), 'InvalidCiphertextException');
  });

  test('that was cut off is taken up where it was', async () => {
    const store = newStore();
    const old = await openKms({ store, region: east, ...recoverable() });
    const keys = [await newKey(old, { MultiRegion: true }), await newKey(old, { MultiRegion: true })];
    const { added } = succeeded(await pair(old, await newYoung()));
    // The store breaks after so many commits.
    for (let left = 0; left < 12; left++) {
      let commits = 0;
      const breaking = { ...store, holdsCryptoKeys: store.holdsCryptoKeys } as typeof store;
      const bound = Object.assign(Object.create(Object.getPrototypeOf(store)), store, breaking, {
        commit: async (...args: Parameters<typeof store.commit>) => {
          if (args[1].some(({ table }) => table === 'keys' || table === 'keyring') && commits++ >= left)
            throw new Error('the device is switched off');
          return store.commit(...args);
        },
      });
      const kms = await openKms({ store: bound, region: east, trail: 'off' });
      const isDone = await kms.devices.revoke(added.id).then(
        () => true,
        () => false,
      );
      const whole = await openKms({ store, region: east });
      assert.isTrue((await whole.check()).isWhole, `after ${left} commits`);
      if (isDone) break;
      if (left > 0) assert.deepInclude((await whole.devices.list())[0], { state: 'revoking' });
    }
    const whole = await openKms({ store, region: east });
    assert.deepEqual(await whole.devices.list(), []);
    for (const KeyId of keys)
      assert.lengthOf((await whole.listKeyRotations({ KeyId })).Rotations, 1, 'each was rotated once');
  });
});
