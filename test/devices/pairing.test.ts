// Two devices and the keys that go from one to the other: what each has then, what may not go, and what is begun again.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { openKms } from '../../src/index.ts';
import { newRecoveryCode, recoveryCode } from '../../src/unlock/index.ts';
import { random, utf8 } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';
import { importInto } from '../support/imports.ts';
import { newKey, newStore } from '../support/kms.ts';
import { assertRunFails, east, newOld, newYoung, pair, recoverable, succeeded, west } from './support.ts';

const Plaintext = utf8('meet at nine');
const arnIn = (region: string, id: string): string => `arn:aws:kms:${region}:000000000000:key/${id}`;

describe('a key that goes to another device', () => {
  test('opens there what was sealed here, and here what was sealed there', async () => {
    const [old, young] = [await newOld(recoverable()), await newYoung()];
    const KeyId = await newKey(old, {
      MultiRegion: true,
      Description: 'notes',
      Tags: [{ TagKey: 'a', TagValue: 'b' }],
    });
    await old.createAlias({ AliasName: 'alias/notes', TargetKeyId: KeyId });
    const before = await old.encrypt({ KeyId, Plaintext });
    await old.rotateKeyOnDemand({ KeyId });
    const after = await old.encrypt({ KeyId, Plaintext });
    const run = await pair(old, young);
    const { offered, added } = succeeded(run);
    assert.deepEqual(offered.added, [KeyId]);
    assert.deepEqual(added.keys, [{ KeyId, Arn: arnIn(east, KeyId), missing: [] }]);
    assert.match(run.numbers[0] ?? '', /^\d{3} \d{4}$/);
    assert.equal(run.numbers[0], run.numbers[1]);
    assert.deepEqual(
      run.seen
        .map(({ device, keys, opensRoot }) => ({ device, keys, opensRoot }))
        .sort((a, b) => (a.device < b.device ? -1 : 1)),
      [
        { device: "Ada's laptop", keys: [KeyId], opensRoot: false },
        { device: "Ada's phone", keys: [KeyId], opensRoot: false },
      ],
    );
    for (const { CiphertextBlob } of [before, after])
      assert.deepEqual((await young.decrypt({ CiphertextBlob })).Plaintext, Plaintext);
    const { CiphertextBlob } = await young.encrypt({ KeyId, Plaintext });
    assert.deepEqual((await old.decrypt({ CiphertextBlob })).Plaintext, Plaintext);
    for (const kms of [old, young]) assert.isTrue((await kms.check()).isWhole);
  });

  test('is a replica there by the rules of multi-Region keys', async () => {
    const [old, young] = [await newOld(recoverable()), await newYoung()];
    const KeyId = await newKey(old, {
      MultiRegion: true,
      Description: 'notes',
      Tags: [{ TagKey: 'a', TagValue: 'b' }],
    });
    await old.createAlias({ AliasName: 'alias/notes', TargetKeyId: KeyId });
    const own = { KeyId, Description: 'on the laptop', Tags: [{ TagKey: 'c', TagValue: 'd' }] };
    succeeded(await pair(old, young, { add: { keys: [own] } }));
    const { KeyMetadata } = await young.describeKey({ KeyId });
    assert.deepInclude(KeyMetadata, {
      Arn: arnIn(west, KeyId),
      Description: 'on the laptop',
      KeyState: 'Enabled',
      MultiRegion: true,
    });
    const configuration = {
      PrimaryKey: { Arn: arnIn(east, KeyId), Region: east },
      ReplicaKeys: [{ Arn: arnIn(west, KeyId), Region: west }],
    };
    assert.deepEqual(KeyMetadata.MultiRegionConfiguration, { MultiRegionKeyType: 'REPLICA', ...configuration });
    const here = (await old.describeKey({ KeyId })).KeyMetadata;
    assert.deepEqual(here.MultiRegionConfiguration, { MultiRegionKeyType: 'PRIMARY', ...configuration });
    assert.lengthOf((await young.listAliases()).Aliases, 0);
    assert.deepEqual((await young.listResourceTags({ KeyId })).Tags, [{ TagKey: 'c', TagValue: 'd' }]);
    await assertFails(young.rotateKeyOnDemand({ KeyId }), 'UnsupportedOperationException');
    await assertFails(young.replicateKey({ KeyId, ReplicaRegion: 'eu-west-1' }), 'UnsupportedOperationException');
    await assertFails(
      old.updatePrimaryRegion({ KeyId, PrimaryRegion: west }),
      'UnsupportedOperationException',
      /another device/,
    );
    await assertFails(old.replicateKey({ KeyId, ReplicaRegion: west }), 'AlreadyExistsException', /another device/);
    // A replica in the same store stands beside the one on the other device.
    await old.replicateKey({ KeyId, ReplicaRegion: 'eu-west-1' });
    const regions = (await old.describeKey({ KeyId })).KeyMetadata.MultiRegionConfiguration?.ReplicaKeys;
    assert.deepEqual(
      regions?.map(({ Region }) => Region),
      ['eu-west-1', west],
    );
    assert.equal((await old.scheduleKeyDeletion({ KeyId })).KeyState, 'PendingReplicaDeletion');
  });

  test('is in the trail of both devices, and in their lists', async () => {
    const [old, young] = [await newOld(recoverable()), await newYoung()];
    const KeyId = await newKey(old, { MultiRegion: true });
    const { offered, added } = succeeded(await pair(old, young));
    const [sent] = (
      await old.trail.lookup({ LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'ReplicateKey' }] })
    ).Events;
    assert.include(sent?.CloudTrailEvent, west);
    assert.include(sent?.CloudTrailEvent, KeyId);
    const named = async (kms: typeof old, AttributeValue: string) =>
      (await kms.trail.lookup({ LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue }] })).Events.length;
    assert.deepEqual([await named(old, 'SynchronizeMultiRegionKey'), await named(young, 'CreateKey')], [1, 1]);
    const [laptop] = await old.devices.list();
    assert.deepInclude(laptop, { id: added.id, name: "Ada's laptop", region: west, state: 'added', opensRoot: false });
    assert.deepEqual(laptop?.keys, [arnIn(east, KeyId)]);
    const [phone] = await young.devices.list();
    assert.deepInclude(phone, { id: offered.id, name: "Ada's phone", region: east, state: 'added' });
    assert.deepEqual(phone?.keys, [arnIn(west, KeyId)]);
    assert.isTrue((await old.trail.verify()).isIntact);
  });

  test('may be a pair or a MAC key, from and into keyrings of any mode', async () => {
    const code = newRecoveryCode();
    const slots = [recoveryCode(code)];
    const locked = { mode: 'locked', slots } as const;
    for (const [from, into] of [
      [locked, recoverable()],
      [recoverable(), locked],
    ] as const) {
      const [old, young] = [await newOld(from), await newYoung(into)];
      const ec = await newKey(old, { MultiRegion: true, KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
      const mac = await newKey(old, { MultiRegion: true, KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
      const agree = await newKey(old, { MultiRegion: true, KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' });
      succeeded(await pair(old, young, { add: { by: from === locked ? recoveryCode(code) : undefined } }));
      const request = { KeyId: ec, Message: utf8('m'), SigningAlgorithm: 'ECDSA_SHA_256' } as const;
      const { Signature } = await young.sign(request);
      assert.isTrue((await old.verify({ ...request, Signature })).SignatureValid);
      const maced = { KeyId: mac, Message: utf8('m'), MacAlgorithm: 'HMAC_SHA_256' } as const;
      assert.deepEqual((await young.generateMac(maced)).Mac, (await old.generateMac(maced)).Mac);
      const publicKeys = await Promise.all(
        [old, young].map(async (kms) => (await kms.getPublicKey({ KeyId: agree })).PublicKey),
      );
      assert.deepEqual(publicKeys[0], publicKeys[1]);
      assert.isTrue((await young.check()).isWhole);
    }
  });

  test('has its imported material imported on each device, as AWS has it in each Region', async () => {
    const [old, young] = [await newOld(recoverable()), await newYoung()];
    const KeyId = await newKey(old, { MultiRegion: true, Origin: 'EXTERNAL' });
    const without = await pair(old, young, { add: { keys: [KeyId] } });
    assertRunFails(without, 'KMSInvalidStateException', 'PairingFailed');
    const material = random(32);
    await importInto(old, KeyId, material);
    const { CiphertextBlob } = await old.encrypt({ KeyId, Plaintext });
    succeeded(await pair(old, young));
    assert.equal((await young.describeKey({ KeyId })).KeyMetadata.KeyState, 'PendingImport');
    await assertFails(importInto(young, KeyId, random(32)), 'IncorrectKeyMaterialException');
    await importInto(young, KeyId, material);
    assert.deepEqual((await young.decrypt({ CiphertextBlob })).Plaintext, Plaintext);
    // Passed again, it keeps what was imported.
    succeeded(await pair(old, young));
    assert.deepEqual((await young.decrypt({ CiphertextBlob })).Plaintext, Plaintext);
    assert.isTrue((await young.check()).isWhole);
  });

  test('gets what is new of it when it is passed again, and keeps what is its own', async () => {
    const [old, young] = [await newOld(recoverable()), await newYoung()];
    const KeyId = await newKey(old, { MultiRegion: true });
    succeeded(await pair(old, young));
    await young.updateKeyDescription({ KeyId, Description: 'mine' });
    await old.rotateKeyOnDemand({ KeyId });
    const { CiphertextBlob } = await old.encrypt({ KeyId, Plaintext });
    await assertFails(young.decrypt({ CiphertextBlob }), 'InvalidCiphertextException');
    const { offered } = succeeded(await pair(old, young));
    assert.deepEqual([offered.added, offered.updated], [[], [KeyId]]);
    assert.deepEqual((await young.decrypt({ CiphertextBlob })).Plaintext, Plaintext);
    assert.equal((await young.describeKey({ KeyId })).KeyMetadata.Description, 'mine');
    assert.lengthOf(await old.devices.list(), 1);
    const third = await newYoung();
    await assertRunFails(await pair(old, third), 'AlreadyExistsException', 'PairingFailed');
    assert.lengthOf(await old.devices.list(), 1);
  });

  test('is not rotated by its date on the device that has the replica', async () => {
    let now = Date.UTC(2030, 0, 1);
    const clock = () => now;
    const [old, young] = [await newOld({ ...recoverable(), clock }), await newYoung({ clock })];
    const KeyId = await newKey(old, { MultiRegion: true });
    await old.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 });
    succeeded(await pair(old, young));
    now += 100 * 86_400_000;
    const { CiphertextBlob } = await young.encrypt({ KeyId, Plaintext });
    assert.deepEqual((await old.decrypt({ CiphertextBlob })).Plaintext, Plaintext);
    const rotations = async (kms: typeof old) => (await kms.listKeyRotations({ KeyId })).Rotations.length;
    assert.deepEqual([await rotations(old), await rotations(young)], [1, 0]);
  });
});

describe('a key does not go to another device', () => {
  test('where the platform made it: it is named, and after an upgrade and a rotation it goes', async () => {
    const [old, young] = [await newOld(), await newYoung()];
    const KeyId = await newKey(old, { MultiRegion: true });
    const first = await old.encrypt({ KeyId, Plaintext });
    const refused = await pair(old, young);
    await assertRunFails(
      refused,
      'KeysNotPortable',
      'PairingFailed',
      new RegExp(`${KeyId}.*kms\\.upgrade.*rotateKeyOnDemand`),
    );
    assert.deepEqual(await old.devices.list(), []);
    await old.upgrade({ to: 'recoverable', slots: [recoveryCode(newRecoveryCode())] });
    await assertRunFails(await pair(old, young), 'KeysNotPortable', 'PairingFailed');
    await old.rotateKeyOnDemand({ KeyId });
    const { added } = succeeded(await pair(old, young));
    assert.lengthOf(added.keys[0]?.missing ?? [], 1);
    const { CiphertextBlob } = await old.encrypt({ KeyId, Plaintext });
    assert.deepEqual((await young.decrypt({ CiphertextBlob })).Plaintext, Plaintext);
    await assertFails(young.decrypt({ CiphertextBlob: first.CiphertextBlob }), 'InvalidCiphertextException');
  });

  test('where it is of one Region, of the same Region, of another account, or of the same keyring', async () => {
    const old = await newOld(recoverable());
    const single = await newKey(old);
    await assertRunFails(
      await pair(old, await newYoung(), { add: { keys: [single] } }),
      'UnsupportedOperationException',
      'PairingFailed',
    );
    await newKey(old, { MultiRegion: true });
    await assertRunFails(
      await pair(old, await newOld()),
      'AlreadyExistsException',
      'PairingFailed',
      /Region of its own/,
    );
    const stranger = await newYoung({ accountId: '111122223333' });
    await assertRunFails(await pair(old, stranger), 'PairingRefused', 'PairingRefused', /same accountId/);
    await assertRunFails(await pair(old, old.at({ region: west })), 'PairingRefused', 'PairingRefused', /very keyring/);
    await assertRunFails(
      await pair(old, await newYoung(), { add: { keys: [] } }),
      'ValidationException',
      'PairingFailed',
    );
    assert.deepEqual(await old.devices.list(), []);
  });

  test('out of a locked keyring without a method that opens it, or by a caller who is no administrator', async () => {
    const code = newRecoveryCode();
    const old = await newOld({ mode: 'locked', slots: [recoveryCode(code)] });
    await newKey(old, { MultiRegion: true });
    await assertRunFails(
      await pair(old, await newYoung()),
      'ValidationException',
      'PairingFailed',
      /by must be a method/,
    );
    const wrong = recoveryCode(newRecoveryCode());
    await assertRunFails(await pair(old, await newYoung(), { add: { by: wrong } }), 'UnlockFailed', 'PairingFailed');
    succeeded(await pair(old, await newYoung(), { add: { by: recoveryCode(code) } }));
    const user = old.as({ arn: 'arn:aws:iam::000000000000:user/eve' });
    assert.throws(() => user.devices, /not authorized/);
    assert.throws(() => user.pairing(), /not authorized/);
    old.lock();
    const run = await pair(old, await newYoung(), {
      add: { by: recoveryCode(code), signal: AbortSignal.timeout(2000) },
      offer: { signal: AbortSignal.timeout(50) },
    });
    assert.equal(run.added.status === 'rejected' && run.added.reason.name, 'KeyLocked');
  });

  test('where another key has its id on the new device', async () => {
    const old = await newOld(recoverable());
    const KeyId = await newKey(old, { MultiRegion: true });
    const young = await newYoung({ newKeyId: () => KeyId });
    await newKey(young, { MultiRegion: true });
    await assertRunFails(await pair(old, young), 'PairingRefused', 'AlreadyExistsException');
    assert.deepEqual(await old.devices.list(), []);
    const { MultiRegionConfiguration } = (await old.describeKey({ KeyId })).KeyMetadata;
    assert.deepEqual(MultiRegionConfiguration?.ReplicaKeys, []);
    for (const kms of [old, young]) assert.isTrue((await kms.check()).isWhole);
  });
});

test('bad options are refused with the name of the argument, before anything is done', async () => {
  const kms = await openKms({ store: newStore() });
  const { addDevice, offerDevice } = await import('../../src/devices/index.ts');
  const transport = () => {
    throw new Error('nothing is sent');
  };
  const offer = { name: 'a', transport, onCode: () => {}, confirm: () => true };
  for (const [name, value] of [
    ['name', ''],
    ['name', 'x'.repeat(129)],
    ['transport', undefined],
    ['onCode', 1],
    ['confirm', undefined],
    ['deviceKey', {}],
    ['signal', 1],
  ] as const)
    await assertFails(
      offerDevice(kms, { ...offer, [name]: value } as typeof offer),
      'ValidationException',
      new RegExp(`^${name}`),
    );
  const add = { name: 'a', transport, code: 'ABCD', confirm: () => true };
  await assertFails(addDevice(kms, add), 'ValidationException', /The code is not whole/);
  await assertFails(addDevice(kms, { ...add, keys: 'some' as 'all' }), 'ValidationException', /^keys/);
});
