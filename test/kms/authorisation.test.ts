// Every operation asks for leave: a truth table, operation by operation, over four policies and four callers.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { type CreateKeyInput, type Kms, KmsError } from '../../src/index.ts';
import { utf8 } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';
import { day, newKey, newKms, TestClock } from '../support/kms.ts';
import { account, asUser, policyWith, userArn } from './access.ts';

const Plaintext = utf8('x');
const someKms = await newKms();
interface Given {
  KeyId: string;
  blob: Uint8Array;
  grantId: string;
}
interface Case {
  /** Where the operation is not for the key that most have. */
  key?: CreateKeyInput;
  /** The action as policies name it. */
  action: string;
  call(kms: Kms, given: Given): Promise<unknown>;
  /** Error of a call that is allowed; none where it succeeds. */
  ends?: string;
  /** It needs leave of the account as well, for the alias. */
  needsAccount?: boolean;
  /** It needs leave of the account for this as well. */
  needsLeaveFor?: string;
}

const cases: Case[] = [
  { action: 'DescribeKey', call: (kms, { KeyId }) => kms.describeKey({ KeyId }) },
  { action: 'Encrypt', call: (kms, { KeyId }) => kms.encrypt({ KeyId, Plaintext }) },
  { action: 'Decrypt', call: (kms, { blob }) => kms.decrypt({ CiphertextBlob: blob }) },
  {
    action: 'Decrypt',
    call: (kms, { KeyId }) => kms.decrypt({ KeyId, DryRun: true, DryRunModifiers: ['IGNORE_CIPHERTEXT'] }),
    ends: 'DryRunOperationException',
  },
  { action: 'GenerateDataKey', call: (kms, { KeyId }) => kms.generateDataKey({ KeyId, KeySpec: 'AES_256' }) },
  {
    action: 'GenerateDataKeyWithoutPlaintext',
    call: (kms, { KeyId }) => kms.generateDataKeyWithoutPlaintext({ KeyId, NumberOfBytes: 1 }),
  },
  { action: 'UpdateKeyDescription', call: (kms, { KeyId }) => kms.updateKeyDescription({ KeyId, Description: 'd' }) },
  { action: 'EnableKey', call: (kms, { KeyId }) => kms.enableKey({ KeyId }) },
  { action: 'DisableKey', call: (kms, { KeyId }) => kms.disableKey({ KeyId }) },
  { action: 'ScheduleKeyDeletion', call: (kms, { KeyId }) => kms.scheduleKeyDeletion({ KeyId }) },
  {
    action: 'CancelKeyDeletion',
    call: (kms, { KeyId }) => kms.cancelKeyDeletion({ KeyId }),
    ends: 'KMSInvalidStateException',
  },
  {
    action: 'TagResource',
    call: (kms, { KeyId }) => kms.tagResource({ KeyId, Tags: [{ TagKey: 'a', TagValue: '' }] }),
  },
  { action: 'UntagResource', call: (kms, { KeyId }) => kms.untagResource({ KeyId, TagKeys: ['a'] }) },
  { action: 'ListResourceTags', call: (kms, { KeyId }) => kms.listResourceTags({ KeyId }) },
  { action: 'GetKeyPolicy', call: (kms, { KeyId }) => kms.getKeyPolicy({ KeyId }) },
  { action: 'ListKeyPolicies', call: (kms, { KeyId }) => kms.listKeyPolicies({ KeyId }) },
  { action: 'PutKeyPolicy', call: (kms, { KeyId }) => kms.putKeyPolicy({ KeyId, Policy: policyWith() }) },
  { action: 'GetKeyLastUsage', call: (kms, { KeyId }) => kms.getKeyLastUsage({ KeyId }) },
  {
    action: 'CreateGrant',
    call: (kms, { KeyId }) => kms.createGrant({ KeyId, GranteePrincipal: userArn('bob'), Operations: ['Encrypt'] }),
  },
  { action: 'ListGrants', call: (kms, { KeyId }) => kms.listGrants({ KeyId }) },
  { action: 'RevokeGrant', call: (kms, { KeyId, grantId }) => kms.revokeGrant({ KeyId, GrantId: grantId }) },
  {
    action: 'CreateAlias',
    call: (kms, { KeyId }) => kms.createAlias({ AliasName: 'alias/new', TargetKeyId: KeyId }),
    needsAccount: true,
  },
  {
    action: 'UpdateAlias',
    call: (kms, { KeyId }) => kms.updateAlias({ AliasName: 'alias/own', TargetKeyId: KeyId }),
    needsAccount: true,
  },
  { action: 'DeleteAlias', call: (kms) => kms.deleteAlias({ AliasName: 'alias/own' }), needsAccount: true },
  {
    action: 'GenerateDataKeyPair',
    call: (kms, { KeyId }) => kms.generateDataKeyPair({ KeyId, KeyPairSpec: 'ECC_NIST_P256' }),
  },
  {
    action: 'GenerateDataKeyPairWithoutPlaintext',
    call: (kms, { KeyId }) => kms.generateDataKeyPairWithoutPlaintext({ KeyId, KeyPairSpec: 'ECC_NIST_P256' }),
  },
  { action: 'EnableKeyRotation', call: (kms, { KeyId }) => kms.enableKeyRotation({ KeyId }) },
  { action: 'DisableKeyRotation', call: (kms, { KeyId }) => kms.disableKeyRotation({ KeyId }) },
  { action: 'GetKeyRotationStatus', call: (kms, { KeyId }) => kms.getKeyRotationStatus({ KeyId }) },
  { action: 'RotateKeyOnDemand', call: (kms, { KeyId }) => kms.rotateKeyOnDemand({ KeyId }) },
  { action: 'ListKeyRotations', call: (kms, { KeyId }) => kms.listKeyRotations({ KeyId }) },
  {
    action: 'ReplicateKey',
    key: { MultiRegion: true },
    call: (kms, { KeyId }) => kms.replicateKey({ KeyId, ReplicaRegion: 'eu-west-1' }),
    needsLeaveFor: 'CreateKey',
  },
  {
    action: 'UpdatePrimaryRegion',
    key: { MultiRegion: true },
    call: (kms, { KeyId }) => kms.updatePrimaryRegion({ KeyId, PrimaryRegion: 'eu-west-1' }),
    ends: 'ValidationException',
  },
  {
    action: 'GetParametersForImport',
    key: { Origin: 'EXTERNAL' },
    call: (kms, { KeyId }) =>
      kms.getParametersForImport({ KeyId, WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' }),
  },
  {
    action: 'ImportKeyMaterial',
    key: { Origin: 'EXTERNAL' },
    call: (kms, { KeyId }) =>
      kms.importKeyMaterial({
        KeyId,
        ImportToken: Plaintext,
        EncryptedKeyMaterial: Plaintext,
        ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
      }),
    ends: 'InvalidImportTokenException',
  },
  {
    action: 'DeleteImportedKeyMaterial',
    key: { Origin: 'EXTERNAL' },
    call: (kms, { KeyId }) => kms.deleteImportedKeyMaterial({ KeyId }),
  },
  {
    action: 'Sign',
    key: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
    call: (kms, { KeyId }) => kms.sign({ KeyId, Message: Plaintext, SigningAlgorithm: 'ECDSA_SHA_256' }),
  },
  {
    action: 'Verify',
    key: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
    call: (kms, { KeyId }) =>
      kms.verify({ KeyId, Message: Plaintext, Signature: Plaintext, SigningAlgorithm: 'ECDSA_SHA_256' }),
    ends: 'KMSInvalidSignatureException',
  },
  {
    action: 'GetPublicKey',
    key: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
    call: (kms, { KeyId }) => kms.getPublicKey({ KeyId }),
  },
  {
    action: 'DeriveSharedSecret',
    key: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' },
    call: (kms, { KeyId }) => kms.deriveSharedSecret({ KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey: Plaintext }),
    ends: 'ValidationException',
  },
  {
    action: 'GenerateMac',
    key: { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' },
    call: (kms, { KeyId }) => kms.generateMac({ KeyId, Message: Plaintext, MacAlgorithm: 'HMAC_SHA_256' }),
  },
  {
    action: 'VerifyMac',
    key: { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' },
    call: (kms, { KeyId }) =>
      kms.verifyMac({ KeyId, Message: Plaintext, Mac: Plaintext, MacAlgorithm: 'HMAC_SHA_256' }),
    ends: 'KMSInvalidMacException',
  },
  {
    action: 'Encapsulate',
    key: { KeySpec: 'ML_KEM_512', KeyUsage: 'ENCAPSULATE_DECAPSULATE' },
    call: (kms, { KeyId }) => kms.encapsulate({ KeyId, EncapsulationAlgorithm: 'ML_KEM' }),
  },
  {
    action: 'Decapsulate',
    key: { KeySpec: 'ML_KEM_512', KeyUsage: 'ENCAPSULATE_DECAPSULATE' },
    call: (kms, { KeyId }) =>
      kms.decapsulate({ KeyId, SharedSecretCiphertextBlob: Plaintext, EncapsulationAlgorithm: 'ML_KEM' }),
    ends: 'InvalidCiphertextException',
  },
];
/** Operations whose leave is of the account, or that have tests of their own. */
const elsewhere = [
  ...['CreateKey', 'ListKeys', 'ListAliases', 'GenerateRandom', 'ReEncrypt', 'RetireGrant', 'ListRetirableGrants'],
  ...['CreateCustomKeyStore', 'DescribeCustomKeyStores', 'ConnectCustomKeyStore', 'DisconnectCustomKeyStore'],
  ...['UpdateCustomKeyStore', 'DeleteCustomKeyStore'],
];

async function prepare(policy: string, key: CreateKeyInput = {}): Promise<Given & { kms: Kms }> {
  const kms = await newKms();
  const KeyId = await newKey(kms, key);
  await kms.createAlias({ AliasName: 'alias/own', TargetKeyId: KeyId });
  const canEncrypt = key.KeySpec === undefined && key.Origin === undefined;
  const blob = canEncrypt ? (await kms.encrypt({ KeyId, Plaintext })).CiphertextBlob : Plaintext;
  // A key without its material takes no grant.
  const { GrantId: grantId = '' } = key.Origin
    ? {}
    : await kms.createGrant({
        KeyId,
        GranteePrincipal: userArn('carol'),
        Operations: ['DescribeKey'],
      });
  await kms.putKeyPolicy({ KeyId, Policy: policy });
  return { kms, KeyId, blob, grantId };
}

/** The name of the error, or `OK`. */
async function outcome(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'OK';
  } catch (error) {
    if (error instanceof KmsError) return error.name === 'AccessDeniedException' ? error.message : error.name;
    throw error;
  }
}

describe('leave to do', () => {
  test('is asked for by every operation there is', () => {
    const methods: string[] = [];
    for (let each = Object.getPrototypeOf(someKms); each !== Object.prototype; each = Object.getPrototypeOf(each))
      methods.push(...Object.getOwnPropertyNames(each));
    assert.includeMembers(methods, ['encrypt', 'createKey', 'unlock', 'as']);
    const covered = new Set([...cases.map(({ action }) => action), ...elsewhere]);
    // What concerns the root of the keyring is for administrators: test/unlock/upgrade.test.ts.
    const root =
      'protection unlock lock onLock limitIdle isUnlocking usedAt slots upgrade durability persist onOnlyCopy export import check settle rewrap devices pairing';
    const beside = ['constructor', 'as', 'at', 'scope', 'trail', 'destroy', ...root.split(' ')];
    const named = methods
      .filter((name) => !beside.includes(name))
      .map((name) => name.charAt(0).toUpperCase() + name.slice(1));
    assert.deepEqual(
      named.filter((name) => !covered.has(name)),
      [],
    );
  });

  test('of the account is asked for by every operation on no key', async () => {
    const kms = asUser(await newKms(), 'alice');
    for (const call of [
      () => kms.createKey(),
      () => kms.listKeys(),
      () => kms.listAliases(),
      () => kms.generateRandom({ NumberOfBytes: 1 }),
      () => kms.describeCustomKeyStores({}),
      () => kms.connectCustomKeyStore({ CustomKeyStoreId: 'cks-1' }),
      () => kms.disconnectCustomKeyStore({ CustomKeyStoreId: 'cks-1' }),
      () => kms.updateCustomKeyStore({ CustomKeyStoreId: 'cks-1' }),
      () => kms.deleteCustomKeyStore({ CustomKeyStoreId: 'cks-1' }),
      () => kms.createCustomKeyStore({ CustomKeyStoreName: 'a' }),
    ]) {
      await assertFails(call(), 'AccessDeniedException', /no identity-based policy allows/);
    }
  });

  for (const { action, key, call, ends, needsAccount, needsLeaveFor } of cases) {
    test(action, async () => {
      const allowed = ends ?? 'OK';
      const ask = async (policy: string, who: (kms: Kms) => Kms) => {
        const { kms, ...given } = await prepare(policy, key);
        const result = await outcome(call(who(kms), given));
        return result.replace(`arn:aws:kms:us-east-1:${account}:key/${given.KeyId}`, 'KEY');
      };
      const alice = { Principal: { AWS: userArn('alice') } };
      const text = (why: string) =>
        `User: ${userArn('alice')} is not authorized to perform: kms:${action} on resource: KEY ${why}`;
      const asAlice = (kms: Kms) => asUser(kms, 'alice');
      const asAdministrator = (kms: Kms) => kms.as({ arn: userArn('alice'), isAdministrator: true });
      const explicit = 'with an explicit deny in a resource-based policy';
      const noIdentity = `because no identity-based policy allows the kms:${action} action`;

      assert.equal(await ask(policyWith(), asAdministrator), allowed, 'administrator');
      const deny = policyWith({ ...alice, Effect: 'Deny', Action: `kms:${action}` });
      assert.equal(await ask(deny, asAdministrator), text(explicit), 'denied administrator');
      const others = policyWith({ ...alice, Effect: 'Deny', NotAction: `kms:${action}` });
      assert.equal(await ask(others, asAdministrator), allowed, 'administrator who is denied all else');
      if (needsAccount) {
        const alias = action === 'CreateAlias' ? 'alias/new' : 'alias/own';
        const ofAlias = text(noIdentity).replace('KEY', `arn:aws:kms:us-east-1:${account}:${alias}`);
        assert.equal(await ask(policyWith({ ...alice, Action: 'kms:*' }), asAlice), ofAlias, 'no leave for the alias');
        return;
      }
      assert.equal(await ask(policyWith(), asAlice), text(noIdentity), 'user without leave');
      const withLeave =
        needsLeaveFor === undefined
          ? allowed
          : text(noIdentity).replaceAll(`kms:${action}`, `kms:${needsLeaveFor}`).replace('KEY', '*');
      assert.equal(await ask(policyWith({ ...alice, Action: `kms:${action}` }), asAlice), withLeave, 'user with leave');
      const allElse = policyWith({ ...alice, NotAction: `kms:${action}` });
      assert.equal(await ask(allElse, asAlice), text(noIdentity), 'user with leave for all else');
    });
  }

  test('nothing, where the key policy does not name the account', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    const Policy = JSON.stringify({
      Statement: { Effect: 'Allow', Principal: { AWS: userArn('alice') }, Action: '*', Resource: '*' },
    });
    await kms.putKeyPolicy({ KeyId, Policy, BypassPolicyLockoutSafetyCheck: true });
    const { Arn } = (await asUser(kms, 'alice').describeKey({ KeyId })).KeyMetadata;
    await assertFails(
      kms.describeKey({ KeyId }),
      'AccessDeniedException',
      `User: arn:aws:iam::${account}:root is not authorized to perform: kms:DescribeKey on resource: ${Arn} because no resource-based policy allows the kms:DescribeKey action`,
    );
  });

  test('ReEncrypt is leave for ReEncryptFrom and ReEncryptTo, each on its key', async () => {
    const alice = { Principal: { AWS: userArn('alice') } };
    const kms = await newKms();
    const make = (...actions: string[]) =>
      newKey(kms, { Policy: policyWith({ ...alice, Action: actions.map((action) => `kms:${action}`) }) });
    const [from, to, neither] = [
      await make('ReEncryptFrom'),
      await make('ReEncryptTo'),
      await make('Encrypt', 'Decrypt'),
    ];
    const blobOf = async (KeyId: string) => (await kms.encrypt({ KeyId, Plaintext })).CiphertextBlob;
    const reEncrypt = async (source: string, DestinationKeyId: string) =>
      asUser(kms, 'alice').reEncrypt({ CiphertextBlob: await blobOf(source), DestinationKeyId });
    await reEncrypt(from, to);
    await assertFails(reEncrypt(neither, to), 'AccessDeniedException', /kms:ReEncryptFrom/);
    await assertFails(reEncrypt(from, neither), 'AccessDeniedException', /kms:ReEncryptTo/);
    const dry = { SourceKeyId: from, DryRun: true, DryRunModifiers: ['IGNORE_CIPHERTEXT' as const] };
    await assertFails(asUser(kms, 'alice').reEncrypt({ ...dry, DestinationKeyId: to }), 'DryRunOperationException');
    await assertFails(asUser(kms, 'alice').reEncrypt({ ...dry, DestinationKeyId: neither }), 'AccessDeniedException');
  });

  test('what concerns the account is for its administrators', async () => {
    const kms = await newKms();
    const calls: [action: string, call: (kms: Kms) => Promise<unknown>][] = [
      ['CreateKey', (each) => each.createKey()],
      ['ListKeys', (each) => each.listKeys()],
      ['ListAliases', (each) => each.listAliases()],
      ['GenerateRandom', (each) => each.generateRandom({ NumberOfBytes: 1 })],
      ['ListRetirableGrants', (each) => each.listRetirableGrants({ RetiringPrincipal: userArn('bob') })],
    ];
    for (const [action, call] of calls) {
      await call(kms.as({ arn: userArn('alice'), isAdministrator: true }));
      await assertFails(
        call(asUser(kms, 'alice')),
        'AccessDeniedException',
        `User: ${userArn('alice')} is not authorized to perform: kms:${action} on resource: ${action === 'ListRetirableGrants' ? userArn('bob') : '*'} because no identity-based policy allows the kms:${action} action`,
      );
    }
  });

  test('is asked for after the key is found and before its state is looked at', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    await kms.disableKey({ KeyId });
    const alice = asUser(kms, 'alice');
    await assertFails(alice.encrypt({ KeyId, Plaintext: new Uint8Array(5000) }), 'ValidationException');
    await assertFails(alice.encrypt({ KeyId: 'alias/none', Plaintext }), 'NotFoundException');
    await assertFails(alice.encrypt({ KeyId, Plaintext }), 'AccessDeniedException');
    await assertFails(kms.encrypt({ KeyId, Plaintext }), 'DisabledException');
  });
});

describe('callers of another account', () => {
  test('name keys by their ARN, and need leave of both accounts', async () => {
    const kms = await newKms();
    const other = '444455556666';
    const KeyId = await newKey(kms, { Policy: policyWith({ Principal: { AWS: other }, Action: 'kms:*' }) });
    const { Arn } = (await kms.describeKey({ KeyId })).KeyMetadata;
    const eve = kms.as({ arn: userArn('eve', other), isAdministrator: true });
    await eve.encrypt({ KeyId: Arn, Plaintext });
    await assertFails(
      eve.encrypt({ KeyId, Plaintext }),
      'NotFoundException',
      `Key '${Arn.replace(account, other)}' does not exist`,
    );
    await assertFails(
      asUser(kms, 'eve', other).encrypt({ KeyId: Arn, Plaintext }),
      'AccessDeniedException',
      `User: ${userArn('eve', other)} is not authorized to perform: kms:Encrypt on this resource because no identity-based policy allows the kms:Encrypt action`,
    );
    // As AWS has it: not even whether there is such a key.
    const denied = (action: string) =>
      `User: ${userArn('eve', other)} is not authorized to perform: kms:${action} on this resource because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access`;
    await assertFails(eve.disableKey({ KeyId: Arn }), 'AccessDeniedException', denied('DisableKey'));
    // In another account's service she names a key by its bare id only where a ciphertext says the same.
    const hers = eve.at({ accountId: other });
    const { CiphertextBlob } = await hers.encrypt({ KeyId: Arn, Plaintext });
    assert.equal((await hers.decrypt({ CiphertextBlob, KeyId })).KeyId, Arn);
    const own = await newKey(kms.at({ accountId: other }).as({ arn: userArn('eve', other), isAdministrator: true }));
    assert.equal(
      (await hers.reEncrypt({ CiphertextBlob, SourceKeyId: KeyId, DestinationKeyId: own })).SourceKeyId,
      Arn,
    );
    await assertFails(hers.encrypt({ KeyId, Plaintext }), 'NotFoundException');
    // Of a key that she may not use and did not name by its ARN she learns nothing.
    const Policy = policyWith({ Principal: { AWS: other }, Action: 'kms:Encrypt' });
    await kms.putKeyPolicy({ KeyId, Policy });
    for (const names of [{}, { KeyId }])
      await assertFails(
        hers.decrypt({ CiphertextBlob, ...names }),
        'AccessDeniedException',
        /^The ciphertext refers to/,
      );
    await assertFails(
      hers.reEncrypt({ CiphertextBlob, DestinationKeyId: own }),
      'AccessDeniedException',
      /^The ciphertext refers to/,
    );
    await assertFails(hers.decrypt({ CiphertextBlob, KeyId: Arn }), 'AccessDeniedException', denied('Decrypt'));
    await kms.putKeyPolicy({
      KeyId,
      Policy: policyWith(
        { Principal: { AWS: other }, Action: 'kms:*' },
        { Effect: 'Deny', Principal: { AWS: other }, Action: 'kms:Encrypt' },
      ),
    });
    await assertFails(eve.encrypt({ KeyId: Arn, Plaintext }), 'AccessDeniedException', denied('Encrypt'));
    await kms.putKeyPolicy({ KeyId, Policy: policyWith({ Principal: { AWS: other }, Action: 'kms:*' }) });
    await assertFails(hers.decrypt({ CiphertextBlob: utf8('other'), KeyId }), 'NotFoundException');
    await assertFails(eve.createKey(), 'AccessDeniedException');
    await assertFails(eve.listKeys(), 'AccessDeniedException');
  });
});

describe('conditions', () => {
  const conditional = async (kms: Kms, Condition: unknown, options: Parameters<Kms['createKey']>[0] = {}) =>
    newKey(kms, {
      Policy: policyWith({ Principal: { AWS: userArn('alice') }, Action: 'kms:*', Condition }),
      ...options,
    });

  test('see the encryption context, its keys without case', async () => {
    const kms = await newKms();
    const KeyId = await conditional(kms, {
      StringEquals: { 'kms:EncryptionContext:Team': 'red' },
      'ForAllValues:StringEqualsIgnoreCase': { 'kms:EncryptionContextKeys': ['team', 'note'] },
    });
    const encrypt = (EncryptionContext?: Record<string, string>) =>
      asUser(kms, 'alice').encrypt({ KeyId, Plaintext, EncryptionContext });
    await encrypt({ team: 'red' });
    await encrypt({ TEAM: 'red', note: '1' });
    for (const context of [undefined, { team: 'Red' }, { team: 'red', other: '1' }, { team: 'red', Team: 'blue' }])
      await assertFails(encrypt(context), 'AccessDeniedException');
    const JSONContext = JSON.parse('{"team":"red","__proto__":"x"}') as Record<string, string>;
    await assertFails(encrypt(JSONContext), 'AccessDeniedException');
  });

  test('see what kind of key it is, under the names of before as well, and which of its Regions is asked', async () => {
    const kms = await newKms();
    const alice = { Principal: { AWS: userArn('alice') }, Action: 'kms:DescribeKey' };
    const asked = async (condition: Record<string, string>, region = 'us-east-1') => {
      const KeyId = await newKey(kms, { MultiRegion: true });
      const Policy = policyWith({ ...alice, Condition: { StringEquals: condition } });
      await kms.putKeyPolicy({ KeyId, Policy });
      await kms.replicateKey({ KeyId, ReplicaRegion: 'eu-west-1', Policy });
      return outcome(asUser(kms, 'alice').at({ region }).describeKey({ KeyId }));
    };
    const old = { 'kms:CustomerMasterKeySpec': 'SYMMETRIC_DEFAULT', 'kms:CustomerMasterKeyUsage': 'ENCRYPT_DECRYPT' };
    assert.equal(await asked(old), 'OK');
    assert.notEqual(await asked({ ...old, 'kms:CustomerMasterKeySpec': 'RSA_2048' }), 'OK');
    for (const [type, region] of [
      ['PRIMARY', 'us-east-1'],
      ['REPLICA', 'eu-west-1'],
    ] as const) {
      assert.equal(await asked({ 'kms:MultiRegionKeyType': type }, region), 'OK');
      const other = region === 'us-east-1' ? 'eu-west-1' : 'us-east-1';
      assert.notEqual(await asked({ 'kms:MultiRegionKeyType': type }, other), 'OK');
    }
  });

  test('see tags, aliases and the alias of the request, as they are now', async () => {
    const kms = await newKms();
    const KeyId = await conditional(kms, {
      StringEquals: { 'aws:ResourceTag/stage': 'test' },
      'ForAnyValue:StringLike': { 'kms:ResourceAliases': 'alias/app/*' },
    });
    const describe = () => asUser(kms, 'alice').describeKey({ KeyId });
    await assertFails(describe(), 'AccessDeniedException');
    await kms.tagResource({ KeyId, Tags: [{ TagKey: 'stage', TagValue: 'test' }] });
    await assertFails(describe(), 'AccessDeniedException');
    await kms.createAlias({ AliasName: 'alias/app/1', TargetKeyId: KeyId });
    await describe();
    const Policy = policyWith({
      Principal: { AWS: userArn('alice') },
      Action: 'kms:DescribeKey',
      Condition: { StringEquals: { 'kms:RequestAlias': 'alias/app/1' } },
    });
    await kms.putKeyPolicy({ KeyId, Policy });
    await asUser(kms, 'alice').describeKey({ KeyId: 'alias/app/1' });
    await asUser(kms, 'alice').describeKey({ KeyId: `arn:aws:kms:us-east-1:${account}:alias/app/1` });
    await assertFails(describe(), 'AccessDeniedException');
  });

  test('see the tags of the request, the waiting period, and the clock', async () => {
    const clock = new TestClock();
    const kms = await newKms({ clock: clock.read });
    const KeyId = await conditional(kms, { DateLessThan: { 'aws:CurrentTime': '2031-01-01T00:00:00Z' } });
    await asUser(kms, 'alice').describeKey({ KeyId });
    clock.now = Date.UTC(2031, 0, 1);
    await assertFails(asUser(kms, 'alice').describeKey({ KeyId }), 'AccessDeniedException');

    const tagged = await conditional(kms, {
      'ForAllValues:StringEquals': { 'aws:TagKeys': ['stage'] },
      StringLikeIfExists: { 'aws:RequestTag/stage': 't*' },
    });
    const tag = (TagKey: string, TagValue: string) =>
      asUser(kms, 'alice').tagResource({ KeyId: tagged, Tags: [{ TagKey, TagValue }] });
    await tag('stage', 'test');
    await assertFails(tag('stage', 'live'), 'AccessDeniedException');
    await assertFails(tag('team', 'test'), 'AccessDeniedException');

    const waiting = await conditional(kms, {
      NumericGreaterThanEqualsIfExists: { 'kms:ScheduleKeyDeletionPendingWindowInDays': '20' },
    });
    const schedule = (PendingWindowInDays: number) =>
      asUser(kms, 'alice').scheduleKeyDeletion({ KeyId: waiting, PendingWindowInDays });
    await assertFails(schedule(19), 'AccessDeniedException');
    await schedule(20);
  });

  // https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-trailing-days-without-key-usage
  test('see for how many whole days a key that is to be disabled or deleted was not used', async () => {
    const clock = new TestClock();
    const kms = await newKms({ clock: clock.read });
    const alice = asUser(kms, 'alice');
    const inUse = {
      Effect: 'Deny' as const,
      Principal: '*',
      Action: ['kms:DisableKey', 'kms:ScheduleKeyDeletion'],
      Condition: { NumericLessThanEquals: { 'kms:TrailingDaysWithoutKeyUsage': 2 } },
    };
    const KeyId = await newKey(kms, {
      Policy: policyWith({ Principal: { AWS: userArn('alice') }, Action: 'kms:*' }, inUse),
    });
    const refused = async () => {
      await assertFails(alice.disableKey({ KeyId }), 'AccessDeniedException', /explicit deny/);
      await assertFails(alice.scheduleKeyDeletion({ KeyId }), 'AccessDeniedException', /explicit deny/);
      await assertFails(kms.disableKey({ KeyId }), 'AccessDeniedException', /explicit deny/);
    };
    clock.now += 3 * day - 1;
    await refused();
    await alice.encrypt({ KeyId, Plaintext });
    clock.now += 3 * day - 1;
    await refused();
    clock.now += 1;
    await alice.disableKey({ KeyId });
    await alice.scheduleKeyDeletion({ KeyId });
  });

  // https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-expiration-model
  test('see whether an import says how its material expires', async () => {
    const kms = await newKms();
    const KeyId = await conditional(kms, { Null: { 'kms:ExpirationModel': true } }, { Origin: 'EXTERNAL' });
    const request = { KeyId, ImportToken: Plaintext, EncryptedKeyMaterial: Plaintext, ValidTo: new Date(0) };
    const alice = asUser(kms, 'alice');
    await assertFails(alice.importKeyMaterial(request), 'ValidationException');
    await assertFails(
      alice.importKeyMaterial({ ...request, ExpirationModel: 'KEY_MATERIAL_EXPIRES' }),
      'AccessDeniedException',
    );
  });

  test('see the address and the client of who calls, and not those of a service', async () => {
    const kms = await newKms();
    const KeyId = await conditional(kms, {
      IpAddress: { 'aws:SourceIp': '203.0.113.0/24' },
      StringLike: { 'aws:UserAgent': 'aws-cli/*' },
    });
    const from = { arn: userArn('alice'), sourceIPAddress: '203.0.113.9', userAgent: 'aws-cli/2' };
    await kms.as(from).encrypt({ KeyId, Plaintext });
    for (const other of [
      { sourceIPAddress: '198.51.100.1' },
      { sourceIPAddress: undefined },
      { userAgent: 'curl/8' },
      { viaService: 's3.us-east-1.amazonaws.com' },
    ])
      await assertFails(kms.as({ ...from, ...other }).encrypt({ KeyId, Plaintext }), 'AccessDeniedException');
  });

  test('see the service through which a call comes', async () => {
    const kms = await newKms();
    const KeyId = await conditional(kms, { StringEquals: { 'kms:ViaService': 's3.us-east-1.amazonaws.com' } });
    await assertFails(asUser(kms, 'alice').describeKey({ KeyId }), 'AccessDeniedException');
    await kms.as({ arn: userArn('alice'), viaService: 's3.us-east-1.amazonaws.com' }).describeKey({ KeyId });
  });
});
