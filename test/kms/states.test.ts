// The key state table of the developer guide, row by row, and what deletion dates do.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import type { Kms } from '../../src/index.ts';
import { openKms } from '../../src/index.ts';
import { random, utf8 } from '../support/bytes.ts';
import { assertFails, failure } from '../support/errors.ts';
import { importInto } from '../support/imports.ts';
import type { Kind } from '../support/kinds.ts';
import { day, newKey, newKms, newStore, rowId, TestClock } from '../support/kms.ts';

const states = ['Enabled', 'Disabled', 'PendingDeletion', 'PendingReplicaDeletion', 'PendingImport'] as const;
type State = (typeof states)[number];
type Expected = 'OK' | 'DisabledException' | 'KMSInvalidStateException' | 'UnsupportedOperationException';
interface Case {
  operation: string;
  /** What key it is about; default symmetric. */
  kind?: Kind;
  /** Made while the key is enabled, and given to `call`; default a ciphertext. */
  prepare?(kms: Kms, KeyId: string): Promise<Uint8Array>;
  call(kms: Kms, KeyId: string, blob: Uint8Array): Promise<unknown>;
  expected: Record<'Enabled' | 'Disabled' | 'PendingDeletion', Expected>;
  /** Where it is not what follows from `expected`. */
  pendingImport?: Expected;
}

const ok = { Enabled: 'OK', Disabled: 'OK', PendingDeletion: 'OK' } as const;
const notPending = { ...ok, PendingDeletion: 'KMSInvalidStateException' } as const;
const enabledOnly = {
  Enabled: 'OK',
  Disabled: 'DisabledException',
  PendingDeletion: 'KMSInvalidStateException',
} as const;
const notExternal = {
  Enabled: 'UnsupportedOperationException',
  Disabled: 'UnsupportedOperationException',
  PendingDeletion: 'UnsupportedOperationException',
} as const;
const Plaintext = utf8('x');
const material = random(32);
const signer: Kind = { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' };
const macKey: Kind = { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' };
const agreer: Kind = { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' };
const capsule: Kind = { KeySpec: 'ML_KEM_512', KeyUsage: 'ENCAPSULATE_DECAPSULATE' };
const rsa: Kind = { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' };
const signed = { Message: Plaintext, SigningAlgorithm: 'ECDSA_SHA_256' } as const;
const authenticated = { Message: Plaintext, MacAlgorithm: 'HMAC_SHA_256' } as const;
const EncapsulationAlgorithm = 'ML_KEM';
const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256';
const publicKeyOf = async (kms: Kms, KeyId: string) => (await kms.getPublicKey({ KeyId })).PublicKey;

const cases: Case[] = [
  {
    operation: 'CreateAlias',
    call: (kms, id) => kms.createAlias({ AliasName: 'alias/new', TargetKeyId: id }),
    expected: notPending,
  },
  {
    operation: 'UpdateAlias',
    call: (kms, id) => kms.updateAlias({ AliasName: 'alias/other', TargetKeyId: id }),
    expected: notPending,
  },
  { operation: 'DeleteAlias', call: (kms) => kms.deleteAlias({ AliasName: 'alias/own' }), expected: ok },
  { operation: 'Encrypt', call: (kms, KeyId) => kms.encrypt({ KeyId, Plaintext }), expected: enabledOnly },
  { operation: 'Decrypt', call: (kms, _, CiphertextBlob) => kms.decrypt({ CiphertextBlob }), expected: enabledOnly },
  {
    operation: 'ReEncrypt',
    call: (kms, id, blob) => kms.reEncrypt({ CiphertextBlob: blob, DestinationKeyId: id }),
    expected: enabledOnly,
  },
  {
    operation: 'GenerateDataKey',
    call: (kms, KeyId) => kms.generateDataKey({ KeyId, KeySpec: 'AES_256' }),
    expected: enabledOnly,
  },
  {
    operation: 'GenerateDataKeyWithoutPlaintext',
    call: (kms, KeyId) => kms.generateDataKeyWithoutPlaintext({ KeyId, KeySpec: 'AES_256' }),
    expected: enabledOnly,
  },
  {
    operation: 'GenerateDataKeyPair',
    call: (kms, KeyId) => kms.generateDataKeyPair({ KeyId, KeyPairSpec: 'ECC_NIST_P256' }),
    expected: enabledOnly,
  },
  {
    operation: 'GenerateDataKeyPairWithoutPlaintext',
    call: (kms, KeyId) => kms.generateDataKeyPairWithoutPlaintext({ KeyId, KeyPairSpec: 'ECC_NIST_P256' }),
    expected: enabledOnly,
  },
  {
    operation: 'Sign',
    kind: signer,
    call: (kms, KeyId) => kms.sign({ KeyId, ...signed }),
    expected: enabledOnly,
  },
  {
    operation: 'Verify',
    kind: signer,
    prepare: async (kms, KeyId) => (await kms.sign({ KeyId, ...signed })).Signature,
    call: (kms, KeyId, Signature) => kms.verify({ KeyId, Signature, ...signed }),
    expected: enabledOnly,
  },
  {
    operation: 'GetPublicKey',
    kind: signer,
    call: (kms, KeyId) => kms.getPublicKey({ KeyId }),
    expected: enabledOnly,
  },
  {
    operation: 'GenerateMac',
    kind: macKey,
    call: (kms, KeyId) => kms.generateMac({ KeyId, ...authenticated }),
    expected: enabledOnly,
  },
  {
    operation: 'VerifyMac',
    kind: macKey,
    prepare: async (kms, KeyId) => (await kms.generateMac({ KeyId, ...authenticated })).Mac,
    call: (kms, KeyId, Mac) => kms.verifyMac({ KeyId, Mac, ...authenticated }),
    expected: enabledOnly,
  },
  {
    operation: 'DeriveSharedSecret',
    kind: agreer,
    prepare: publicKeyOf,
    call: (kms, KeyId, PublicKey) => kms.deriveSharedSecret({ KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey }),
    expected: enabledOnly,
  },
  {
    operation: 'Encapsulate',
    kind: capsule,
    call: (kms, KeyId) => kms.encapsulate({ KeyId, EncapsulationAlgorithm }),
    expected: enabledOnly,
  },
  {
    operation: 'Decapsulate',
    kind: capsule,
    prepare: async (kms, KeyId) =>
      (await kms.encapsulate({ KeyId, EncapsulationAlgorithm })).SharedSecretCiphertextBlob,
    call: (kms, KeyId, SharedSecretCiphertextBlob) =>
      kms.decapsulate({ KeyId, EncapsulationAlgorithm, SharedSecretCiphertextBlob }),
    expected: enabledOnly,
  },
  {
    operation: 'Encrypt under RSA',
    kind: rsa,
    call: (kms, KeyId) => kms.encrypt({ KeyId, Plaintext, EncryptionAlgorithm }),
    expected: enabledOnly,
  },
  {
    operation: 'Decrypt under RSA',
    kind: rsa,
    prepare: async (kms, KeyId) => (await kms.encrypt({ KeyId, Plaintext, EncryptionAlgorithm })).CiphertextBlob,
    call: (kms, KeyId, CiphertextBlob) => kms.decrypt({ KeyId, CiphertextBlob, EncryptionAlgorithm }),
    expected: enabledOnly,
  },
  { operation: 'DescribeKey', call: (kms, KeyId) => kms.describeKey({ KeyId }), expected: ok },
  { operation: 'ListAliases', call: (kms, KeyId) => kms.listAliases({ KeyId }), expected: ok },
  { operation: 'ListResourceTags', call: (kms, KeyId) => kms.listResourceTags({ KeyId }), expected: ok },
  {
    operation: 'EnableKey',
    call: (kms, KeyId) => kms.enableKey({ KeyId }),
    expected: notPending,
    pendingImport: 'KMSInvalidStateException',
  },
  {
    operation: 'DisableKey',
    call: (kms, KeyId) => kms.disableKey({ KeyId }),
    expected: notPending,
    pendingImport: 'KMSInvalidStateException',
  },
  { operation: 'ScheduleKeyDeletion', call: (kms, KeyId) => kms.scheduleKeyDeletion({ KeyId }), expected: notPending },
  {
    operation: 'CancelKeyDeletion',
    call: (kms, KeyId) => kms.cancelKeyDeletion({ KeyId }),
    expected: { Enabled: 'KMSInvalidStateException', Disabled: 'KMSInvalidStateException', PendingDeletion: 'OK' },
  },
  {
    operation: 'TagResource',
    call: (kms, KeyId) => kms.tagResource({ KeyId, Tags: [{ TagKey: 'a', TagValue: '' }] }),
    expected: notPending,
  },
  {
    operation: 'UntagResource',
    call: (kms, KeyId) => kms.untagResource({ KeyId, TagKeys: ['a'] }),
    expected: notPending,
  },
  {
    operation: 'UpdateKeyDescription',
    call: (kms, KeyId) => kms.updateKeyDescription({ KeyId, Description: '' }),
    expected: notPending,
  },
  {
    operation: 'EnableKeyRotation',
    call: (kms, KeyId) => kms.enableKeyRotation({ KeyId }),
    expected: enabledOnly,
    pendingImport: 'UnsupportedOperationException',
  },
  {
    operation: 'DisableKeyRotation',
    call: (kms, KeyId) => kms.disableKeyRotation({ KeyId }),
    expected: enabledOnly,
    pendingImport: 'UnsupportedOperationException',
  },
  {
    operation: 'GetKeyRotationStatus',
    call: (kms, KeyId) => kms.getKeyRotationStatus({ KeyId }),
    expected: ok,
    pendingImport: 'UnsupportedOperationException',
  },
  { operation: 'ListKeyRotations', call: (kms, KeyId) => kms.listKeyRotations({ KeyId }), expected: ok },
  { operation: 'RotateKeyOnDemand', call: (kms, KeyId) => kms.rotateKeyOnDemand({ KeyId }), expected: enabledOnly },
  {
    operation: 'ReplicateKey',
    call: (kms, KeyId) => kms.replicateKey({ KeyId, ReplicaRegion: 'us-west-2' }),
    expected: enabledOnly,
  },
  {
    operation: 'UpdatePrimaryRegion',
    call: (kms, KeyId) => kms.updatePrimaryRegion({ KeyId, PrimaryRegion: 'eu-west-1' }),
    expected: enabledOnly,
  },
  {
    operation: 'GetParametersForImport',
    call: (kms, KeyId) =>
      kms.getParametersForImport({
        KeyId,
        WrappingAlgorithm: 'RSAES_OAEP_SHA_256',
        WrappingKeySpec: 'RSA_2048',
      }),
    expected: notExternal,
    pendingImport: 'OK',
  },
  {
    operation: 'ImportKeyMaterial',
    call: (kms, KeyId) => importInto(kms, KeyId, material),
    expected: notExternal,
    pendingImport: 'OK',
  },
  {
    operation: 'DeleteImportedKeyMaterial',
    call: (kms, KeyId) => kms.deleteImportedKeyMaterial({ KeyId }),
    expected: notExternal,
    pendingImport: 'OK',
  },
];

function expectedIn(state: State, { expected, pendingImport }: Case): Expected {
  if (state === 'PendingReplicaDeletion') return expected.PendingDeletion;
  if (state !== 'PendingImport') return expected[state];
  return pendingImport ?? (expected === enabledOnly ? 'KMSInvalidStateException' : expected.Enabled);
}

const sealed = async (kms: Kms, KeyId: string) => (await kms.encrypt({ KeyId, Plaintext })).CiphertextBlob;

async function keyInState(
  kms: Kms,
  state: State,
  { kind, prepare }: Case,
): Promise<{ KeyId: string; blob: Uint8Array }> {
  const Origin = state === 'PendingImport' ? 'EXTERNAL' : 'AWS_KMS';
  const KeyId = await newKey(kms, { ...kind, MultiRegion: true, Origin });
  if (state === 'PendingImport') await importInto(kms, KeyId, material);
  const blob = await (prepare ?? (kind ? async () => Plaintext : sealed))(kms, KeyId);
  await kms.createAlias({ AliasName: 'alias/own', TargetKeyId: KeyId });
  await kms.createAlias({ AliasName: 'alias/other', TargetKeyId: await newKey(kms) });
  if (state !== 'PendingDeletion') await kms.replicateKey({ KeyId, ReplicaRegion: 'eu-west-1' });
  if (state === 'Disabled') await kms.disableKey({ KeyId });
  if (state.endsWith('Deletion')) await kms.scheduleKeyDeletion({ KeyId });
  if (state === 'PendingImport') await kms.deleteImportedKeyMaterial({ KeyId });
  assert.equal((await kms.describeKey({ KeyId })).KeyMetadata.KeyState, state);
  return { KeyId, blob };
}

describe('key states', () => {
  for (const row of cases) {
    test(row.operation, async () => {
      for (const state of states) {
        // Other kinds of imported keys: import-kinds.node.test.ts.
        if (state === 'PendingImport' && row.kind) continue;
        const kms = await newKms();
        const { KeyId, blob } = await keyInState(kms, state, row);
        const expected = expectedIn(state, row);
        if (expected === 'OK') {
          await row.call(kms, KeyId, blob);
          continue;
        }
        const error = await failure(row.call(kms, KeyId, blob));
        assert.equal(error.name, expected, state);
        const arn = `arn:aws:kms:us-east-1:000000000000:key/${KeyId}`;
        const reasons = [
          'disabled',
          'pending deletion',
          'not pending deletion',
          'pending import',
          'pending replica deletion',
        ];
        const origins = ['AWS_KMS', 'EXTERNAL'].map(
          (name) => `${arn} origin is ${name} which is not valid for this operation.`,
        );
        assert.include([...reasons.map((reason) => `${arn} is ${reason}.`), ...origins], error.message);
      }
    });
  }
});

describe('deletion', () => {
  test('waits as long as it was told, and reports its date', async () => {
    const clock = new TestClock();
    const kms = await newKms({ clock: clock.read });
    const KeyId = await newKey(kms);
    const reply = await kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
    assert.equal(reply.KeyId, `arn:aws:kms:us-east-1:000000000000:key/${KeyId}`);
    assert.deepEqual([reply.KeyState, reply.PendingWindowInDays], ['PendingDeletion', 7]);
    assert.equal(reply.DeletionDate?.getTime(), clock.now + 7 * day);
    const { KeyMetadata: key } = await kms.describeKey({ KeyId });
    assert.deepEqual([key.Enabled, key.DeletionDate?.getTime()], [false, clock.now + 7 * day]);
    const other = await newKey(kms);
    assert.equal((await kms.scheduleKeyDeletion({ KeyId: other })).PendingWindowInDays, 30);
  });

  test('takes 7 to 30 days', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    for (const PendingWindowInDays of [0, 1, 6, 31, 365]) {
      await assertFails(
        kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays }),
        'ValidationException',
        /pendingWindowInDays/,
      );
    }
    assert.equal((await kms.describeKey({ KeyId })).KeyMetadata.KeyState, 'Enabled');
  });

  test('can be cancelled until its date; the key is disabled then', async () => {
    const clock = new TestClock();
    const kms = await newKms({ clock: clock.read });
    const KeyId = await newKey(kms);
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext });
    await kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
    clock.pass(7 * day - 1);
    const reply = await kms.cancelKeyDeletion({ KeyId });
    assert.equal(reply.KeyId, `arn:aws:kms:us-east-1:000000000000:key/${KeyId}`);
    const { KeyMetadata: key } = await kms.describeKey({ KeyId });
    assert.equal(key.KeyState, 'Disabled');
    assert.notProperty(key, 'DeletionDate');
    clock.pass(100 * day);
    await kms.enableKey({ KeyId });
    assert.deepEqual((await kms.decrypt({ CiphertextBlob })).Plaintext, Plaintext);
  });

  test('at its date the key, its material and its aliases are gone, the next time anyone looks', async () => {
    const clock = new TestClock();
    const store = newStore();
    const kms = await openKms({ store, clock: clock.read });
    const looks: ((KeyId: string, blob: Uint8Array) => Promise<unknown>)[] = [
      (KeyId) => kms.describeKey({ KeyId }),
      (_, CiphertextBlob) => kms.decrypt({ CiphertextBlob }),
      () => kms.describeKey({ KeyId: 'alias/a' }),
      (KeyId) => kms.cancelKeyDeletion({ KeyId }),
      (KeyId) => kms.enableKey({ KeyId }),
    ];
    for (const look of looks) {
      const KeyId = await newKey(kms);
      const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext });
      await kms.createAlias({ AliasName: 'alias/a', TargetKeyId: KeyId });
      await kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
      clock.pass(7 * day);
      assert.include(['NotFoundException', 'AccessDeniedException'], (await failure(look(KeyId, CiphertextBlob))).name);
      assert.equal(await store.count('keys'), 0);
      assert.equal(await store.count('aliases'), 0);
      // The one row that stays is the keyring's own key.
      assert.deepEqual(
        (await store.list('materials', { limit: 10 })).map(({ id }) => id),
        ['keyring'],
      );
      await assertFails(kms.decrypt({ CiphertextBlob }), 'AccessDeniedException');
    }
  });

  test('a key whose date passed while nothing was running is gone at the next start', async () => {
    const clock = new TestClock();
    const store = newStore();
    const kms = await openKms({ store, clock: clock.read });
    const [gone, later, kept] = [await newKey(kms), await newKey(kms), await newKey(kms)];
    await kms.scheduleKeyDeletion({ KeyId: gone, PendingWindowInDays: 7 });
    await kms.scheduleKeyDeletion({ KeyId: later, PendingWindowInDays: 30 });
    kms.destroy();
    clock.pass(8 * day);
    await openKms({ store, clock: clock.read });
    assert.deepEqual(
      (await store.list('keys', { limit: 10 })).map(({ id }) => id),
      [later, kept].sort().map(rowId),
    );
    assert.equal(await store.count('materials'), 3);
    clock.pass(365 * day);
    await openKms({ store, clock: clock.read });
    assert.deepEqual(
      (await store.list('keys', { limit: 10 })).map(({ id }) => id),
      [rowId(kept)],
    );
  });

  test('listing leaves out keys that are due, and their names are free again', async () => {
    const clock = new TestClock();
    const kms = await newKms({ clock: clock.read });
    const [gone, kept] = [await newKey(kms), await newKey(kms)];
    await kms.createAlias({ AliasName: 'alias/a', TargetKeyId: gone });
    await kms.scheduleKeyDeletion({ KeyId: gone, PendingWindowInDays: 7 });
    clock.pass(7 * day);
    assert.deepEqual((await kms.listAliases()).Aliases, []);
    await kms.createAlias({ AliasName: 'alias/a', TargetKeyId: kept });
    assert.deepEqual(
      (await kms.listKeys()).Keys.map(({ KeyId }) => KeyId),
      [kept],
    );
    assert.equal((await kms.describeKey({ KeyId: 'alias/a' })).KeyMetadata.KeyId, kept);
  });

  test('a clock that was set back does not shorten the wait', async () => {
    const clock = new TestClock();
    const kms = await newKms({ clock: clock.read });
    const KeyId = await newKey(kms);
    const right = clock.now;
    clock.now -= 365 * day;
    const { DeletionDate } = await kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
    assert.equal(DeletionDate?.getTime(), right + 7 * day);
    clock.now = right + 6 * day;
    assert.equal((await kms.describeKey({ KeyId })).KeyMetadata.KeyState, 'PendingDeletion');
  });
});
