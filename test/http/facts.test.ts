// What AWS KMS answers, to the letter, as clients see it on the wire: texts, which member carries them, and which check comes first.
import { assert } from 'chai';
import { beforeAll, describe, test } from 'vitest';
import { createHandler, type Handler } from '../../src/http/index.ts';
import { memoryStore, openKms } from '../../src/index.ts';
import { day, TestClock } from '../support/kms.ts';
import { signedRequest, testCredential } from '../support/signer.ts';

const here = 'arn:aws:kms:us-east-1:000000000000:';
const bob = {
  accessKeyId: 'AKIDBOB',
  secretAccessKey: 'secret of bob',
  principalArn: 'arn:aws:iam::000000000000:user/bob',
  administrator: false,
};
const neighbour = {
  accessKeyId: 'AKIDNEIGHBOUR',
  secretAccessKey: 'secret of another account',
  principalArn: 'arn:aws:iam::111111111111:user/admin',
  administrator: true,
};
type Who = typeof bob | typeof neighbour | typeof testCredential;
type Reply = Record<string, unknown>;

const clock = new TestClock();
let handler: Handler;
/** Keys that the tests share, by what they are. */
const keys: Record<string, string> = {};

async function send(operation: string, input: object | string, who: Who = testCredential, region = 'us-east-1') {
  const body = typeof input === 'string' ? input : JSON.stringify(input);
  // Each call has a header of its own: two equal ones within a second would be a replay.
  const headers = { 'amz-sdk-invocation-id': crypto.randomUUID() };
  const response = await handler(signedRequest({ operation, body, region, headers, ...who }));
  return { status: response.status, body: JSON.parse(await response.text()) as Reply };
}

/** A call that succeeds. */
async function ok(operation: string, input: object, who?: Who, region?: string): Promise<Reply> {
  const { status, body } = await send(operation, input, who, region);
  assert.equal(status, 200, `${operation}: ${JSON.stringify(body)}`);
  return body;
}

/** A call that fails with these members and no others. */
async function fails(operation: string, input: object | string, expected: Reply, who?: Who, region?: string) {
  const { status, body } = await send(operation, input, who, region);
  assert.deepEqual(body, expected, operation);
  assert.equal(status, 400);
}

const error = (name: string, message?: string): Reply => ({
  __type: name,
  ...(message === undefined ? {} : { message }),
});
const invalid = (member: string, value: string, constraint: string) =>
  error(
    'ValidationException',
    `1 validation error detected: Value ${value} at '${member}' failed to satisfy constraint: Member must ${constraint}`,
  );
const newKey = async (input: object = {}, who?: Who, region?: string): Promise<string> =>
  ((await ok('CreateKey', input, who, region))['KeyMetadata'] as { KeyId: string }).KeyId;
const arn = (id: string | undefined): string => `${here}key/${id}`;
const policy = (...statements: object[]): string => JSON.stringify({ Version: '2012-10-17', Statement: statements });
const root = { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::000000000000:root' }, Action: 'kms:*', Resource: '*' };

beforeAll(async () => {
  const kms = await openKms({ store: memoryStore(), clock: clock.read });
  handler = createHandler((scope) => kms.at(scope), { credentials: [testCredential, bob, neighbour] });
  keys['symmetric'] = await newKey();
  keys['rsa'] = await newKey({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' });
  keys['sign'] = await newKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
  keys['mac'] = await newKey({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
  keys['agree'] = await newKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' });
  keys['external'] = await newKey({ Origin: 'EXTERNAL' });
  keys['disabled'] = await newKey();
  await ok('DisableKey', { KeyId: keys['disabled'] });
  keys['pending'] = await newKey();
  await ok('ScheduleKeyDeletion', { KeyId: keys['pending'] });
  await ok('CreateAlias', { AliasName: 'alias/a', TargetKeyId: keys['symmetric'] });
});

describe('references to keys', () => {
  const unknown = '12345678-1234-4234-8234-123456789abc';
  const references: readonly (readonly [operation: string, keyId: string, message: string])[] = [
    ['DescribeKey', 'fake', "Invalid keyId 'fake'"],
    ['DescribeKey', unknown, `Key '${here}key/${unknown}' does not exist`],
    ['DescribeKey', `${here}key/${unknown}`, `Key '${here}key/${unknown}' does not exist`],
    ['DescribeKey', `${here}key/fake`, 'Invalid keyId fake'],
    ['DescribeKey', 'aws/s3', 'Invalid keyId aws/s3'],
    ['DescribeKey', unknown.toUpperCase(), `Key '${here}key/${unknown.toUpperCase()}' does not exist`],
    ['DescribeKey', `arn:aws:kms:eu-west-1:000000000000:key/${unknown}`, 'Invalid arn eu-west-1'],
    ['DescribeKey', 'alias/none', `Alias ${here}alias/none is not found.`],
    ['DescribeKey', `${here}alias/none`, `Alias ${here}alias/none is not found.`],
    ['DescribeKey', `mrk-${'0'.repeat(32)}`, `Key '${here}key/mrk-${'0'.repeat(32)}' does not exist`],
    ['Encrypt', 'fake', "Invalid keyId 'fake'"],
    ['DisableKey', 'alias/a', "Invalid keyId 'alias/a'"],
    ['ScheduleKeyDeletion', `${here}alias/a`, `Invalid keyId '${here}alias/a'`],
    ['GetKeyPolicy', 'alias/a', "Invalid keyId 'alias/a'"],
    ['ListResourceTags', 'alias/a', "Invalid keyId 'alias/a'"],
    ['GetKeyRotationStatus', 'alias/a', "Invalid keyId 'alias/a'"],
    ['GetKeyLastUsage', 'alias/a', "Invalid keyId 'alias/a'"],
    ['ListAliases', unknown, `Key '${here}key/${unknown}' does not exist`],
  ];
  for (const [operation, KeyId, message] of references)
    test(`${operation} of ${KeyId}: ${message}`, () =>
      fails(operation, { KeyId, Plaintext: 'YQ==' }, error('NotFoundException', message)));

  test('are held against the model before anything is looked up', async () => {
    await fails('DescribeKey', { KeyId: '' }, invalid('keyId', "''", 'have length greater than or equal to 1'));
    await fails('DescribeKey', { KeyId: null }, invalid('keyId', 'null', 'not be null'));
    await fails(
      'Encrypt',
      { KeyId: 'fake', Plaintext: '' },
      {
        __type: 'ValidationException',
        message:
          "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length greater than or equal to 1",
      },
    );
  });
});

describe('making keys', () => {
  const refused: readonly (readonly [string, object, Reply])[] = [
    [
      'a usage must be named for all but symmetric keys',
      { KeySpec: 'RSA_2048' },
      error(
        'ValidationException',
        'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
      ),
    ],
    [
      'usage and spec must go together',
      { KeySpec: 'RSA_2048', KeyUsage: 'KEY_AGREEMENT' },
      error('ValidationException', 'KeyUsage KEY_AGREEMENT is not compatible with KeySpec RSA_2048'),
    ],
    [
      'tags must not repeat',
      { Tags: [1, 2].map((value) => ({ TagKey: 'a', TagValue: String(value) })) },
      error('TagException', 'Duplicate tag keys'),
    ],
    [
      'tags are at most 50',
      { Tags: Array.from({ length: 51 }, (_, i) => ({ TagKey: `k${i}`, TagValue: '' })) },
      error('TagException', 'Too many tags'),
    ],
    [
      'tags of AWS are reserved, in any case',
      { Tags: [{ TagKey: 'AwS:x', TagValue: '' }] },
      error('TagException', 'Tags beginning with aws: are reserved'),
    ],
    [
      'keys of tags are at most 128 characters',
      { Tags: [{ TagKey: 'k'.repeat(129), TagValue: '' }] },
      invalid('tags.1.member.tagKey', `'${'k'.repeat(129)}'`, 'have length less than or equal to 128'),
    ],
    [
      'values of tags are at most 256 characters',
      {
        Tags: [
          { TagKey: 'a', TagValue: '' },
          { TagKey: 'k', TagValue: 'v'.repeat(257) },
        ],
      },
      invalid('tags.2.member.tagValue', `'${'v'.repeat(257)}'`, 'have length less than or equal to 256'),
    ],
  ];
  for (const [fact, input, expected] of refused) test(fact, () => fails('CreateKey', input, expected));

  test('enumerations come before what goes together', async () => {
    const { body } = await send('CreateKey', { KeySpec: 'NONSENSE', KeyUsage: 'KEY_AGREEMENT' });
    assert.match(
      String(body['message']),
      /^1 validation error detected: Value 'NONSENSE' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: \[RSA_2048, /,
    );
  });

  test('gives metadata with the defaults, and nothing that is absent', async () => {
    const { KeyMetadata } = (await ok('CreateKey', {})) as { KeyMetadata: Reply };
    const { KeyId, Arn, CreationDate, CurrentKeyMaterialId, ...rest } = KeyMetadata;
    assert.match(String(KeyId), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    assert.equal(Arn, arn(String(KeyId)));
    assert.equal(CreationDate, clock.now / 1000);
    assert.match(String(CurrentKeyMaterialId), /^[0-9a-f]{64}$/);
    assert.deepEqual(rest, {
      AWSAccountId: '000000000000',
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
  });

  test('an EXTERNAL key waits for its material', async () => {
    const { KeyMetadata } = (await ok('DescribeKey', { KeyId: keys['external'] })) as { KeyMetadata: Reply };
    assert.include(KeyMetadata, { KeyState: 'PendingImport', Enabled: false, Origin: 'EXTERNAL' });
    for (const absent of ['CurrentKeyMaterialId', 'ExpirationModel', 'ValidTo'])
      assert.notProperty(KeyMetadata, absent);
  });
});

describe('cryptographic operations', () => {
  const wrong: readonly (readonly [fact: string, operation: string, input: () => object, expected: () => Reply])[] = [
    [
      'RSA keys must name their algorithm',
      'Encrypt',
      () => ({ KeyId: keys['rsa'], Plaintext: 'YQ==' }),
      () => error('InvalidKeyUsageException', 'Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.'),
    ],
    [
      'RSA takes no more than its modulus holds',
      'Encrypt',
      () => ({
        KeyId: keys['rsa'],
        Plaintext: btoa('a'.repeat(191)),
        EncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
      }),
      () =>
        error(
          'ValidationException',
          'Algorithm RSAES_OAEP_SHA_256 and key spec RSA_2048 cannot encrypt data larger than 190 bytes.',
        ),
    ],
    [
      'a key of another usage',
      'Encrypt',
      () => ({ KeyId: keys['sign'], Plaintext: 'YQ==' }),
      () =>
        error(
          'InvalidKeyUsageException',
          `${arn(keys['sign'])} key usage is SIGN_VERIFY which is not valid for Encrypt.`,
        ),
    ],
    [
      'a disabled key',
      'Encrypt',
      () => ({ KeyId: keys['disabled'], Plaintext: 'YQ==' }),
      () => error('DisabledException', `${arn(keys['disabled'])} is disabled.`),
    ],
    [
      'a key that is pending deletion',
      'Encrypt',
      () => ({ KeyId: keys['pending'], Plaintext: 'YQ==' }),
      () => error('KMSInvalidStateException', `${arn(keys['pending'])} is pending deletion.`),
    ],
    [
      'a key that is pending import',
      'Encrypt',
      () => ({ KeyId: keys['external'], Plaintext: 'YQ==' }),
      () => error('KMSInvalidStateException', `${arn(keys['external'])} is pending import.`),
    ],
    [
      'a data key needs one length',
      'GenerateDataKey',
      () => ({ KeyId: keys['symmetric'] }),
      () => error('ValidationException', 'Please specify either number of bytes or key spec.'),
    ],
    [
      'and not two',
      'GenerateDataKey',
      () => ({ KeyId: keys['symmetric'], KeySpec: 'AES_256', NumberOfBytes: 32 }),
      () => error('ValidationException', 'Please specify either number of bytes or key spec.'),
    ],
    [
      'random bytes need a number',
      'GenerateRandom',
      () => ({}),
      () => error('ValidationException', 'NumberOfBytes is required.'),
    ],
    [
      'random bytes are at most 1024',
      'GenerateRandom',
      () => ({ NumberOfBytes: 1025 }),
      () => invalid('numberOfBytes', "'1025'", 'have value less than or equal to 1024'),
    ],
    [
      'a MAC takes the algorithm of its key',
      'GenerateMac',
      () => ({ KeyId: keys['mac'], Message: 'YQ==', MacAlgorithm: 'HMAC_SHA_512' }),
      () => error('InvalidKeyUsageException', 'Algorithm HMAC_SHA_512 is incompatible with key spec HMAC_256.'),
    ],
    [
      'a wrong MAC has no text',
      'VerifyMac',
      () => ({ KeyId: keys['mac'], Message: 'YQ==', Mac: 'YQ==', MacAlgorithm: 'HMAC_SHA_256' }),
      () => error('KMSInvalidMacException'),
    ],
    [
      'a wrong signature has no text',
      'Verify',
      () => ({ KeyId: keys['sign'], Message: 'YQ==', Signature: 'YQ==', SigningAlgorithm: 'ECDSA_SHA_256' }),
      () => error('KMSInvalidSignatureException'),
    ],
    [
      'a digest has the length of its hash',
      'Sign',
      () => ({ KeyId: keys['sign'], Message: 'YQ==', MessageType: 'DIGEST', SigningAlgorithm: 'ECDSA_SHA_256' }),
      () => error('ValidationException', 'Digest is invalid length for algorithm ECDSA_SHA_256.'),
    ],
    [
      'a signing algorithm of another spec',
      'Sign',
      () => ({ KeyId: keys['sign'], Message: 'YQ==', SigningAlgorithm: 'ECDSA_SHA_384' }),
      () => error('InvalidKeyUsageException', 'Algorithm ECDSA_SHA_384 is incompatible with key spec ECC_NIST_P256.'),
    ],
    [
      'garbage for a public key has an empty text',
      'DeriveSharedSecret',
      () => ({ KeyId: keys['agree'], PublicKey: 'YQ==', KeyAgreementAlgorithm: 'ECDH' }),
      () => error('ValidationException'),
    ],
    [
      'a ciphertext that is none has no text',
      'Decrypt',
      () => ({ CiphertextBlob: 'YQ==' }),
      () => error('InvalidCiphertextException'),
    ],
    [
      'rotation of an asymmetric key has no text',
      'EnableKeyRotation',
      () => ({ KeyId: keys['rsa'] }),
      () => error('UnsupportedOperationException'),
    ],
    [
      'rotation of a key with imported material',
      'EnableKeyRotation',
      () => ({ KeyId: keys['external'] }),
      () =>
        error(
          'UnsupportedOperationException',
          `${arn(keys['external'])} origin is EXTERNAL which is not valid for this operation.`,
        ),
    ],
    [
      'a rotation on demand before any import',
      'RotateKeyOnDemand',
      () => ({ KeyId: keys['external'] }),
      () => error('KMSInvalidStateException', `${arn(keys['external'])} is pending import.`),
    ],
    [
      'an import into a key of AWS',
      'GetParametersForImport',
      () => ({ KeyId: keys['symmetric'], WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' }),
      () =>
        error(
          'UnsupportedOperationException',
          `${arn(keys['symmetric'])} origin is AWS_KMS which is not valid for this operation.`,
        ),
    ],
    [
      'cancelling the deletion of a key that is not pending',
      'CancelKeyDeletion',
      () => ({ KeyId: keys['symmetric'] }),
      () => error('KMSInvalidStateException', `${arn(keys['symmetric'])} is not pending deletion.`),
    ],
    [
      'replication of a key of one Region',
      'ReplicateKey',
      () => ({ KeyId: keys['symmetric'], ReplicaRegion: 'eu-west-1' }),
      () => error('UnsupportedOperationException', `${arn(keys['symmetric'])} is not a multi-region primary key.`),
    ],
    [
      'a dry run that would have succeeded',
      'Encrypt',
      () => ({ KeyId: keys['symmetric'], Plaintext: 'YQ==', DryRun: true }),
      () => error('DryRunOperationException', 'The request would have succeeded, but the DryRun option is set.'),
    ],
    [
      'a dry run that would not',
      'Encrypt',
      () => ({ KeyId: keys['disabled'], Plaintext: 'YQ==', DryRun: true }),
      () => error('DisabledException', `${arn(keys['disabled'])} is disabled.`),
    ],
  ];
  for (const [fact, operation, input, expected] of wrong)
    test(`${operation}: ${fact}`, () => fails(operation, input(), expected()));

  test('a wrong key is IncorrectKeyException, also where that key could not decrypt at all', async () => {
    const { CiphertextBlob } = await ok('Encrypt', { KeyId: keys['symmetric'], Plaintext: 'YQ==' });
    const other = await newKey();
    for (const KeyId of [other, keys['sign']])
      await fails(
        'Decrypt',
        { CiphertextBlob, KeyId },
        error(
          'IncorrectKeyException',
          'The key ID in the request does not identify a CMK that can perform this operation.',
        ),
      );
  });

  test('the key of a ciphertext that is gone is AccessDeniedException', async () => {
    const KeyId = await newKey();
    const { CiphertextBlob } = await ok('Encrypt', { KeyId, Plaintext: 'YQ==' });
    await ok('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 });
    clock.pass(7 * day);
    await fails(
      'Decrypt',
      { CiphertextBlob },
      {
        __type: 'AccessDeniedException',
        Message:
          'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.',
      },
    );
    clock.pass(-7 * day);
  });

  test('replies name the key by its ARN', async () => {
    const { CiphertextBlob, ...sealed } = await ok('Encrypt', { KeyId: 'alias/a', Plaintext: 'YQ==' });
    assert.deepEqual(sealed, { KeyId: arn(keys['symmetric']), EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' });
    const { KeyMaterialId, ...opened } = await ok('Decrypt', { CiphertextBlob });
    assert.match(String(KeyMaterialId), /^[0-9a-f]{64}$/);
    assert.deepEqual(opened, {
      KeyId: arn(keys['symmetric']),
      Plaintext: 'YQ==',
      EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    });
    assert.equal((await ok('GetKeyLastUsage', { KeyId: keys['symmetric'] }))['KeyId'], keys['symmetric']);
  });
});

describe('aliases', () => {
  const target = () => keys['symmetric'];
  const prefix =
    'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html';
  const refused: readonly (readonly [operation: string, name: string, expected: Reply])[] = [
    ['CreateAlias', 'x', error('ValidationException', prefix)],
    ['CreateAlias', 'alias/aws/x', error('NotAuthorizedException')],
    ['CreateAlias', 'alias/a:b', error('ValidationException', 'alias/a:b contains invalid characters for an alias')],
    ['CreateAlias', 'alias/a', error('AlreadyExistsException', `An alias with the name ${here}alias/a already exists`)],
    ['DeleteAlias', 'x', error('ValidationException', 'Invalid identifier')],
    ['DeleteAlias', 'alias/none', error('NotFoundException', `Alias ${here}alias/none is not found.`)],
    ['UpdateAlias', 'alias/none', error('NotFoundException', `Alias ${here}alias/none is not found.`)],
  ];
  for (const [operation, AliasName, expected] of refused)
    test(`${operation} of ${AliasName}`, () =>
      fails(operation, { AliasName, ...(operation === 'DeleteAlias' ? {} : { TargetKeyId: target() }) }, expected));

  test('refer to keys, not to aliases', () =>
    fails(
      'CreateAlias',
      { AliasName: 'alias/b', TargetKeyId: 'alias/a' },
      error('ValidationException', 'Aliases must refer to keys. Not aliases'),
    ));

  test('move between keys of one type and usage only', async () => {
    await ok('CreateAlias', { AliasName: 'alias/moving', TargetKeyId: keys['symmetric'] });
    await ok('UpdateAlias', { AliasName: 'alias/moving', TargetKeyId: keys['disabled'] });
    for (const kind of ['rsa', 'mac', 'sign']) {
      const { body } = await send('UpdateAlias', { AliasName: 'alias/moving', TargetKeyId: keys[kind] });
      assert.equal(body['__type'], 'ValidationException', kind);
    }
    await ok('CreateAlias', { AliasName: 'alias/signing', TargetKeyId: keys['sign'] });
    const { body } = await send('UpdateAlias', { AliasName: 'alias/signing', TargetKeyId: keys['agree'] });
    assert.equal(body['__type'], 'ValidationException');
    const other = await newKey({ KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' });
    await ok('UpdateAlias', { AliasName: 'alias/signing', TargetKeyId: other });
  });
});

describe('policies', () => {
  const put = (Policy: string, more: object = {}) => ({ KeyId: keys['symmetric'], Policy, ...more });

  test('of a new key is the default one', async () => {
    const { Policy, PolicyName } = await ok('GetKeyPolicy', { KeyId: keys['symmetric'] });
    assert.equal(PolicyName, 'default');
    assert.deepEqual(JSON.parse(String(Policy)), {
      Version: '2012-10-17',
      Id: 'key-default-1',
      Statement: [{ Sid: 'Enable IAM User Permissions', ...root }],
    });
    await fails(
      'GetKeyPolicy',
      { KeyId: keys['symmetric'], PolicyName: 'other' },
      error('NotFoundException', 'No such policy exists'),
    );
  });

  test('that lock the writer out are malformed', () =>
    fails(
      'PutKeyPolicy',
      put(policy({ Effect: 'Allow', Principal: { AWS: bob.principalArn }, Action: 'kms:Encrypt', Resource: '*' })),
      error(
        'MalformedPolicyDocumentException',
        'The new key policy will not allow you to update the key policy in the future.',
      ),
    ));

  test('without a principal are malformed', async () => {
    const { Principal: _, ...nobody } = root;
    await fails(
      'PutKeyPolicy',
      put(policy(nobody)),
      error('MalformedPolicyDocumentException', 'Policy contains a statement with no principal.'),
    );
    await fails(
      'PutKeyPolicy',
      put(policy({ ...root, Principal: { AWS: 'nonsense' } })),
      error('MalformedPolicyDocumentException', 'Policy contains a statement with one or more invalid principals.'),
    );
  });

  test('of more than 32 KB exceed a limit', async () => {
    const { body } = await send('PutKeyPolicy', put(policy({ ...root, Sid: 'a'.repeat(33_000) })));
    assert.equal(body['__type'], 'LimitExceededException');
  });

  test('decide, and the answer says who did not allow it', async () => {
    const KeyId = await newKey();
    const denied = (reason: string) => ({
      __type: 'AccessDeniedException',
      Message: `User: ${bob.principalArn} is not authorized to perform: kms:DescribeKey on resource: ${arn(KeyId)} ${reason}`,
    });
    await fails(
      'DescribeKey',
      { KeyId },
      denied('because no identity-based policy allows the kms:DescribeKey action'),
      bob,
    );
    const allow = { Effect: 'Allow', Principal: { AWS: bob.principalArn }, Action: 'kms:DescribeKey', Resource: '*' };
    await ok('PutKeyPolicy', { KeyId, Policy: policy(root, allow) });
    await ok('DescribeKey', { KeyId }, bob);
    await ok('PutKeyPolicy', { KeyId, Policy: policy(root, allow, { ...allow, Effect: 'Deny' }) });
    await fails('DescribeKey', { KeyId }, denied('with an explicit deny in a resource-based policy'), bob);
    const admin = { ...root, Principal: { AWS: testCredential.principalArn } };
    await ok('PutKeyPolicy', { KeyId, Policy: policy(admin) });
    await fails(
      'DescribeKey',
      { KeyId },
      denied('because no resource-based policy allows the kms:DescribeKey action'),
      bob,
    );
  });
});

describe('callers of other accounts', () => {
  const share = (...actions: string[]) => ({
    Effect: 'Allow',
    Principal: { AWS: 'arn:aws:iam::111111111111:root' },
    Action: actions,
    Resource: '*',
  });

  test('see nothing of a key without leave, and their own ids mean their own keys', async () => {
    const KeyId = await newKey();
    const { body } = await send('DescribeKey', { KeyId: arn(KeyId) }, neighbour);
    assert.equal(body['__type'], 'AccessDeniedException');
    const theirs = `arn:aws:kms:us-east-1:111111111111:key/${KeyId}`;
    await fails('DescribeKey', { KeyId }, error('NotFoundException', `Key '${theirs}' does not exist`), neighbour);
  });

  test('use a key by its ARN where its policy and their account let them', async () => {
    const KeyId = await newKey();
    await ok('CreateAlias', { AliasName: 'alias/shared', TargetKeyId: KeyId });
    await ok('PutKeyPolicy', {
      KeyId,
      Policy: policy(
        root,
        share('kms:Encrypt', 'kms:Decrypt', 'kms:GenerateDataKey', 'kms:DescribeKey', 'kms:ReEncrypt*'),
      ),
    });
    for (const reference of [arn(KeyId), `${here}alias/shared`]) {
      const sealed = await ok('Encrypt', { KeyId: reference, Plaintext: 'YQ==' }, neighbour);
      assert.equal(sealed['KeyId'], arn(KeyId));
      const opened = await ok('Decrypt', { CiphertextBlob: sealed['CiphertextBlob'], KeyId: reference }, neighbour);
      assert.equal(opened['Plaintext'], 'YQ==');
      // A ciphertext names its key itself, whoever has it.
      const again = await ok('Decrypt', { CiphertextBlob: sealed['CiphertextBlob'] }, neighbour);
      assert.equal(again['KeyId'], arn(KeyId));
      const own = await newKey({}, neighbour);
      const moved = await ok(
        'ReEncrypt',
        { CiphertextBlob: sealed['CiphertextBlob'], DestinationKeyId: own },
        neighbour,
      );
      assert.equal(moved['SourceKeyId'], arn(KeyId));
      assert.equal(moved['KeyId'], `arn:aws:kms:us-east-1:111111111111:key/${own}`);
      assert.equal((await ok('Decrypt', { CiphertextBlob: moved['CiphertextBlob'] }, neighbour))['Plaintext'], 'YQ==');
    }
    const { KeyMetadata } = (await ok('DescribeKey', { KeyId: arn(KeyId) }, neighbour)) as { KeyMetadata: Reply };
    assert.equal(KeyMetadata['AWSAccountId'], '000000000000');
    const { body } = await send(
      'Sign',
      { KeyId: arn(KeyId), Message: 'YQ==', SigningAlgorithm: 'ECDSA_SHA_256' },
      neighbour,
    );
    assert.equal(body['__type'], 'AccessDeniedException');
  });

  test('do not manage it, whatever its policy says', async () => {
    const KeyId = await newKey();
    await ok('PutKeyPolicy', { KeyId, Policy: policy(root, share('kms:*')) });
    for (const operation of ['DisableKey', 'GetKeyPolicy', 'ScheduleKeyDeletion', 'EnableKeyRotation']) {
      const { status, body } = await send(operation, { KeyId: arn(KeyId) }, neighbour);
      assert.equal(status, 400, operation);
      assert.include(['NotFoundException', 'AccessDeniedException'], body['__type']);
    }
    await ok('DescribeKey', { KeyId });
  });

  test('get and retire grants', async () => {
    const KeyId = await newKey();
    const grant = await ok('CreateGrant', {
      KeyId,
      GranteePrincipal: neighbour.principalArn,
      RetiringPrincipal: neighbour.principalArn,
      Operations: ['Encrypt', 'DescribeKey', 'RetireGrant'],
    });
    await ok('Encrypt', { KeyId: arn(KeyId), Plaintext: 'YQ==', GrantTokens: [grant['GrantToken']] }, neighbour);
    await ok('RetireGrant', { GrantToken: grant['GrantToken'] }, neighbour);
    const { body } = await send('Encrypt', { KeyId: arn(KeyId), Plaintext: 'YQ==' }, neighbour);
    assert.equal(body['__type'], 'AccessDeniedException');
  });
});

describe('grants', () => {
  test('are told as AWS tells them, and repeat only with a name', async () => {
    const KeyId = await newKey();
    const input = { KeyId, GranteePrincipal: bob.principalArn, Operations: ['Encrypt'], Name: 'mine' };
    const first = await ok('CreateGrant', input);
    const second = await ok('CreateGrant', input);
    assert.match(String(first['GrantId']), /^[0-9a-f]{64}$/);
    assert.equal(first['GrantId'], second['GrantId']);
    assert.notEqual(first['GrantToken'], second['GrantToken']);
    const { Grants, Truncated } = (await ok('ListGrants', { KeyId })) as { Grants: Reply[]; Truncated: boolean };
    assert.equal(Truncated, false);
    assert.deepEqual(Grants, [
      {
        KeyId: arn(KeyId),
        GrantId: first['GrantId'],
        Name: 'mine',
        CreationDate: clock.now / 1000,
        GranteePrincipal: bob.principalArn,
        IssuingAccount: 'arn:aws:iam::000000000000:root',
        Operations: ['Encrypt'],
      },
    ]);
    await fails(
      'CreateGrant',
      { ...input, DryRun: true },
      error('DryRunOperationException', 'The request would have succeeded, but the DryRun option is set.'),
    );
    const unknown = await send('Encrypt', { KeyId, Plaintext: 'YQ==', GrantTokens: ['nonsense'] }, bob);
    assert.equal(unknown.body['__type'], 'InvalidGrantTokenException');
  });
});

describe('the wire', () => {
  test('takes bodies that are JSON objects, and members of the right type', async () => {
    for (const body of [
      '[]',
      '1',
      '"x"',
      '{',
      'null',
      '{"KeyId":7}',
      '{"KeyId":{}}',
      '{"KeyId":[]}',
      '{"KeyId":true}',
    ]) {
      const { body: reply, status } = await send('DescribeKey', body);
      assert.equal(reply['__type'], 'SerializationException', body);
      assert.equal(status, 400);
    }
    for (const input of [
      { KeyId: keys['symmetric'], Plaintext: 'a' },
      { KeyId: keys['symmetric'], Plaintext: 7 },
      { KeyId: keys['symmetric'], Plaintext: 'YQ==', EncryptionContext: { a: 1 } },
      { KeyId: keys['symmetric'], Plaintext: 'YQ==', EncryptionContext: [] },
      { KeyId: keys['symmetric'], Plaintext: 'YQ==', GrantTokens: 'x' },
      { KeyId: keys['symmetric'], Plaintext: 'YQ==', DryRun: 'true' },
    ])
      assert.equal((await send('Encrypt', input)).body['__type'], 'SerializationException', JSON.stringify(input));
  });

  test('an empty body is a request without members', async () => {
    assert.property(await ok('ListKeys', {}), 'Keys');
    assert.equal((await send('ListKeys', '')).status, 200);
  });

  test('custom key stores: there are none', async () => {
    assert.deepEqual(await ok('DescribeCustomKeyStores', {}), { CustomKeyStores: [], Truncated: false });
    for (const operation of [
      'ConnectCustomKeyStore',
      'DisconnectCustomKeyStore',
      'DeleteCustomKeyStore',
      'UpdateCustomKeyStore',
    ]) {
      const { body } = await send(operation, { CustomKeyStoreId: 'cks-1234567890abcdef0' });
      assert.equal(body['__type'], 'CustomKeyStoreNotFoundException', operation);
    }
  });

  test('markers that are not ours are refused', async () => {
    for (const operation of ['ListKeys', 'ListAliases', 'DescribeCustomKeyStores'])
      assert.equal((await send(operation, { Marker: 'nonsense' })).body['__type'], 'InvalidMarkerException', operation);
    for (const operation of ['ListGrants', 'ListKeyPolicies', 'ListResourceTags', 'ListKeyRotations'])
      assert.equal(
        (await send(operation, { KeyId: keys['symmetric'], Marker: 'nonsense' })).body['__type'],
        'InvalidMarkerException',
        operation,
      );
  });
});
