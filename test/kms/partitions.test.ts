// Partitions: AWS in China, in GovCloud and elsewhere names its keys and principals by ARNs of a partition of their own.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { decrypt, encrypt, kmsKeyring } from '../../src/esdk/index.ts';
import { type Kms, memoryStore, openKms } from '../../src/index.ts';
import { utf8 } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';

const account = '000000000000';
const x = utf8('x');
const openIn = (region: string): Promise<Kms> => openKms({ store: memoryStore(), region });
const newKey = async (kms: Kms) => (await kms.createKey()).KeyMetadata;
const policyOf = (...statements: object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements.map((each) => ({ Effect: 'Allow', ...each })) });

describe('ARNs name the partition of their Region', () => {
  for (const [region, partition] of [
    ['us-east-1', 'aws'],
    ['eu-central-1', 'aws'],
    ['cn-northwest-1', 'aws-cn'],
    ['us-gov-west-1', 'aws-us-gov'],
    ['us-iso-east-1', 'aws-iso'],
    ['us-isob-east-1', 'aws-iso-b'],
    ['eu-isoe-west-1', 'aws-iso-e'],
    ['us-isof-south-1', 'aws-iso-f'],
    ['eusc-de-east-1', 'aws-eusc'],
    ['constructor-x-1', 'aws'],
  ] as const)
    test(region, async () => {
      const kms = await openIn(region);
      const { KeyId, Arn } = await newKey(kms);
      const root = `arn:${partition}:iam::${account}:root`;
      assert.equal(Arn, `arn:${partition}:kms:${region}:${account}:key/${KeyId}`);
      assert.equal((await kms.describeKey({ KeyId: Arn })).KeyMetadata.KeyId, KeyId);
      const { Policy } = await kms.getKeyPolicy({ KeyId });
      assert.deepEqual(JSON.parse(Policy).Statement[0].Principal, { AWS: root });
      await kms.createAlias({ AliasName: 'alias/a', TargetKeyId: KeyId });
      const aliasArn = `arn:${partition}:kms:${region}:${account}:alias/a`;
      assert.equal((await kms.listAliases()).Aliases[0]?.AliasArn, aliasArn);
      assert.equal((await kms.encrypt({ KeyId: aliasArn, Plaintext: x })).KeyId, Arn);
      const GranteePrincipal = `arn:${partition}:iam::${account}:role/reader`;
      await kms.createGrant({ KeyId, GranteePrincipal, Operations: ['Decrypt'] });
      assert.include((await kms.listGrants({ KeyId })).Grants[0], { KeyId: Arn, IssuingAccount: root });
      const missing = '12345678-1234-4234-8234-123456789abc';
      const text = `Key 'arn:${partition}:kms:${region}:${account}:key/${missing}' does not exist`;
      await assertFails(kms.describeKey({ KeyId: missing }), 'NotFoundException', text);
    });
});

describe('callers of a partition', () => {
  test('are those that its policies name, sessions of roles among them', async () => {
    const kms = await openIn('us-gov-west-1');
    const { KeyId, Arn } = await newKey(kms);
    const of = (name: string) => `arn:aws-us-gov:iam::${account}:${name}`;
    const Policy = policyOf(
      { Principal: { AWS: of('root') }, Action: 'kms:*', Resource: '*' },
      { Principal: { AWS: of('user/ann') }, Action: 'kms:Encrypt', Resource: Arn },
      { Principal: { AWS: of('role/team/app') }, Action: 'kms:Encrypt', Resource: Arn },
      {
        Principal: '*',
        Action: 'kms:DescribeKey',
        Resource: '*',
        Condition: { ArnEquals: { 'aws:PrincipalArn': of('role/other') } },
      },
    );
    await kms.putKeyPolicy({ KeyId, Policy });
    const session = (role: string) => `arn:aws-us-gov:sts::${account}:assumed-role/${role}/one`;
    await kms.as({ arn: of('user/ann') }).encrypt({ KeyId, Plaintext: x });
    await kms.as({ arn: session('app') }).encrypt({ KeyId, Plaintext: x });
    await kms.as({ arn: session('other') }).describeKey({ KeyId });
    await assertFails(
      kms.as({ arn: session('app') }).describeKey({ KeyId }),
      'AccessDeniedException',
      new RegExp(`: ${Arn} `),
    );
    await assertFails(kms.as({ arn: of('user/bob') }).encrypt({ KeyId, Plaintext: x }), 'AccessDeniedException');
    const foreign = `arn:aws-us-gov:iam::111111111111:user/eve`;
    const denied = await kms
      .as({ arn: foreign })
      .encrypt({ KeyId: Arn, Plaintext: x })
      .catch((error: Error) => error);
    assert.notInclude((denied as Error).message, KeyId, 'another account is not told the key');
  });

  test('stay the root user in another account of it', async () => {
    const kms = (await openIn('cn-north-1')).at({ accountId: '111111111111' });
    const { KeyId } = await newKey(kms);
    await kms.encrypt({ KeyId, Plaintext: x });
  });
});

describe('what was written when all ARNs were of the partition aws', () => {
  test('policies mean the same keys and callers', async () => {
    const kms = await openIn('cn-north-1');
    const { KeyId, Arn } = await newKey(kms);
    const Resource = Arn.replace('arn:aws-cn:', 'arn:aws:');
    const ann = `arn:aws:iam::${account}:user/ann`;
    const Policy = policyOf(
      { Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*', Resource: '*' },
      { Principal: { AWS: ann }, Action: ['kms:Encrypt', 'kms:Decrypt'], Resource },
      { Effect: 'Deny', Principal: { AWS: ann }, Action: 'kms:Decrypt', Resource },
    );
    await kms.putKeyPolicy({ KeyId, Policy });
    const { CiphertextBlob } = await kms.as({ arn: ann }).encrypt({ KeyId: Resource, Plaintext: x });
    await assertFails(kms.as({ arn: ann }).decrypt({ CiphertextBlob }), 'AccessDeniedException');
    assert.deepEqual((await kms.decrypt({ CiphertextBlob, KeyId: Resource })).Plaintext, x);
  });

  test('messages of the Encryption SDK open, by both names of the key', async () => {
    const kms = await openIn('cn-north-1');
    const { KeyId, Arn } = await newKey(kms);
    const once = Arn.replace('arn:aws-cn:', 'arn:aws:');
    const client = {
      generateDataKey: async (input: Parameters<Kms['generateDataKey']>[0]) => ({
        ...(await kms.generateDataKey(input)),
        KeyId: once,
      }),
      encrypt: kms.encrypt.bind(kms),
      decrypt: kms.decrypt.bind(kms),
    };
    const message = await encrypt(kmsKeyring({ client, generatorKeyId: once }), x);
    for (const keyring of [
      ...[once, Arn, KeyId].map((each) => kmsKeyring({ client: kms, keyIds: [each] })),
      kmsKeyring({ client: kms, discovery: true }),
      ...['aws', 'aws-cn'].map((partition) =>
        kmsKeyring({ client: kms, discovery: true, discoveryFilter: { partition, accountIds: [account] } }),
      ),
    ])
      assert.deepEqual((await decrypt(keyring, message)).plaintext, x);
    for (const keyring of [
      kmsKeyring({ client: kms, keyIds: [Arn.replace('arn:aws-cn:', 'arn:aws-us-gov:')] }),
      kmsKeyring({
        client: kms,
        discovery: true,
        discoveryFilter: { partition: 'aws-us-gov', accountIds: [account] },
      }),
    ])
      await assertFails(decrypt(keyring, message), 'InvalidCiphertextException');
  });
});
