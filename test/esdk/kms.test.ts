// Data keys under KMS keys of our own service: by id, alias and ARN, of several Regions, found by discovery; and what comes out where
// the service says no.
import { assert } from 'chai';
import { beforeEach, describe, test } from 'vitest';
import { decrypt, encrypt, type KmsClient, kmsKeyring, multiKeyring, rawAesKeyring } from '../../src/esdk/index.ts';
import { parseHeader } from '../../src/formats/esdk/header.ts';
import { type Kms, KmsError, memoryStore, openKms } from '../../src/index.ts';
import { type Bytes, random, utf8 } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const x = utf8('x');

/** The same service, and what it was asked. */
function watched(kms: Kms): KmsClient & { calls: [operation: string, input: Record<string, unknown>][] } {
  const calls: [string, Record<string, unknown>][] = [];
  return {
    calls,
    generateDataKey(input) {
      calls.push(['GenerateDataKey', { ...input }]);
      return kms.generateDataKey(input);
    },
    encrypt(input) {
      calls.push(['Encrypt', { ...input }]);
      return kms.encrypt(input);
    },
    decrypt(input) {
      calls.push(['Decrypt', { ...input }]);
      return kms.decrypt(input);
    },
  };
}

function dataKeysOf(message: Bytes) {
  const parsed = parseHeader(message);
  if ('problem' in parsed) throw new Error(parsed.problem);
  return parsed.encryptedDataKeys;
}

describe('the KMS keyring', () => {
  let kms: Kms;
  let one: { KeyId: string; Arn: string };
  let two: { KeyId: string; Arn: string };
  beforeEach(async () => {
    kms = await openKms({ store: memoryStore() });
    one = (await kms.createKey()).KeyMetadata as { KeyId: string; Arn: string };
    two = (await kms.createKey()).KeyMetadata as { KeyId: string; Arn: string };
    await kms.createAlias({ AliasName: 'alias/files', TargetKeyId: one.KeyId });
  });

  test('asks for one data key, wraps it under the others, and binds the whole context', async () => {
    const client = watched(kms);
    const keyring = kmsKeyring({ client, generatorKeyId: 'alias/files', keyIds: [two.Arn] });
    const message = await encrypt(keyring, x, {
      encryptionContext: { a: 'b', c: 'd' },
      requiredEncryptionContextKeys: ['c'],
    });
    assert.deepEqual(
      client.calls.map(([operation]) => operation),
      ['GenerateDataKey', 'Encrypt'],
    );
    for (const [, input] of client.calls) {
      const context = input['EncryptionContext'] as Record<string, string>;
      assert.sameMembers(Object.keys(context), ['a', 'c', 'aws-crypto-public-key']);
    }
    assert.propertyVal(client.calls[0]?.[1], 'NumberOfBytes', 32);
    assert.deepEqual(
      dataKeysOf(message).map(({ providerId, providerInfo }) => [providerId, text(providerInfo)]),
      [
        ['aws-kms', one.Arn],
        ['aws-kms', two.Arn],
      ],
    );
    const opened = await decrypt(kmsKeyring({ client, keyIds: [two.Arn] }), message, { encryptionContext: { c: 'd' } });
    assert.deepEqual(opened.plaintext, x);
    const [operation, input] = client.calls.at(-1) as [string, Record<string, unknown>];
    assert.equal(operation, 'Decrypt');
    assert.equal(input['KeyId'], two.Arn);
    await assertFails(decrypt(keyring, message, { encryptionContext: { c: 'e' } }), 'InvalidCiphertextException');
  });

  test('opens by ARN, by id, by alias and by discovery', async () => {
    const message = await encrypt(kmsKeyring({ client: kms, generatorKeyId: one.KeyId }), x, { suiteId: 0x0478 });
    for (const keyring of [
      kmsKeyring({ client: kms, generatorKeyId: one.Arn }),
      kmsKeyring({ client: kms, keyIds: [one.KeyId] }),
      kmsKeyring({ client: kms, keyIds: [two.Arn, 'alias/files'] }),
      kmsKeyring({ client: kms, discovery: true }),
      kmsKeyring({ client: kms, discovery: true, discoveryFilter: { partition: 'aws', accountIds: ['000000000000'] } }),
    ])
      assert.deepEqual((await decrypt(keyring, message)).plaintext, x);
  });

  test('asks for no key that is not among its own', async () => {
    const client = watched(kms);
    const message = await encrypt(kmsKeyring({ client: kms, generatorKeyId: one.Arn }), x);
    for (const keyring of [
      kmsKeyring({ client, keyIds: [two.Arn] }),
      kmsKeyring({ client, discovery: true, discoveryFilter: { partition: 'aws', accountIds: ['111111111111'] } }),
      kmsKeyring({ client, discovery: true, discoveryFilter: { partition: 'aws-cn', accountIds: ['000000000000'] } }),
      rawAesKeyring({ keyNamespace: 'n', keyName: one.Arn, wrappingKey: random(32) }),
    ])
      await assertFails(decrypt(keyring, message), 'InvalidCiphertextException');
    assert.lengthOf(client.calls, 0);
    // An alias that means another key now is asked, and answers for another key.
    await kms.updateAlias({ AliasName: 'alias/files', TargetKeyId: two.KeyId });
    await assertFails(decrypt(kmsKeyring({ client, keyIds: ['alias/files'] }), message), 'InvalidCiphertextException');
  });

  test('does not take a data key from a service that answers for another key, or with too few bytes', async () => {
    const message = await encrypt(kmsKeyring({ client: kms, generatorKeyId: one.Arn }), x);
    for (const change of [
      (answer: { KeyId?: string | undefined }) => ({ ...answer, KeyId: two.Arn }),
      (answer: object) => ({ ...answer, KeyId: undefined }),
      (answer: { Plaintext?: Uint8Array | undefined }) => ({ ...answer, Plaintext: answer.Plaintext?.slice(1) }),
    ]) {
      const client: KmsClient = { ...watched(kms), decrypt: async (input) => change(await kms.decrypt(input)) };
      await assertFails(decrypt(kmsKeyring({ client, keyIds: [one.Arn] }), message), 'InvalidCiphertextException');
    }
    const noArn: KmsClient = {
      ...watched(kms),
      generateDataKey: async (input) => ({ ...(await kms.generateDataKey(input)), KeyId: 'alias/files' }),
    };
    await assertFails(encrypt(kmsKeyring({ client: noArn, generatorKeyId: one.Arn }), x), 'KMSInternalException');
  });

  test('says why a key could not be used, unless another one opens the message', async () => {
    const both = kmsKeyring({ client: kms, generatorKeyId: one.Arn, keyIds: [two.Arn] });
    const message = await encrypt(both, x);
    await kms.disableKey({ KeyId: one.KeyId });
    assert.deepEqual((await decrypt(both, message)).plaintext, x);
    await assertFails(decrypt(kmsKeyring({ client: kms, keyIds: [one.Arn] }), message), 'DisabledException');
    await assertFails(encrypt(both, x), 'DisabledException');
  });

  test('stands beside raw keys in a multi-keyring', async () => {
    const spare = rawAesKeyring({ keyNamespace: 'recovery', keyName: 'paper', wrappingKey: random(32) });
    const keyring = multiKeyring({
      generator: kmsKeyring({ client: kms, generatorKeyId: one.Arn }),
      children: [spare],
    });
    const message = await encrypt(keyring, x);
    await kms.disableKey({ KeyId: one.KeyId });
    assert.deepEqual((await decrypt(spare, message)).plaintext, x);
    assert.deepEqual((await decrypt(keyring, message)).plaintext, x);
  });

  test('does not encrypt where it only discovers keys, alone or beside others', async () => {
    const discovery = kmsKeyring({ client: kms, discovery: true });
    const own = rawAesKeyring({ keyNamespace: 'n', keyName: 'k', wrappingKey: random(32) });
    const both = multiKeyring({ generator: own, children: [discovery] });
    await assertFails(encrypt(discovery, x), 'ValidationException', /generatorKeyId/);
    await assertFails(encrypt(both, x), 'ValidationException', /discovery keyring/);
    assert.deepEqual((await decrypt(both, await encrypt(own, x))).plaintext, x);
  });

  test('opens with the replica of a multi-Region key, through the client of its Region', async () => {
    const primary = (await kms.createKey({ MultiRegion: true })).KeyMetadata;
    await kms.replicateKey({ KeyId: primary.KeyId, ReplicaRegion: 'eu-west-1' });
    const far = kms.at({ accountId: '000000000000', region: 'eu-west-1' });
    const farArn = primary.Arn.replace('us-east-1', 'eu-west-1');
    const message = await encrypt(kmsKeyring({ client: kms, generatorKeyId: primary.Arn }), x);
    assert.deepEqual((await decrypt(kmsKeyring({ client: far, keyIds: [farArn] }), message)).plaintext, x);
    const regions: string[] = [];
    const clientOf = (region: string) => {
      regions.push(region);
      return region === 'us-east-1' ? kms : undefined;
    };
    assert.deepEqual((await decrypt(kmsKeyring({ client: clientOf, discovery: true }), message)).plaintext, x);
    assert.deepEqual(regions, ['us-east-1']);
    await assertFails(
      decrypt(kmsKeyring({ client: () => undefined, discovery: true }), message),
      'InvalidCiphertextException',
    );
    // Of an ordinary key there is only one.
    const ordinary = await encrypt(kmsKeyring({ client: kms, generatorKeyId: one.Arn }), x);
    const elsewhere = kmsKeyring({ client: kms, keyIds: [one.Arn.replace('us-east-1', 'eu-west-1')] });
    await assertFails(decrypt(elsewhere, ordinary), 'InvalidCiphertextException');
  });

  test('wipes the data keys that the service hands out', async () => {
    const handedOut: Uint8Array[] = [];
    const keep = <T extends { Plaintext?: Uint8Array | undefined }>(answer: T): T => {
      if (answer.Plaintext) handedOut.push(answer.Plaintext);
      return answer;
    };
    const client: KmsClient = {
      generateDataKey: async (input) => keep(await kms.generateDataKey(input)),
      encrypt: (input) => {
        handedOut.push(input.Plaintext);
        return kms.encrypt(input);
      },
      decrypt: async (input) => keep(await kms.decrypt(input)),
    };
    const keyring = kmsKeyring({ client, generatorKeyId: one.Arn, keyIds: [two.Arn] });
    await decrypt(keyring, await encrypt(keyring, x));
    assert.lengthOf(handedOut, 3);
    for (const key of handedOut) assert.isTrue(key.every((byte) => byte === 0));
  });

  test('checks its arguments', () => {
    const refused = (options: object, found: RegExp) =>
      assert.throws(() => kmsKeyring({ client: kms, ...options }), KmsError, found);
    refused({}, /generatorKeyId/);
    refused({ keyIds: 'alias/files' }, /keyIds/);
    refused({ keyIds: [''] }, /empty/);
    refused({ client: undefined, keyIds: ['x'] }, /client/);
    refused({ discovery: false }, /discovery/);
    refused({ discovery: true, keyIds: ['x'] }, /discovery/);
    refused({ keyIds: ['x'], discoveryFilter: {} }, /discoveryFilter/);
    refused({ keyIds: ['x'], grantTokens: [1] }, /grantTokens/);
    // A filter that fits no key, and ARNs of something else.
    const accountIds = ['111122223333'];
    const filters = [
      { partition: 'aws', accountIds: [] },
      { partition: 'aws', accountIds: [''] },
    ];
    for (const discoveryFilter of [...filters, { partition: '', accountIds }])
      refused({ discovery: true, discoveryFilter }, /discoveryFilter/);
    kmsKeyring({ client: kms, discovery: true, discoveryFilter: { partition: 'aws', accountIds } });
    const start = 'arn:aws:kms:eu-west-1:111122223333';
    for (const arn of [
      `${start}:key/`,
      `${start}:key/a/b`,
      `${start}:alias`,
      `${start}:grant/x`,
      'arn:aws:s3:::bucket',
    ])
      refused({ generatorKeyId: arn }, /ARNs/);
    for (const id of [`${start}:key/mrk-a`, `${start}:alias/a/b`, 'alias/a/b', 'mrk-a', 'x'])
      kmsKeyring({ client: kms, keyIds: [id] });
  });
});
