// Multi-Region keys: what related keys share, what each has for itself, and the end of a primary.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { type Kms, openKms } from '../../src/index.ts';
import { utf8 } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';
import { day, newKey, newKms, newStore, TestClock } from '../support/kms.ts';

const arnIn = (region: string, id: string): string => `arn:aws:kms:${region}:000000000000:key/${id}`;
const east = 'us-east-1';
const west = 'us-west-2';
const eu = 'eu-west-1';
const seal = async (kms: Kms, KeyId: string) =>
  (await kms.encrypt({ KeyId, Plaintext: utf8('secret') })).CiphertextBlob;
const describeIn = async (kms: Kms, region: string, KeyId: string) =>
  (await kms.at({ region }).describeKey({ KeyId })).KeyMetadata;

async function replicated(kms: Kms, ...regions: string[]): Promise<string> {
  const KeyId = await newKey(kms, { MultiRegion: true, Description: 'primary' });
  for (const ReplicaRegion of regions) await kms.replicateKey({ KeyId, ReplicaRegion });
  return KeyId;
}

describe('ReplicateKey', () => {
  test('makes a key of the same id and material, with the rest of its own', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms, {
      MultiRegion: true,
      Description: 'primary',
      Tags: [{ TagKey: 'a', TagValue: '1' }],
    });
    const CiphertextBlob = await seal(kms, KeyId);
    const reply = await kms.replicateKey({ KeyId, ReplicaRegion: west, Tags: [{ TagKey: 'b', TagValue: '2' }] });
    const { ReplicaKeyMetadata: metadata } = reply;
    assert.deepEqual(
      [metadata.KeyState, metadata.Enabled, metadata.Description, metadata.Arn, metadata.CurrentKeyMaterialId],
      ['Creating', false, '', arnIn(west, KeyId), undefined],
    );
    assert.deepEqual(metadata.MultiRegionConfiguration, {
      MultiRegionKeyType: 'REPLICA',
      PrimaryKey: { Arn: arnIn(east, KeyId), Region: east },
      ReplicaKeys: [{ Arn: arnIn(west, KeyId), Region: west }],
    });
    assert.include(reply.ReplicaPolicy, 'key-default-1');
    assert.deepEqual(reply.ReplicaTags, [{ TagKey: 'b', TagValue: '2' }]);
    const replica = kms.at({ region: west });
    const opened = await replica.decrypt({ CiphertextBlob });
    assert.deepEqual([opened.Plaintext, opened.KeyId], [utf8('secret'), arnIn(west, KeyId)]);
    assert.equal((await describeIn(kms, west, KeyId)).KeyState, 'Enabled');
    assert.equal((await describeIn(kms, east, KeyId)).MultiRegionConfiguration?.ReplicaKeys[0]?.Region, west);
    await replica.disableKey({ KeyId });
    assert.deepEqual((await kms.decrypt({ CiphertextBlob: await seal(kms, KeyId) })).Plaintext, utf8('secret'));
    await replica.createAlias({ AliasName: 'alias/a', TargetKeyId: KeyId });
    assert.lengthOf((await kms.listAliases()).Aliases, 0);
  });

  test('works for key pairs, MAC keys and keys of wrapped stores', async () => {
    const root = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
    for (const options of [{}, { root }]) {
      const store = newStore();
      const kms = await openKms({ store, ...options });
      const KeyId = await newKey(kms, { MultiRegion: true, KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
      const mac = await newKey(kms, { MultiRegion: true, KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
      const plain = await newKey(kms, { MultiRegion: true });
      for (const id of [KeyId, mac, plain]) await kms.replicateKey({ KeyId: id, ReplicaRegion: west });
      const there = await openKms({ store, region: west, ...options });
      const request = { KeyId, Message: utf8('m'), SigningAlgorithm: 'ECDSA_SHA_256' } as const;
      const { Signature } = await there.sign(request);
      assert.isTrue((await kms.verify({ ...request, Signature })).SignatureValid);
      const maced = { KeyId: mac, Message: utf8('m'), MacAlgorithm: 'HMAC_SHA_256' } as const;
      assert.deepEqual((await there.generateMac(maced)).Mac, (await kms.generateMac(maced)).Mac);
      assert.deepEqual((await kms.decrypt({ CiphertextBlob: await seal(there, plain) })).Plaintext, utf8('secret'));
    }
  });

  test('is refused twice, from a replica, and for keys of one Region', async () => {
    const kms = await newKms();
    const KeyId = await replicated(kms, west);
    await assertFails(kms.replicateKey({ KeyId, ReplicaRegion: west }), 'AlreadyExistsException');
    await assertFails(kms.replicateKey({ KeyId, ReplicaRegion: east }), 'ValidationException');
    await assertFails(
      kms.at({ region: west }).replicateKey({ KeyId, ReplicaRegion: eu }),
      'UnsupportedOperationException',
      `${arnIn(west, KeyId)} is not a multi-region primary key.`,
    );
    const single = await newKey(kms);
    await assertFails(
      kms.replicateKey({ KeyId: single, ReplicaRegion: west }),
      'UnsupportedOperationException',
      `${arnIn(east, single)} is not a multi-region primary key.`,
    );
    await assertFails(kms.replicateKey({ KeyId, ReplicaRegion: 'nowhere' }), 'ValidationException', /replicaRegion/);
  });
});

describe('what related keys share', () => {
  test('rotation is set on the primary, and all have the new material at once', async () => {
    const clock = new TestClock();
    const kms = await newKms({ clock: clock.read });
    const KeyId = await replicated(kms, west, eu);
    const there = kms.at({ region: west });
    await assertFails(
      there.enableKeyRotation({ KeyId }),
      'UnsupportedOperationException',
      `${arnIn(west, KeyId)} is a multi-region replica key which is not valid for EnableKeyRotation.`,
    );
    await assertFails(there.rotateKeyOnDemand({ KeyId }), 'UnsupportedOperationException');
    await kms.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 });
    assert.equal((await there.getKeyRotationStatus({ KeyId })).RotationPeriodInDays, 90);
    const old = await seal(there, KeyId);
    clock.pass(90 * day);
    const recent = await seal(there, KeyId);
    await kms.rotateKeyOnDemand({ KeyId });
    const materials = new Set<string | undefined>();
    for (const region of [east, west, eu]) {
      materials.add((await describeIn(kms, region, KeyId)).CurrentKeyMaterialId);
      const here = kms.at({ region });
      for (const CiphertextBlob of [old, recent])
        assert.deepEqual((await here.decrypt({ CiphertextBlob })).Plaintext, utf8('secret'));
      const { Rotations } = await here.listKeyRotations({ KeyId });
      assert.deepEqual(
        Rotations.map(({ RotationType }) => RotationType),
        ['AUTOMATIC', 'ON_DEMAND'],
      );
    }
    assert.equal(materials.size, 1);
  });

  test('a replica that is made after rotations opens what came before', async () => {
    const kms = await newKms();
    const KeyId = await replicated(kms);
    const old = await seal(kms, KeyId);
    await kms.rotateKeyOnDemand({ KeyId });
    await kms.replicateKey({ KeyId, ReplicaRegion: west });
    const there = kms.at({ region: west });
    assert.deepEqual((await there.decrypt({ CiphertextBlob: old })).Plaintext, utf8('secret'));
  });
});

describe('UpdatePrimaryRegion', () => {
  test('makes a replica the primary, and the primary a replica', async () => {
    const kms = await newKms();
    const KeyId = await replicated(kms, west, eu);
    await assertFails(kms.updatePrimaryRegion({ KeyId, PrimaryRegion: 'sa-east-1' }), 'ValidationException');
    await assertFails(
      kms.at({ region: west }).updatePrimaryRegion({ KeyId, PrimaryRegion: eu }),
      'KMSInvalidStateException',
    );
    await kms.updatePrimaryRegion({ KeyId, PrimaryRegion: west });
    for (const region of [east, west, eu]) {
      const { MultiRegionConfiguration: found } = await describeIn(kms, region, KeyId);
      assert.equal(found?.MultiRegionKeyType, region === west ? 'PRIMARY' : 'REPLICA');
      assert.equal(found?.PrimaryKey.Region, west);
      assert.deepEqual(
        found?.ReplicaKeys.map(({ Region }) => Region),
        [eu, east],
      );
    }
    await assertFails(kms.rotateKeyOnDemand({ KeyId }), 'UnsupportedOperationException');
    await kms.at({ region: west }).rotateKeyOnDemand({ KeyId });
  });
});

describe('deletion', () => {
  test('of a primary waits for its replicas, and its waiting period begins when the last is gone', async () => {
    const clock = new TestClock();
    const store = newStore();
    const kms = await openKms({ store, clock: clock.read });
    const KeyId = await replicated(kms, west);
    const there = kms.at({ region: west });
    const reply = await kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 10 });
    assert.deepEqual([reply.KeyState, reply.PendingWindowInDays], ['PendingReplicaDeletion', 10]);
    assert.notProperty(reply, 'DeletionDate');
    const waiting = await describeIn(kms, east, KeyId);
    assert.deepEqual([waiting.KeyState, waiting.PendingDeletionWindowInDays], ['PendingReplicaDeletion', 10]);
    assert.notProperty(waiting, 'DeletionDate');
    await assertFails(seal(kms, KeyId), 'KMSInvalidStateException');
    await seal(there, KeyId);
    clock.pass(100 * day);
    assert.equal((await describeIn(kms, east, KeyId)).KeyState, 'PendingReplicaDeletion');
    await there.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
    const start = clock.now;
    clock.pass(8 * day);
    await assertFails(there.describeKey({ KeyId }), 'NotFoundException');
    const pending = await describeIn(kms, east, KeyId);
    assert.deepEqual([pending.KeyState, pending.DeletionDate?.getTime()], ['PendingDeletion', start + 17 * day]);
    assert.deepEqual(pending.MultiRegionConfiguration?.ReplicaKeys, []);
    clock.pass(9 * day);
    await openKms({ store, clock: clock.read });
    assert.deepEqual([await store.count('keys'), await store.count('materials')], [0, 1]);
  });

  test('counts wherever one looks, also where nobody looks at the replica', async () => {
    const clock = new TestClock();
    const kms = await newKms({ clock: clock.read });
    const [looked, changed] = [await replicated(kms, west, eu), await replicated(kms, west)];
    for (const KeyId of [looked, changed])
      await kms.at({ region: west }).scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
    await kms.scheduleKeyDeletion({ KeyId: looked, PendingWindowInDays: 7 });
    await kms.at({ region: eu }).scheduleKeyDeletion({ KeyId: looked, PendingWindowInDays: 9 });
    const start = clock.now;
    clock.pass(8 * day);
    assert.equal((await kms.scheduleKeyDeletion({ KeyId: changed })).KeyState, 'PendingDeletion');
    const waiting = await describeIn(kms, east, looked);
    assert.deepEqual(waiting.MultiRegionConfiguration?.ReplicaKeys, [{ Arn: arnIn(eu, looked), Region: eu }]);
    assert.equal(waiting.KeyState, 'PendingReplicaDeletion');
    clock.pass(2 * day);
    const pending = await describeIn(kms, east, looked);
    assert.deepEqual([pending.KeyState, pending.DeletionDate?.getTime()], ['PendingDeletion', start + 16 * day]);
    clock.pass(6 * day);
    await assertFails(kms.describeKey({ KeyId: looked }), 'NotFoundException');
  });

  test('of a primary can be cancelled while it waits', async () => {
    const kms = await newKms();
    const KeyId = await replicated(kms, west);
    await kms.scheduleKeyDeletion({ KeyId });
    await kms.cancelKeyDeletion({ KeyId });
    assert.equal((await describeIn(kms, east, KeyId)).KeyState, 'Disabled');
  });

  test('of a replica leaves the others, and the Region can have a replica again', async () => {
    const clock = new TestClock();
    const kms = await newKms({ clock: clock.read });
    const KeyId = await replicated(kms, west, eu);
    await kms.at({ region: west }).scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
    clock.pass(7 * day);
    await kms.replicateKey({ KeyId, ReplicaRegion: west });
    assert.equal((await describeIn(kms, west, KeyId)).KeyState, 'Enabled');
    assert.equal((await describeIn(kms, eu, KeyId)).KeyState, 'Enabled');
  });
});
