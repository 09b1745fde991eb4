import { assert } from 'chai';
import { describe, test } from 'vitest';
import { assertFails } from '../support/errors.ts';
import { newKey, newKms } from '../support/kms.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const unknownKey = '1234abcd-12ab-34cd-56ef-1234567890ab';

describe('CreateKey', () => {
  test('without arguments makes an enabled symmetric key', async () => {
    const kms = await newKms({ accountId: '111122223333', region: 'eu-central-1' });
    const before = Date.now();
    const { KeyMetadata: key, $metadata } = await kms.createKey();
    assert.match(key.KeyId, uuid);
    assert.equal(key.Arn, `arn:aws:kms:eu-central-1:111122223333:key/${key.KeyId}`);
    assert.isTrue(key.CreationDate instanceof Date && key.CreationDate.getTime() >= before);
    assert.match(key.CurrentKeyMaterialId as string, /^[0-9a-f]{64}$/);
    const { KeyId: _, Arn: __, CreationDate: ___, CurrentKeyMaterialId: ____, ...rest } = key;
    assert.deepEqual(rest, {
      AWSAccountId: '111122223333',
      Enabled: true,
      Description: '',
      KeyUsage: 'ENCRYPT_DECRYPT',
      KeyState: 'Enabled',
      Origin: 'AWS_KMS',
      KeyManager: 'CUSTOMER',
      CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
      KeySpec: 'SYMMETRIC_DEFAULT',
      EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
      MultiRegion: false,
    });
    assert.equal($metadata.httpStatusCode, 200);
    assert.match($metadata.requestId as string, /^[0-9a-f-]{36}$/);
  });

  test('makes multi-Region primary keys', async () => {
    const kms = await newKms();
    const { KeyMetadata: key } = await kms.createKey({ MultiRegion: true });
    assert.match(key.KeyId, /^mrk-[0-9a-f]{32}$/);
    assert.deepEqual(key.MultiRegionConfiguration, {
      MultiRegionKeyType: 'PRIMARY',
      PrimaryKey: { Arn: key.Arn, Region: 'us-east-1' },
      ReplicaKeys: [],
    });
    const { CiphertextBlob } = await kms.encrypt({ KeyId: key.Arn, Plaintext: new Uint8Array(1) });
    assert.equal((await kms.decrypt({ CiphertextBlob })).KeyId, key.Arn);
  });

  test('refuses what does not go together, in the words of AWS', async () => {
    const kms = await newKms();
    await assertFails(
      kms.createKey({ KeySpec: 'RSA_2048' }),
      'ValidationException',
      'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
    );
    await assertFails(
      kms.createKey({ KeySpec: 'RSA_2048', KeyUsage: 'KEY_AGREEMENT' }),
      'ValidationException',
      'KeyUsage KEY_AGREEMENT is not compatible with KeySpec RSA_2048',
    );
    await assertFails(kms.createKey({ KeySpec: 'SYMMETRIC_DEFAULT', KeyUsage: 'SIGN_VERIFY' }), 'ValidationException');
    await assertFails(
      kms.createKey({ KeySpec: 'SYMMETRIC_DEFAULT', CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT' }),
      'ValidationException',
      /cannot specify KeySpec and CustomerMasterKeySpec/,
    );
    await assertFails(
      kms.createKey({ KeySpec: 'DES' as never }),
      'ValidationException',
      /^1 validation error detected: Value 'DES' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: \[RSA_2048, /,
    );
    await assertFails(kms.createKey({ CustomKeyStoreId: 'cks-1' }), 'CustomKeyStoreNotFoundException');
    await assertFails(kms.createKey({ Policy: '{' }), 'MalformedPolicyDocumentException');
    await assertFails(
      kms.createKey({ Policy: JSON.stringify({ Statement: 'x'.repeat(33_000) }) }),
      'LimitExceededException',
    );
    assert.deepEqual((await kms.listKeys()).Keys, []);
  });

  test('says so where a kind of key is not there', async () => {
    const kms = await newKms();
    await assertFails(
      kms.createKey({ KeySpec: 'SM2', KeyUsage: 'SIGN_VERIFY' }),
      'UnsupportedOperationException',
      'KeySpec SM2 is not supported outside regions in China.',
    );
    await assertFails(kms.createKey({ Origin: 'AWS_CLOUDHSM' }), 'UnsupportedOperationException');
  });

  test('checks tags', async () => {
    const kms = await newKms();
    const tag = (TagKey: string, TagValue = '') => ({ TagKey, TagValue });
    await assertFails(kms.createKey({ Tags: [tag('a'), tag('a')] }), 'TagException', 'Duplicate tag keys');
    await assertFails(
      kms.createKey({ Tags: Array.from({ length: 51 }, (_, i) => tag(`${i}`)) }),
      'TagException',
      'Too many tags',
    );
    await assertFails(kms.createKey({ Tags: [tag('AWS:x')] }), 'TagException', 'Tags beginning with aws: are reserved');
    await assertFails(
      kms.createKey({ Tags: [tag('a'), tag('x'.repeat(129))] }),
      'ValidationException',
      /at 'tags\.2\.member\.tagKey' failed to satisfy constraint: Member must have length less than or equal to 128/,
    );
  });
});

describe('DescribeKey', () => {
  test('takes all four forms of a key id', async () => {
    const kms = await newKms();
    const { KeyMetadata: key } = await kms.createKey({ Description: 'notes' });
    await kms.createAlias({ AliasName: 'alias/notes', TargetKeyId: key.KeyId });
    for (const KeyId of [key.KeyId, key.Arn, 'alias/notes', 'arn:aws:kms:us-east-1:000000000000:alias/notes']) {
      assert.deepEqual((await kms.describeKey({ KeyId })).KeyMetadata, key);
    }
  });

  test('tells bad references from absent keys, in the words of AWS', async () => {
    const kms = await newKms();
    const cases: [KeyId: string, message: string][] = [
      ['nope', "Invalid keyId 'nope'"],
      [unknownKey, `Key 'arn:aws:kms:us-east-1:000000000000:key/${unknownKey}' does not exist`],
      [
        `arn:aws:kms:us-east-1:000000000000:key/${unknownKey}`,
        `Key 'arn:aws:kms:us-east-1:000000000000:key/${unknownKey}' does not exist`,
      ],
      [
        `arn:aws:kms:us-east-1:999999999999:key/${unknownKey}`,
        `Key 'arn:aws:kms:us-east-1:999999999999:key/${unknownKey}' does not exist`,
      ],
      [`arn:aws:kms:us-west-2:000000000000:key/${unknownKey}`, 'Invalid arn us-west-2'],
      ['alias/nope', 'Alias arn:aws:kms:us-east-1:000000000000:alias/nope is not found.'],
      [
        `arn:aws:s3:us-east-1:000000000000:key/${unknownKey}`,
        `Invalid keyId 'arn:aws:s3:us-east-1:000000000000:key/${unknownKey}'`,
      ],
    ];
    for (const [KeyId, message] of cases) await assertFails(kms.describeKey({ KeyId }), 'NotFoundException', message);
    await assertFails(
      kms.describeKey({ KeyId: '' }),
      'ValidationException',
      "1 validation error detected: Value '' at 'keyId' failed to satisfy constraint: Member must have length greater than or equal to 1",
    );
    await assertFails(kms.describeKey({ KeyId: undefined }), 'ValidationException', /Value null at 'keyId'/);
    await assertFails(kms.describeKey({ KeyId: 7 as never }), 'SerializationException', 'KeyId must be a string.');
    await assertFails(kms.describeKey(undefined as never), 'SerializationException');
    await assertFails(kms.describeKey({ KeyId: unknownKey, GrantTokens: ['x'] }), 'NotFoundException');
  });
});

describe('ListKeys', () => {
  test('gives every key once, page after page', async () => {
    const kms = await newKms();
    const made = new Set<string>();
    for (let i = 0; i < 7; i++) made.add(await newKey(kms));
    const seen: string[] = [];
    let Marker: string | undefined;
    do {
      const page = await kms.listKeys({ Limit: 3, Marker });
      assert.isAtMost(page.Keys.length, 3);
      for (const { KeyId, KeyArn } of page.Keys) {
        assert.equal(KeyArn, `arn:aws:kms:us-east-1:000000000000:key/${KeyId}`);
        seen.push(KeyId);
      }
      assert.equal(page.Truncated, page.NextMarker !== undefined);
      Marker = page.NextMarker;
    } while (Marker);
    assert.equal(seen.length, 7);
    assert.deepEqual(new Set(seen), made);
    assert.notProperty(await kms.listKeys(), 'NextMarker');
  });

  test('refuses markers that it did not give', async () => {
    const kms = await newKms();
    for (let i = 0; i < 2; i++) await newKey(kms);
    const keyId = await newKey(kms);
    await kms.createAlias({ AliasName: 'alias/a', TargetKeyId: keyId });
    await kms.createAlias({ AliasName: 'alias/b', TargetKeyId: keyId });
    const { NextMarker } = await kms.listAliases({ Limit: 1 });
    for (const Marker of ['x', '%%%', btoa('[]'), btoa('null'), NextMarker]) {
      await assertFails(kms.listKeys({ Marker }), 'InvalidMarkerException');
    }
    await assertFails(kms.listAliases({ Marker: NextMarker, KeyId: keyId }), 'InvalidMarkerException');
    await assertFails(
      kms.listKeys({ Limit: 0 }),
      'ValidationException',
      /Member must have value greater than or equal to 1/,
    );
    await assertFails(kms.listKeys({ Limit: 1001 }), 'ValidationException');
    await assertFails(kms.listKeys({ Limit: Number.NaN }), 'SerializationException');
  });
});

describe('changes of a key', () => {
  test('description, enabled state and their replies', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    assert.deepEqual(Object.keys(await kms.updateKeyDescription({ KeyId, Description: 'new' })), ['$metadata']);
    await kms.disableKey({ KeyId });
    await kms.disableKey({ KeyId });
    let { KeyMetadata: key } = await kms.describeKey({ KeyId });
    assert.deepEqual([key.Description, key.Enabled, key.KeyState], ['new', false, 'Disabled']);
    await kms.enableKey({ KeyId: key.Arn });
    ({ KeyMetadata: key } = await kms.describeKey({ KeyId }));
    assert.deepEqual([key.Enabled, key.KeyState], [true, 'Enabled']);
  });

  test('management operations take no alias', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    await kms.createAlias({ AliasName: 'alias/a', TargetKeyId: KeyId });
    for (const call of [
      () => kms.disableKey({ KeyId: 'alias/a' }),
      () => kms.enableKey({ KeyId: 'alias/a' }),
      () => kms.updateKeyDescription({ KeyId: 'alias/a', Description: '' }),
      () => kms.scheduleKeyDeletion({ KeyId: 'alias/a' }),
      () => kms.cancelKeyDeletion({ KeyId: 'alias/a' }),
      () => kms.listResourceTags({ KeyId: 'alias/a' }),
      () => kms.tagResource({ KeyId: 'alias/a', Tags: [] }),
    ]) {
      await assertFails(call(), 'NotFoundException', "Invalid keyId 'alias/a'");
    }
  });
});

describe('tags', () => {
  test('are added, replaced, removed and listed', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms, { Tags: [{ TagKey: 'a', TagValue: '1' }] });
    await kms.tagResource({
      KeyId,
      Tags: [
        { TagKey: 'a', TagValue: '2' },
        { TagKey: '__proto__', TagValue: '' },
      ],
    });
    await kms.untagResource({ KeyId, TagKeys: ['absent'] });
    const { Tags, Truncated } = await kms.listResourceTags({ KeyId });
    assert.deepEqual(Tags, [
      { TagKey: '__proto__', TagValue: '' },
      { TagKey: 'a', TagValue: '2' },
    ]);
    assert.isFalse(Truncated);
    await kms.untagResource({ KeyId, TagKeys: ['a', '__proto__'] });
    assert.deepEqual((await kms.listResourceTags({ KeyId })).Tags, []);
    await assertFails(kms.untagResource({ KeyId, TagKeys: ['aws:x'] }), 'TagException');
  });

  test('are at most 50, and come in pages', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    const tags = Array.from({ length: 50 }, (_, i) => ({
      TagKey: `ключ-${i}`.padEnd(128, 'é'),
      TagValue: 'v'.repeat(256),
    }));
    await kms.tagResource({ KeyId, Tags: tags });
    await assertFails(
      kms.tagResource({ KeyId, Tags: [{ TagKey: 'one more', TagValue: '' }] }),
      'TagException',
      'Too many tags',
    );
    const first = await kms.listResourceTags({ KeyId, Limit: 30 });
    const second = await kms.listResourceTags({ KeyId, Limit: 30, Marker: first.NextMarker });
    assert.deepEqual([first.Tags.length, second.Tags.length, second.Truncated], [30, 20, false]);
    assert.equal(new Set([...first.Tags, ...second.Tags].map(({ TagKey }) => TagKey)).size, 50);
  });
});
