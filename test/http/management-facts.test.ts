// What AWS KMS answers to management operations that a key cannot do, as recorded from it: names and texts to the letter.
import { assert } from 'chai';
import { beforeAll, describe, test } from 'vitest';
import { day } from '../support/kms.ts';
import { error, openWire } from '../support/wire.ts';

let wire: Awaited<ReturnType<typeof openWire>>;
/** ARNs of keys that the tests share. */
const keys: Record<string, string> = {};
beforeAll(async () => {
  wire = await openWire();
  keys['symmetric'] = await wire.newKey();
  keys['sign'] = await wire.newKey({ KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' });
  keys['mac'] = await wire.newKey({ KeySpec: 'HMAC_224', KeyUsage: 'GENERATE_VERIFY_MAC' });
});

describe('grants', () => {
  const GranteePrincipal = 'arn:aws:iam::000000000000:role/app';
  for (const [kind, Operations, unsupported, told] of [
    ['symmetric', ['Sign'], 'Sign', 'a symmetric KMS key with key usage ENCRYPT_DECRYPT'],
    ['mac', ['Encrypt'], 'Encrypt', 'a symmetric KMS key with key usage GENERATE_VERIFY_MAC'],
    ['sign', ['Encrypt', 'Sign', 'Decrypt'], 'Encrypt, Decrypt', 'an asymmetric KMS key with key usage SIGN_VERIFY'],
  ] as const)
    test(`name what a ${kind} key can do`, async () => {
      const own = {
        symmetric:
          'Encrypt, Decrypt, ReEncryptFrom, ReEncryptTo, GenerateDataKey, GenerateDataKeyWithoutPlaintext, GenerateDataKeyPair, GenerateDataKeyPairWithoutPlaintext',
        mac: 'GenerateMac, VerifyMac',
        sign: 'GetPublicKey, Sign, Verify',
      };
      const text = `Operations [${unsupported}] are not supported when creating a grant for ${told}. Valid operations are [CreateGrant, RetireGrant, DescribeKey, ${own[kind]}]`;
      const call = { KeyId: keys[kind], GranteePrincipal, Operations };
      await wire.fails('CreateGrant', call, error('ValidationException', text));
    });

  test('of other keys than symmetric ones have no constraints on the encryption context', async () => {
    const text = 'EncryptionContext is supported only when creating a grant for a symmetric encryption KMS key.';
    const call = { KeyId: keys['mac'], GranteePrincipal, Operations: ['GenerateMac'] };
    for (const Constraints of [{ EncryptionContextEquals: { a: 'b' } }, { EncryptionContextSubset: { a: 'b' } }])
      await wire.fails('CreateGrant', { ...call, Constraints }, error('ValidationException', text));
  });
});

describe('rotation of keys that are never rotated', () => {
  for (const kind of ['mac', 'sign']) {
    test(`is off for good: ${kind}`, async () => {
      const KeyId = keys[kind];
      assert.deepEqual(await wire.ok('GetKeyRotationStatus', { KeyId }), { KeyId, KeyRotationEnabled: false });
      assert.deepEqual(await wire.ok('ListKeyRotations', { KeyId }), { Rotations: [], Truncated: false });
      await wire.ok('DisableKeyRotation', { KeyId });
    });

    test(`cannot be had, and its material is not listed: ${kind}`, async () => {
      const KeyId = keys[kind];
      for (const operation of ['EnableKeyRotation', 'RotateKeyOnDemand'])
        await wire.fails(operation, { KeyId }, error('UnsupportedOperationException'));
      const text = 'Input parameter includeKeyMaterial can only be used with symmetric keys.';
      const call = { KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' };
      await wire.fails('ListKeyRotations', call, error('ValidationException', text));
    });
  }

  test('the state of the key counts first', async () => {
    const KeyId = await wire.newKey({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
    const operations = ['EnableKeyRotation', 'DisableKeyRotation', 'RotateKeyOnDemand'];
    await wire.ok('DisableKey', { KeyId });
    for (const operation of operations)
      await wire.fails(operation, { KeyId }, error('DisabledException', `${KeyId} is disabled.`));
    await wire.ok('ScheduleKeyDeletion', { KeyId });
    for (const operation of operations)
      await wire.fails(operation, { KeyId }, error('KMSInvalidStateException', `${KeyId} is pending deletion.`));
  });
});

describe('the schedule of rotation', () => {
  async function statusOf(KeyId: string) {
    const { RotationPeriodInDays, NextRotationDate } = await wire.ok('GetKeyRotationStatus', { KeyId });
    return [RotationPeriodInDays, NextRotationDate];
  }

  test('is kept where no other period is asked for', async () => {
    const KeyId = await wire.newKey();
    await wire.ok('EnableKeyRotation', { KeyId, RotationPeriodInDays: 2560 });
    const before = await statusOf(KeyId);
    wire.clock.pass(day);
    for (const period of [{}, { RotationPeriodInDays: 2560 }]) {
      await wire.ok('EnableKeyRotation', { KeyId, ...period });
      assert.deepEqual(await statusOf(KeyId), before);
    }
  });

  test('is not remembered once it was disabled', async () => {
    const KeyId = await wire.newKey();
    await wire.ok('EnableKeyRotation', { KeyId, RotationPeriodInDays: 90 });
    await wire.ok('DisableKeyRotation', { KeyId });
    await wire.ok('EnableKeyRotation', { KeyId });
    assert.equal((await statusOf(KeyId))[0], 365);
  });
});

describe('keys of several Regions', () => {
  async function replicated() {
    const KeyId = await wire.newKey({ MultiRegion: true });
    await wire.ok('ReplicateKey', { KeyId, ReplicaRegion: 'us-west-2' });
    return { KeyId, id: KeyId.split('/')[1], replica: KeyId.replace('us-east-1', 'us-west-2') };
  }

  test('have one replica in each other Region', async () => {
    const { KeyId } = await replicated();
    const twice = 'You can create only one replica of each primary key in each AWS Region.';
    await wire.fails('ReplicateKey', { KeyId, ReplicaRegion: 'us-west-2' }, error('AlreadyExistsException', twice));
    const own = 'us-east-1 cannot have a replica because it contains the primary.';
    await wire.fails('ReplicateKey', { KeyId, ReplicaRegion: 'us-east-1' }, error('ValidationException', own));
  });

  test('the primary moves from where it is to where a replica is, or stays', async () => {
    const { KeyId, id, replica } = await replicated();
    const nothing = `${id} does not have a replica key in the specified Region.`;
    const call = { KeyId, PrimaryRegion: 'eu-west-1' };
    await wire.fails('UpdatePrimaryRegion', call, error('ValidationException', nothing));
    const text = `${replica} is not a multi-Region primary key.`;
    const fromReplica = { KeyId: replica, PrimaryRegion: 'us-west-2' };
    await wire.fails('UpdatePrimaryRegion', fromReplica, error('KMSInvalidStateException', text), 'us-west-2');
    const { KeyMetadata: before } = await wire.ok('DescribeKey', { KeyId });
    await wire.ok('UpdatePrimaryRegion', { KeyId, PrimaryRegion: 'us-east-1' });
    assert.deepEqual((await wire.ok('DescribeKey', { KeyId }))['KeyMetadata'], before);
  });

  test('tell that the deletion of replicas is waited for', async () => {
    const { KeyId } = await replicated();
    await wire.ok('ScheduleKeyDeletion', { KeyId });
    const text = `${KeyId} is pending replica deletion.`;
    for (const [operation, input] of [
      ['Encrypt', { Plaintext: 'YQ==' }],
      ['EnableKey', {}],
    ] as const)
      await wire.fails(operation, { KeyId, ...input }, error('KMSInvalidStateException', text));
  });

  test('are rotated in the Region of the primary', async () => {
    const { KeyId, replica } = await replicated();
    await wire.ok('EnableKeyRotation', { KeyId });
    for (const operation of ['EnableKeyRotation', 'DisableKeyRotation', 'RotateKeyOnDemand']) {
      const text = `${replica} is a multi-region replica key which is not valid for ${operation}.`;
      await wire.fails(operation, { KeyId: replica }, error('UnsupportedOperationException', text), 'us-west-2');
    }
  });

  test('keep their schedule while the deletion of replicas is waited for', async () => {
    const { KeyId } = await replicated();
    await wire.ok('EnableKeyRotation', { KeyId });
    await wire.ok('ScheduleKeyDeletion', { KeyId });
    assert.isTrue((await wire.ok('GetKeyRotationStatus', { KeyId }))['KeyRotationEnabled']);
  });
});
