// Rotation: schedules, on-demand rotations, what old ciphertexts need, and dates that pass while nobody looks.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { type Kms, openKms, type Store } from '../../src/index.ts';
import { utf8 } from '../support/bytes.ts';
import { assertFails, failure } from '../support/errors.ts';
import { day, newKey, newKms, newStore, TestClock } from '../support/kms.ts';

const arnOf = (id: string): string => `arn:aws:kms:us-east-1:000000000000:key/${id}`;
const seal = async (kms: Kms, KeyId: string) => {
  const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: utf8('x') });
  return CiphertextBlob;
};
const materialOf = async (kms: Kms, blob: Uint8Array) => (await kms.decrypt({ CiphertextBlob: blob })).KeyMaterialId;
const currentOf = async (kms: Kms, KeyId: string) =>
  (await kms.describeKey({ KeyId })).KeyMetadata.CurrentKeyMaterialId;
const rotationsOf = async (kms: Kms, KeyId: string) => (await kms.listKeyRotations({ KeyId })).Rotations;

describe('automatic rotation', () => {
  test('is off at first, and tells its period and next date when on', async () => {
    const clock = new TestClock();
    const kms = await newKms({ clock: clock.read });
    const KeyId = await newKey(kms);
    const { $metadata: _, ...off } = await kms.getKeyRotationStatus({ KeyId });
    assert.deepEqual(off, { KeyId: arnOf(KeyId), KeyRotationEnabled: false });
    await kms.enableKeyRotation({ KeyId });
    const standard = await kms.getKeyRotationStatus({ KeyId });
    assert.deepEqual([standard.KeyRotationEnabled, standard.RotationPeriodInDays], [true, 365]);
    assert.equal(standard.NextRotationDate?.getTime(), clock.now + 365 * day);
    await kms.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 });
    assert.equal((await kms.getKeyRotationStatus({ KeyId })).NextRotationDate?.getTime(), clock.now + 90 * day);
    await kms.disableKeyRotation({ KeyId });
    assert.notProperty(await kms.getKeyRotationStatus({ KeyId }), 'NextRotationDate');
  });

  test('takes 90 to 2560 days', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    await assertFails(
      kms.enableKeyRotation({ KeyId, RotationPeriodInDays: 89 }),
      'ValidationException',
      "1 validation error detected: Value '89' at 'rotationPeriodInDays' failed to satisfy constraint: Member must have value greater than or equal to 90",
    );
    await assertFails(kms.enableKeyRotation({ KeyId, RotationPeriodInDays: 2561 }), 'ValidationException', /2560/);
  });

  test('happens at its date, the next time anyone looks, and old ciphertexts open', async () => {
    const looks: ((kms: Kms, KeyId: string, blob: Uint8Array) => Promise<unknown>)[] = [
      (kms, KeyId) => kms.describeKey({ KeyId }),
      (kms, KeyId) => kms.encrypt({ KeyId, Plaintext: utf8('x') }),
      (kms, _, CiphertextBlob) => kms.decrypt({ CiphertextBlob }),
      (kms, KeyId) => kms.getKeyRotationStatus({ KeyId }),
      (kms, KeyId) => kms.listKeyRotations({ KeyId }),
      (kms, KeyId) => kms.disableKeyRotation({ KeyId }),
      (kms, KeyId) => kms.enableKeyRotation({ KeyId }),
    ];
    for (const look of looks) {
      const clock = new TestClock();
      const kms = await newKms({ clock: clock.read });
      const KeyId = await newKey(kms);
      await kms.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 });
      const first = await currentOf(kms, KeyId);
      const blob = await seal(kms, KeyId);
      clock.pass(90 * day - 1);
      await look(kms, KeyId, blob);
      if (look !== looks[5] && look !== looks[6]) assert.lengthOf(await rotationsOf(kms, KeyId), 0);
      else continue;
      clock.pass(1);
      await look(kms, KeyId, blob);
      const rotations = await rotationsOf(kms, KeyId);
      assert.deepEqual(
        rotations.map(({ RotationType, RotationDate, KeyMaterialState }) => [
          RotationType,
          RotationDate?.getTime(),
          KeyMaterialState,
        ]),
        [['AUTOMATIC', clock.now, 'CURRENT']],
      );
      const second = await currentOf(kms, KeyId);
      assert.notEqual(second, first);
      assert.equal(await materialOf(kms, blob), first);
      assert.equal(await materialOf(kms, await seal(kms, KeyId)), second);
    }
  });

  test('is not lost where the schedule changes after the date', async () => {
    const clock = new TestClock();
    const kms = await newKms({ clock: clock.read });
    const KeyId = await newKey(kms);
    await kms.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 });
    clock.pass(91 * day);
    await kms.enableKeyRotation({ KeyId, RotationPeriodInDays: 200 });
    assert.lengthOf(await rotationsOf(kms, KeyId), 1);
    assert.equal((await kms.getKeyRotationStatus({ KeyId })).NextRotationDate?.getTime(), clock.now + 200 * day);
  });

  test('after a year offline happens once, and goes on at the next date of the schedule', async () => {
    const clock = new TestClock();
    const store = newStore();
    const kms = await openKms({ store, clock: clock.read });
    const KeyId = await newKey(kms);
    const start = clock.now;
    await kms.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 });
    clock.pass(365 * day);
    const again = await openKms({ store, clock: clock.read });
    assert.equal((await again.getKeyRotationStatus({ KeyId })).NextRotationDate?.getTime(), start + 5 * 90 * day);
    assert.lengthOf(await rotationsOf(again, KeyId), 1);
    clock.pass(85 * day);
    assert.lengthOf(await rotationsOf(again, KeyId), 2);
  });

  test('waits while the key is disabled or pending deletion, and happens at once afterwards', async () => {
    const clock = new TestClock();
    const kms = await newKms({ clock: clock.read });
    for (const [stop, start] of [
      [(KeyId: string) => kms.disableKey({ KeyId }), (KeyId: string) => kms.enableKey({ KeyId })],
      [
        (KeyId: string) => kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 30 }),
        async (KeyId: string) => {
          await kms.cancelKeyDeletion({ KeyId });
          await kms.enableKey({ KeyId });
        },
      ],
    ] as const) {
      const KeyId = await newKey(kms);
      await kms.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 });
      clock.pass(80 * day);
      await stop(KeyId);
      clock.pass(20 * day);
      const material = await currentOf(kms, KeyId);
      assert.lengthOf(await rotationsOf(kms, KeyId), 0);
      await start(KeyId);
      assert.notEqual(await currentOf(kms, KeyId), material);
    }
  });

  test('shows as off while deletion is pending, and comes back when it is cancelled', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    await kms.enableKeyRotation({ KeyId });
    await kms.scheduleKeyDeletion({ KeyId });
    assert.isFalse((await kms.getKeyRotationStatus({ KeyId })).KeyRotationEnabled);
    await kms.cancelKeyDeletion({ KeyId });
    assert.isTrue((await kms.getKeyRotationStatus({ KeyId })).KeyRotationEnabled);
  });

  test('has one winner where eight services look at once', async () => {
    const clock = new TestClock();
    const store = newStore();
    const tabs = await Promise.all(Array.from({ length: 8 }, () => openKms({ store, clock: clock.read })));
    const KeyId = await newKey(tabs[0]!);
    await tabs[0]!.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 });
    for (let round = 1; round <= 3; round++) {
      clock.pass(90 * day);
      const blobs = await Promise.all(tabs.map((kms) => seal(kms, KeyId)));
      const used = await Promise.all(blobs.map((blob, i) => materialOf(tabs[(i + 1) % 8]!, blob)));
      assert.equal(new Set(used).size, 1);
      assert.lengthOf(await rotationsOf(tabs[0]!, KeyId), round);
    }
    // No material is left that no ciphertext can name.
    assert.equal(await store.count('materials'), 1 + 4);
  });
});

/** A store that stops answering commits after so many. */
function dying(store: Store, commits: number): Store {
  let left = commits;
  return {
    ...store,
    commit: async (...args) => {
      if (left-- <= 0) throw new Error('The power went.');
      return store.commit(...args);
    },
  };
}

describe('a rotation that is interrupted', () => {
  test('is finished by whoever looks next', async () => {
    const store = newStore();
    const kms = await openKms({ store });
    const KeyId = await newKey(kms);
    const blob = await seal(kms, KeyId);
    const first = await currentOf(kms, KeyId);
    const doomed = await openKms({ store: dying(store, 1) });
    const ended = await doomed.rotateKeyOnDemand({ KeyId }).catch((error: Error) => error.message);
    assert.equal(ended, 'The power went.');
    const second = await currentOf(await openKms({ store }), KeyId);
    assert.notEqual(second, first);
    assert.equal(await materialOf(kms, blob), first);
    const [entry] = await rotationsOf(kms, KeyId);
    assert.deepEqual([entry?.KeyMaterialId, entry?.RotationType], [second, 'ON_DEMAND']);
    assert.notProperty(await kms.getKeyRotationStatus({ KeyId }), 'OnDemandRotationStartDate');
  });

  test('leaves the old material current where the new one cannot be read back', async () => {
    const clock = new TestClock();
    const store = newStore();
    const kms = await openKms({ store, clock: clock.read });
    const KeyId = await newKey(kms);
    await kms.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 });
    const first = await currentOf(kms, KeyId);
    const known = new Set((await store.list('materials', { limit: 10 })).map(({ id }) => id));
    const forgetful: Store = {
      ...store,
      read: async (refs) =>
        (await store.read(refs)).map((row) => (row?.table === 'materials' && !known.has(row.id) ? undefined : row)),
    };
    const poor = await openKms({ store: forgetful, clock: clock.read });
    await assertFails(poor.rotateKeyOnDemand({ KeyId }), 'KeysNotKept');
    clock.pass(90 * day);
    await seal(poor, KeyId);
    assert.equal(await currentOf(poor, KeyId), first);
    assert.equal(await store.count('materials'), 2);
    assert.notEqual(await currentOf(kms, KeyId), first);
  });
});

describe('on-demand rotation', () => {
  test('makes new material current, and leaves the schedule as it is', async () => {
    const clock = new TestClock();
    const kms = await newKms({ clock: clock.read });
    const KeyId = await newKey(kms);
    await kms.enableKeyRotation({ KeyId });
    const { NextRotationDate } = await kms.getKeyRotationStatus({ KeyId });
    const blob = await seal(kms, KeyId);
    clock.pass(day);
    assert.equal((await kms.rotateKeyOnDemand({ KeyId: arnOf(KeyId) })).KeyId, arnOf(KeyId));
    assert.deepEqual((await kms.getKeyRotationStatus({ KeyId })).NextRotationDate, NextRotationDate);
    const current = await currentOf(kms, KeyId);
    assert.notEqual(await materialOf(kms, blob), current);
    const moved = await kms.reEncrypt({ CiphertextBlob: blob, DestinationKeyId: KeyId });
    assert.equal(moved.DestinationKeyMaterialId, current);
    assert.equal(moved.SourceKeyMaterialId, await materialOf(kms, blob));
    assert.equal((await kms.generateDataKey({ KeyId, KeySpec: 'AES_256' })).KeyMaterialId, current);
  });

  test('is limited to 25', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    const blobs = [await seal(kms, KeyId)];
    for (let i = 0; i < 25; i++) {
      await kms.rotateKeyOnDemand({ KeyId });
      blobs.push(await seal(kms, KeyId));
    }
    await assertFails(
      kms.rotateKeyOnDemand({ KeyId }),
      'LimitExceededException',
      `The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: ${arnOf(KeyId)}`,
    );
    const materials = await Promise.all(blobs.map((blob) => materialOf(kms, blob)));
    assert.equal(new Set(materials).size, 26);
  });

  test('is refused in the 20 minutes before an automatic one, and while one is in progress', async () => {
    const clock = new TestClock();
    const kms = await newKms({ clock: clock.read });
    const KeyId = await newKey(kms);
    await kms.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 });
    clock.pass(90 * day - 20 * 60_000);
    await assertFails(kms.rotateKeyOnDemand({ KeyId }), 'ConflictException');
    await kms.disableKeyRotation({ KeyId });
    const outcomes = await Promise.allSettled([kms.rotateKeyOnDemand({ KeyId }), kms.rotateKeyOnDemand({ KeyId })]);
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    assert.isAtMost(refused.length, 1);
    for (const { reason } of refused) assert.equal((reason as Error).name, 'ConflictException');
    assert.lengthOf(await rotationsOf(kms, KeyId), 2 - refused.length);
  });

  test('needs a key, by id or ARN', async () => {
    const kms = await newKms();
    const unknown = '1234abcd-12ab-44cd-86ef-1234567890ab';
    for (const call of [
      kms.rotateKeyOnDemand,
      kms.getKeyRotationStatus,
      kms.enableKeyRotation,
      kms.disableKeyRotation,
      kms.listKeyRotations,
    ]) {
      await assertFails(
        call.call(kms, { KeyId: unknown }),
        'NotFoundException',
        `Key '${arnOf(unknown)}' does not exist`,
      );
      assert.equal((await failure(call.call(kms, { KeyId: 'alias/a' }))).name, 'NotFoundException');
    }
  });
});

describe('ListKeyRotations', () => {
  test('gives rotations, or all material with the first, in pages', async () => {
    const clock = new TestClock();
    const kms = await newKms({ clock: clock.read });
    const KeyId = await newKey(kms);
    const ids = [await currentOf(kms, KeyId)];
    for (let i = 0; i < 4; i++) {
      clock.pass(1000);
      await kms.rotateKeyOnDemand({ KeyId });
      ids.push(await currentOf(kms, KeyId));
    }
    assert.deepEqual(
      (await rotationsOf(kms, KeyId)).map(({ KeyMaterialId }) => KeyMaterialId),
      ids.slice(1),
    );
    const all = await kms.listKeyRotations({ KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' });
    assert.deepEqual(all.Rotations[0], { KeyId, KeyMaterialId: ids[0] as string, KeyMaterialState: 'NON_CURRENT' });
    assert.deepEqual(
      all.Rotations.map(({ KeyMaterialState }) => KeyMaterialState),
      ['NON_CURRENT', 'NON_CURRENT', 'NON_CURRENT', 'NON_CURRENT', 'CURRENT'],
    );
    const paged: string[] = [];
    let Marker: string | undefined;
    do {
      const page = await kms.listKeyRotations({ KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL', Limit: 2, Marker });
      assert.isAtMost(page.Rotations.length, 2);
      paged.push(...page.Rotations.map(({ KeyMaterialId }) => KeyMaterialId));
      Marker = page.NextMarker;
    } while (Marker !== undefined);
    assert.deepEqual(paged, ids);
    const { NextMarker } = await kms.listKeyRotations({ KeyId, Limit: 1 });
    await assertFails(
      kms.listKeyRotations({ KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL', Marker: NextMarker as string }),
      'InvalidMarkerException',
    );
  });
});
