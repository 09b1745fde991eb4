// The slot of the root that another device opens.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { deviceKey, otherDevice } from '../../src/devices/index.ts';
import { openKms } from '../../src/index.ts';
import { newRecoveryCode, recoveryCode } from '../../src/unlock/index.ts';
import { random, utf8 } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';
import { newKey, newKms, newStore } from '../support/kms.ts';
import { assertRunFails, east, newOld, newYoung, pair, recoverable, succeeded } from './support.ts';

const Plaintext = utf8('meet at nine');

/** A store that can hold the key of a device, where the runtime has one. */
const ownKey = () => deviceKey({ store: newStore() });

describe('the key of a device', () => {
  test('is made once, cannot be read, and is refused where it was exchanged', async () => {
    const store = newStore();
    const first = await deviceKey({ store });
    assert.deepEqual((await deviceKey({ store })).publicKey, first.publicKey);
    const ref = { table: 'slots', id: 'device-key' };
    const [row] = await store.read([ref]);
    assert.isFalse(row?.key?.extractable);
    assert.deepEqual(row?.key?.usages, ['deriveBits']);
    const other = newStore();
    await deviceKey({ store: other });
    const [strange] = await other.read([ref]);
    await store.commit([], [{ ...ref, value: row?.value ?? new Uint8Array(0), key: strange?.key }], 'strict');
    await assertFails(deviceKey({ store }), 'StoreCorrupt');
    await assertFails(deviceKey({ store: { ...newStore(), holdsCryptoKeys: false } }), 'KeysNotKept');
    const [a, b] = await Promise.all([deviceKey({ store: other }), deviceKey({ store: other })]);
    assert.deepEqual(a.publicKey, b.publicKey);
  });
});

describe('a slot that another device opens', () => {
  test('is made for its public key, and opens a backup there', async () => {
    for (const mode of ['recoverable', 'locked'] as const) {
      const code = newRecoveryCode();
      const kms = await newKms({ mode, slots: [recoveryCode(code)] });
      const KeyId = await newKey(kms);
      const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext });
      const own = await ownKey();
      const by = mode === 'locked' ? recoveryCode(code) : undefined;
      await kms.slots.add(otherDevice(own.publicKey, { label: 'laptop' }), { by });
      const slot = (await kms.slots.list()).find(({ kind }) => kind === 'other-device');
      assert.equal(slot?.label, 'laptop');
      const file = await new Response((await kms.export()).stream).blob();
      const stranger = await ownKey();
      const young = await newKms();
      await assertFails(young.import({ from: file, by: stranger.method }), 'UnlockFailed');
      await young.import({ from: file, by: own.method, mode: 'replace' });
      assert.deepEqual((await young.decrypt({ CiphertextBlob })).Plaintext, Plaintext);
      await kms.slots.remove(slot?.id ?? '');
    }
    assert.throws(() => otherDevice(random(64)), /65 bytes/);
    const kms = await newKms(recoverable());
    await assertFails(kms.slots.add(otherDevice(new Uint8Array(65))), 'ValidationException', /publicKey/);
  });

  test('unlocks by the device, and by nothing in the store of the slot', async () => {
    const store = newStore();
    const own = await ownKey();
    const kms = await openKms({ store, mode: 'locked', slots: [otherDevice(own.publicKey)] });
    const { CiphertextBlob } = await kms.encrypt({ KeyId: await newKey(kms), Plaintext });
    kms.lock();
    await assertFails(kms.unlock(otherDevice(own.publicKey)), 'UnlockFailed');
    await assertFails(kms.unlock((await ownKey()).method), 'UnlockFailed');
    await kms.unlock(own.method);
    assert.deepEqual((await kms.decrypt({ CiphertextBlob })).Plaintext, Plaintext);
  });

  test('comes with a pairing, where the new device has a key and both users see what it is for', async () => {
    const [old, young] = [await newOld(recoverable()), await newYoung()];
    const KeyId = await newKey(old);
    const { CiphertextBlob } = await old.encrypt({ KeyId, Plaintext });
    const own = await ownKey();
    const add = { keys: [], opensRoot: true } as const;
    await assertRunFails(await pair(old, young, { add }), 'PairingRefused', 'PairingRefused', /deviceKey/);
    const run = await pair(old, young, { add, offer: { deviceKey: own } });
    succeeded(run);
    assert.deepEqual(
      run.seen.map(({ opensRoot }) => opensRoot),
      [true, true],
    );
    const [device] = await old.devices.list();
    assert.deepInclude(device, { opensRoot: true, state: 'added', keys: [] });
    const file = await new Response((await old.export({ to: 'other-device' })).stream).blob();
    await young.import({ from: file, by: own.method });
    assert.deepEqual((await young.at({ region: east }).decrypt({ CiphertextBlob })).Plaintext, Plaintext);
    const slot = (await old.slots.list()).find(({ kind }) => kind === 'other-device');
    assert.equal(slot?.label, "Ada's laptop");
    await assertFails(old.slots.remove(slot?.id ?? ''), 'ValidationException', /devices\.revoke/);
    // Once more: one slot, not two.
    succeeded(await pair(old, young, { add, offer: { deviceKey: own } }));
    assert.lengthOf(
      (await old.slots.list()).filter(({ kind }) => kind === 'other-device'),
      1,
    );
    assert.isTrue((await old.check()).isWhole);
  });
});
