// Grants: what they allow, who may make and end them, and how they are listed.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { type GrantOperation, type Kms, openKms } from '../../src/index.ts';
import { utf8 } from '../support/bytes.ts';
import { assertFails, failure } from '../support/errors.ts';
import { day, newKey, newKms, newStore, TestClock } from '../support/kms.ts';
import { account, asUser, policyWith, rootArn, userArn } from './access.ts';

const Plaintext = utf8('x');
type Input = Parameters<Kms['createGrant']>[0];

const grantTo = (kms: Kms, KeyId: string, Operations: GrantOperation[], more: Partial<Input> = {}) =>
  kms.createGrant({ KeyId, GranteePrincipal: userArn('bob'), Operations, ...more });
const encrypt = (kms: Kms, KeyId: string, EncryptionContext?: Record<string, string>) =>
  kms.encrypt({ KeyId, Plaintext, EncryptionContext });

describe('a grant', () => {
  test('allows its grantee its operations, at once and until it is revoked', async () => {
    const kms = await newKms();
    const [KeyId, other] = [await newKey(kms), await newKey(kms)];
    const bob = asUser(kms, 'bob');
    await assertFails(encrypt(bob, KeyId), 'AccessDeniedException');
    const { GrantId, GrantToken } = await grantTo(kms, KeyId, ['Encrypt', 'DescribeKey']);
    assert.match(GrantId, /^[0-9a-f]{64}$/);
    assert.match(GrantToken, /^[A-Za-z0-9+/]+=*$/);
    await encrypt(bob, KeyId);
    await bob.encrypt({ KeyId, Plaintext, GrantTokens: [GrantToken] });
    await bob.describeKey({ KeyId });
    await assertFails(bob.generateDataKey({ KeyId, KeySpec: 'AES_256' }), 'AccessDeniedException');
    await assertFails(encrypt(bob, other), 'AccessDeniedException');
    await assertFails(encrypt(asUser(kms, 'carol'), KeyId), 'AccessDeniedException');
    // A token is no bearer's right.
    const carol = asUser(kms, 'carol').encrypt({ KeyId, Plaintext, GrantTokens: [GrantToken] });
    await assertFails(carol, 'AccessDeniedException');
    await kms.revokeGrant({ KeyId, GrantId });
    await assertFails(encrypt(bob, KeyId), 'AccessDeniedException');
    await assertFails(bob.encrypt({ KeyId, Plaintext, GrantTokens: [GrantToken] }), 'InvalidGrantTokenException');
    await assertFails(kms.revokeGrant({ KeyId, GrantId }), 'NotFoundException', `Grant ID ${GrantId} not found`);
  });

  test('is seen by a service over the same store, and so is its end', async () => {
    const store = newStore();
    const [here, there] = [await openKms({ store }), await openKms({ store })];
    const KeyId = await newKey(here);
    await assertFails(encrypt(asUser(there, 'bob'), KeyId), 'AccessDeniedException');
    const { GrantId } = await grantTo(here, KeyId, ['Encrypt']);
    await encrypt(asUser(there, 'bob'), KeyId);
    await here.revokeGrant({ KeyId, GrantId });
    await assertFails(encrypt(asUser(there, 'bob'), KeyId), 'AccessDeniedException');
  });

  test('gives way to a Deny of the key policy', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    await grantTo(kms, KeyId, ['Encrypt']);
    const Policy = policyWith({ Effect: 'Deny', Principal: { AWS: userArn('bob') }, Action: 'kms:Encrypt' });
    await kms.putKeyPolicy({ KeyId, Policy });
    await assertFails(encrypt(asUser(kms, 'bob'), KeyId), 'AccessDeniedException', /with an explicit deny/);
  });

  test('counts for the sessions of a role, and for an account through its administrators', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms, { Policy: policyWith() });
    const { Arn } = (await kms.describeKey({ KeyId })).KeyMetadata;
    await grantTo(kms, KeyId, ['Encrypt'], { GranteePrincipal: `arn:aws:iam::${account}:role/app/Writer` });
    await encrypt(kms.as({ arn: `arn:aws:sts::${account}:assumed-role/Writer/s` }), KeyId);
    await assertFails(
      encrypt(kms.as({ arn: `arn:aws:sts::${account}:assumed-role/Other/s` }), KeyId),
      'AccessDeniedException',
    );
    await grantTo(kms, KeyId, ['Encrypt'], { GranteePrincipal: 'arn:aws:iam::444455556666:root' });
    const eve = userArn('eve', '444455556666');
    await encrypt(kms.as({ arn: eve, isAdministrator: true }), Arn);
    await assertFails(encrypt(kms.as({ arn: eve }), Arn), 'AccessDeniedException');
  });

  // As recorded of AWS: https://github.com/radkawar/stackd/blob/main/testdata/aws/kms/grants.json
  test('needs leave of the account of a grantee of another one, unless that account issued it', async () => {
    const kms = await newKms();
    const other = '444455556666';
    const KeyId = await newKey(kms, { Policy: policyWith({ Principal: { AWS: other }, Action: 'kms:CreateGrant' }) });
    const { Arn } = (await kms.describeKey({ KeyId })).KeyMetadata;
    const GranteePrincipal = userArn('eve', other);
    const eve = asUser(kms, 'eve', other);
    const admin = kms.as({ arn: GranteePrincipal, isAdministrator: true });
    const grant = { GranteePrincipal, RetiringPrincipal: GranteePrincipal };
    const { GrantId } = await grantTo(kms, KeyId, ['Encrypt'], grant);
    await assertFails(encrypt(eve, Arn), 'AccessDeniedException', /because no identity-based policy allows/);
    await assertFails(
      eve.retireGrant({ KeyId: Arn, GrantId }),
      'AccessDeniedException',
      /because no identity-based policy allows the kms:RetireGrant action$/,
    );
    await encrypt(admin, Arn);
    await admin.retireGrant({ KeyId: Arn, GrantId });
    const own = await grantTo(admin, Arn, ['Encrypt'], grant);
    await encrypt(eve, Arn);
    await eve.retireGrant({ KeyId: Arn, GrantId: own.GrantId });
    await assertFails(encrypt(eve, Arn), 'AccessDeniedException');
  });

  test('holds the encryption context to its constraints', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    const bob = asUser(kms, 'bob');
    const subset = await grantTo(kms, KeyId, ['Encrypt', 'DescribeKey'], {
      Constraints: { EncryptionContextSubset: { Team: 'red' } },
    });
    await encrypt(bob, KeyId, { team: 'red', note: '1' });
    await bob.describeKey({ KeyId });
    for (const context of [undefined, { note: '1' }, { team: 'Red' }, { team: 'red', TEAM: 'blue' }])
      await assertFails(encrypt(bob, KeyId, context), 'AccessDeniedException');
    await kms.revokeGrant({ KeyId, GrantId: subset.GrantId });
    await grantTo(kms, KeyId, ['Encrypt'], { Constraints: { EncryptionContextEquals: { a: '1', b: '2' } } });
    await encrypt(bob, KeyId, { B: '2', A: '1' });
    for (const context of [undefined, { a: '1' }, { a: '1', b: '2', c: '3' }, { a: '1', b: '3' }])
      await assertFails(encrypt(bob, KeyId, context), 'AccessDeniedException');
  });

  // Terraform fills in both members, and leaves one of them empty.
  test('has one constraint on the encryption context: the one that is not empty', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    const bob = asUser(kms, 'bob');
    const a = { a: '1' };
    const subset = await grantTo(kms, KeyId, ['Encrypt'], {
      Constraints: { EncryptionContextSubset: a, EncryptionContextEquals: {} },
    });
    await encrypt(bob, KeyId, { a: '1', b: '2' });
    await kms.revokeGrant({ KeyId, GrantId: subset.GrantId });
    await grantTo(kms, KeyId, ['Encrypt'], {
      Constraints: { EncryptionContextSubset: {}, EncryptionContextEquals: a },
    });
    await encrypt(bob, KeyId, a);
    await assertFails(encrypt(bob, KeyId, { a: '1', b: '2' }), 'AccessDeniedException');
    const { Grants } = await kms.listGrants({ KeyId });
    assert.deepEqual(Grants?.[0]?.Constraints, { EncryptionContextEquals: a });
    const both = { EncryptionContextSubset: a, EncryptionContextEquals: a };
    await assertFails(
      grantTo(kms, KeyId, ['Encrypt'], { Constraints: both }),
      'ValidationException',
      'More than one constraint supplied',
    );
  });

  test('with a source ARN allows nothing here but to retire it', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    const { GrantId } = await grantTo(kms, KeyId, ['Encrypt', 'DescribeKey', 'RetireGrant'], {
      Constraints: { SourceArn: 'arn:aws:s3:::bucket' },
    });
    const bob = asUser(kms, 'bob');
    await assertFails(encrypt(bob, KeyId), 'AccessDeniedException');
    await assertFails(bob.describeKey({ KeyId }), 'AccessDeniedException');
    await bob.retireGrant({ KeyId, GrantId });
  });
});

describe('each operation', () => {
  type Use = (kms: Kms, KeyId: string, blob: Uint8Array) => Promise<unknown>;
  const uses: [GrantOperation[], Use][] = [
    [['Encrypt'], (kms, KeyId) => kms.encrypt({ KeyId, Plaintext })],
    [['Decrypt'], (kms, _, CiphertextBlob) => kms.decrypt({ CiphertextBlob })],
    [['GenerateDataKey'], (kms, KeyId) => kms.generateDataKey({ KeyId, KeySpec: 'AES_256' })],
    [
      ['GenerateDataKeyWithoutPlaintext'],
      (kms, KeyId) => kms.generateDataKeyWithoutPlaintext({ KeyId, KeySpec: 'AES_256' }),
    ],
    [
      ['ReEncryptFrom', 'ReEncryptTo'],
      (kms, DestinationKeyId, CiphertextBlob) => kms.reEncrypt({ CiphertextBlob, DestinationKeyId }),
    ],
    [['DescribeKey'], (kms, KeyId) => kms.describeKey({ KeyId })],
  ];
  const all: GrantOperation[] = [...uses.flatMap(([operations]) => operations), 'CreateGrant', 'RetireGrant'];

  for (const [operations, use] of uses) {
    test(`${operations.join(' and ')} is allowed by a grant of just that, and by no grant of all else`, async () => {
      const kms = await newKms();
      const KeyId = await newKey(kms);
      const { CiphertextBlob } = await encrypt(kms, KeyId);
      for (const missing of operations) {
        const { GrantId } = await grantTo(
          kms,
          KeyId,
          all.filter((each) => each !== missing),
        );
        await assertFails(
          use(asUser(kms, 'bob'), KeyId, CiphertextBlob),
          'AccessDeniedException',
          new RegExp(`kms:${missing} `),
        );
        await kms.revokeGrant({ KeyId, GrantId });
      }
      await grantTo(kms, KeyId, operations);
      await use(asUser(kms, 'bob'), KeyId, CiphertextBlob);
    });
  }

  test('of management needs a policy: no grant names it', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    await grantTo(kms, KeyId, all);
    await assertFails(asUser(kms, 'bob').disableKey({ KeyId }), 'AccessDeniedException');
    await assertFails(asUser(kms, 'bob').revokeGrant({ KeyId, GrantId: 'x' }), 'AccessDeniedException');
  });
});

describe('CreateGrant', () => {
  test('with a name makes the same grant once, and another token each time', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    const terms = { Name: 'n', Constraints: { EncryptionContextSubset: { a: '1', b: '2' } } };
    const first = await grantTo(kms, KeyId, ['Encrypt', 'Decrypt'], terms);
    const again = await grantTo(kms, KeyId, ['Decrypt', 'Encrypt'], {
      ...terms,
      Constraints: { EncryptionContextSubset: { b: '2', a: '1' } },
    });
    assert.equal(again.GrantId, first.GrantId);
    assert.notEqual(again.GrantToken, first.GrantToken);
    for (const more of [{ ...terms, Name: 'm' }, { Name: 'n' }, { ...terms, RetiringPrincipal: userArn('carol') }])
      assert.notEqual((await grantTo(kms, KeyId, ['Encrypt', 'Decrypt'], more)).GrantId, first.GrantId);
    const [one, two] = [await grantTo(kms, KeyId, ['Encrypt']), await grantTo(kms, KeyId, ['Encrypt'])];
    assert.notEqual(one.GrantId, two.GrantId);
    await kms.retireGrant({ GrantToken: again.GrantToken });
    assert.lengthOf((await kms.listGrants({ KeyId })).Grants, 5);
  });

  test('refuses what makes no sense', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    const pairs = (count: number, length = 1) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 'v'.repeat(length)]));
    const service = 's3.amazonaws.com';
    const wrong: [more: Partial<Input>, name: string][] = [
      [{ Operations: ['Sign'] }, 'ValidationException'],
      [{ Operations: [] }, 'ValidationException'],
      [{ Operations: ['Fly' as never] }, 'ValidationException'],
      [{ GranteePrincipal: undefined }, 'ValidationException'],
      [{ GranteeServicePrincipal: service }, 'ValidationException'],
      [{ GranteePrincipal: undefined, GranteeServicePrincipal: service }, 'ValidationException'],
      [{ GranteePrincipal: 'bob' }, 'InvalidArnException'],
      [{ GranteePrincipal: 'b b' }, 'ValidationException'],
      [{ RetiringPrincipal: 'arn:aws:iam::1:user/x' }, 'InvalidArnException'],
      [{ Constraints: { EncryptionContextEquals: pairs(9) } }, 'ValidationException'],
      [{ Constraints: { EncryptionContextEquals: pairs(1, 385) } }, 'ValidationException'],
      [{ Name: 'a b' }, 'ValidationException'],
      [{ GrantTokens: ['x'] }, 'InvalidGrantTokenException'],
    ];
    for (const [more, name] of wrong) assert.equal((await failure(grantTo(kms, KeyId, ['Encrypt'], more))).name, name);
    await assertFails(
      grantTo(kms, KeyId, ['CreateGrant']),
      'ValidationException',
      'Grants must not contain only the CreateGrant operation.',
    );
    await assertFails(grantTo(kms, KeyId, ['Encrypt'], { DryRun: true }), 'DryRunOperationException');
    await assertFails(grantTo(kms, 'alias/x', ['Encrypt']), 'NotFoundException', "Invalid keyId 'alias/x'");
    await kms.disableKey({ KeyId });
    await assertFails(grantTo(kms, KeyId, ['Encrypt']), 'DisabledException');
    assert.deepEqual((await kms.listGrants({ KeyId })).Grants, []);
  });

  test('by leave of a grant makes none that allows more', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    const bob = asUser(kms, 'bob');
    const pass = (Operations: GrantOperation[], Constraints?: Input['Constraints']) =>
      grantTo(bob, KeyId, Operations, { GranteePrincipal: userArn('carol'), Constraints });
    const refused = async (promise: Promise<unknown>) => assertFails(promise, 'AccessDeniedException');
    const { GrantId } = await grantTo(kms, KeyId, ['Encrypt', 'CreateGrant']);
    await pass(['Encrypt']);
    await encrypt(asUser(kms, 'carol'), KeyId);
    await refused(pass(['Encrypt', 'Decrypt']));
    await kms.revokeGrant({ KeyId, GrantId });
    await refused(pass(['Encrypt']));
    const subset = await grantTo(kms, KeyId, ['Encrypt', 'CreateGrant'], {
      Constraints: { EncryptionContextSubset: { a: '1' } },
    });
    await refused(pass(['Encrypt']));
    await refused(pass(['Encrypt'], { EncryptionContextSubset: { b: '1' } }));
    await pass(['Encrypt'], { EncryptionContextSubset: { A: '1', b: '2' } });
    await pass(['Encrypt'], { EncryptionContextEquals: { a: '1', b: '2' } });
    await kms.revokeGrant({ KeyId, GrantId: subset.GrantId });
    await grantTo(kms, KeyId, ['Encrypt', 'CreateGrant'], { Constraints: { EncryptionContextEquals: { a: '1' } } });
    await refused(pass(['Encrypt'], { EncryptionContextSubset: { a: '1' } }));
    await refused(pass(['Encrypt'], { EncryptionContextEquals: { a: '1', b: '2' } }));
    await pass(['Encrypt'], { EncryptionContextEquals: { a: '1' } });
  });

  test('can be held by a policy to operations, grantee and constraints', async () => {
    const kms = await newKms();
    const Condition = {
      'ForAllValues:StringEquals': { 'kms:GrantOperations': ['Encrypt', 'Decrypt'] },
      StringEquals: { 'kms:GranteePrincipal': userArn('bob'), 'kms:GrantConstraintType': 'EncryptionContextSubset' },
      Bool: { 'kms:GrantIsForAWSResource': 'false' },
    };
    const Policy = policyWith({ Principal: { AWS: userArn('alice') }, Action: 'kms:CreateGrant', Condition });
    const KeyId = await newKey(kms, { Policy });
    const alice = asUser(kms, 'alice');
    const Constraints = { EncryptionContextSubset: { a: '1' } };
    await grantTo(alice, KeyId, ['Encrypt'], { Constraints });
    await assertFails(grantTo(alice, KeyId, ['Encrypt']), 'AccessDeniedException');
    await assertFails(grantTo(alice, KeyId, ['Encrypt', 'DescribeKey'], { Constraints }), 'AccessDeniedException');
    await assertFails(
      grantTo(alice, KeyId, ['Encrypt'], { Constraints, GranteePrincipal: userArn('eve') }),
      'AccessDeniedException',
    );
  });

  // https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-grant-is-for-aws-resource
  test('can be left to services, with listing and revoking', async () => {
    const kms = await newKms();
    const Action = ['kms:CreateGrant', 'kms:ListGrants', 'kms:RevokeGrant'];
    const Condition = { Bool: { 'kms:GrantIsForAWSResource': true } };
    const KeyId = await newKey(kms, {
      Policy: policyWith({ Principal: { AWS: userArn('alice') }, Action, Condition }),
    });
    const byService = kms.as({ arn: userArn('alice'), viaService: 'ec2.us-east-1.amazonaws.com' });
    const { GrantId } = await grantTo(byService, KeyId, ['Encrypt']);
    const alice = asUser(kms, 'alice');
    await assertFails(grantTo(alice, KeyId, ['Encrypt']), 'AccessDeniedException');
    await assertFails(alice.listGrants({ KeyId }), 'AccessDeniedException');
    await assertFails(alice.revokeGrant({ KeyId, GrantId }), 'AccessDeniedException');
    assert.lengthOf((await byService.listGrants({ KeyId })).Grants, 1);
    await byService.revokeGrant({ KeyId, GrantId });
  });

  // https://docs.aws.amazon.com/kms/latest/developerguide/grant-authorization.html
  test('can be held by a policy to a context, a source and services', async () => {
    const kms = await newKms();
    const held = async (Condition: unknown) => {
      const Policy = policyWith({ Principal: { AWS: userArn('alice') }, Action: 'kms:CreateGrant', Condition });
      return newKey(kms, { Policy });
    };
    const alice = asUser(kms, 'alice');
    const team = { 'kms:EncryptionContext:team': 'red' };
    const KeyId = await held({
      StringEquals: team,
      'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['team'] },
    });
    for (const name of ['EncryptionContextEquals', 'EncryptionContextSubset']) {
      await grantTo(alice, KeyId, ['Encrypt'], { Constraints: { [name]: { team: 'red' } } });
      for (const context of [{ team: 'blue' }, { team: 'red', note: '1' }])
        await assertFails(
          grantTo(alice, KeyId, ['Encrypt'], { Constraints: { [name]: context } }),
          'AccessDeniedException',
        );
    }
    await assertFails(grantTo(alice, KeyId, ['Encrypt']), 'AccessDeniedException');

    const service = 's3.amazonaws.com';
    const toService = await held({
      StringEquals: { 'kms:GranteeServicePrincipal': service, 'kms:RetiringServicePrincipal': service },
      ArnLike: { 'kms:GrantConstraintSourceArn': 'arn:aws:s3:::app-*' },
    });
    const grant = (SourceArn: string) =>
      alice.createGrant({
        KeyId: toService,
        Operations: ['Encrypt'],
        GranteeServicePrincipal: service,
        RetiringServicePrincipal: service,
        Constraints: { SourceArn },
      });
    await grant('arn:aws:s3:::app-1');
    await assertFails(grant('arn:aws:s3:::other'), 'AccessDeniedException');
  });
});

describe('RetireGrant', () => {
  test('is for the retiring principal, a grantee that was given it, and the issuing account', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms, { Policy: policyWith({ Principal: '*', Action: 'kms:RetireGrant' }) });
    const { Arn } = (await kms.describeKey({ KeyId })).KeyMetadata;
    const make = (Operations: GrantOperation[] = ['Encrypt']) =>
      grantTo(kms, KeyId, Operations, { RetiringPrincipal: userArn('carol') });
    const retire = (who: Kms, GrantId: string, DryRun = false) => who.retireGrant({ KeyId: Arn, GrantId, DryRun });
    const { GrantId } = await make();
    // A key policy cannot give it.
    await assertFails(retire(asUser(kms, 'bob'), GrantId), 'AccessDeniedException', /kms:RetireGrant/);
    await assertFails(retire(asUser(kms, 'dave'), GrantId), 'AccessDeniedException');
    await assertFails(retire(asUser(kms, 'carol'), GrantId, true), 'DryRunOperationException');
    await retire(asUser(kms, 'carol'), GrantId);
    await retire(asUser(kms, 'bob'), (await make(['Encrypt', 'RetireGrant'])).GrantId);
    await retire(kms.as({ arn: userArn('dave'), isAdministrator: true }), (await make()).GrantId);
    await asUser(kms, 'carol').retireGrant({ GrantToken: (await make()).GrantToken });
    // A token with a name beside it retires no other grant than the one that both mean.
    const [one, two, other] = [await make(), await make(), await newKey(kms)];
    for (const named of [{ GrantId: two.GrantId }, { KeyId: other }, { KeyId: other, GrantId: one.GrantId }])
      await assertFails(
        kms.retireGrant({ GrantToken: one.GrantToken, ...named }),
        'ValidationException',
        /different grants/,
      );
    await kms.retireGrant({ GrantToken: one.GrantToken, GrantId: one.GrantId, KeyId: Arn });
    await kms.retireGrant({ GrantToken: two.GrantToken, KeyId });
    await assertFails(retire(kms, GrantId), 'NotFoundException');
    await assertFails(kms.retireGrant({ GrantToken: 'x' }), 'InvalidGrantTokenException');
    await assertFails(kms.retireGrant({ KeyId: Arn }), 'ValidationException');
    await assertFails(kms.revokeGrant({ KeyId, GrantId, DryRun: true }), 'NotFoundException');
    const last = (await make()).GrantId;
    await assertFails(kms.revokeGrant({ KeyId, GrantId: last, DryRun: true }), 'DryRunOperationException');
    assert.deepEqual(
      (await kms.listGrants({ KeyId })).Grants.map((grant) => grant.GrantId),
      [last],
    );
  });
});

describe('listings of grants', () => {
  test('show them as they were made, page by page', async () => {
    const clock = new TestClock();
    const kms = await newKms({ clock: clock.read });
    const [KeyId, other] = [await newKey(kms), await newKey(kms)];
    const { Arn } = (await kms.describeKey({ KeyId })).KeyMetadata;
    const Constraints = { EncryptionContextSubset: JSON.parse('{"__proto__":"1"}') as Record<string, string> };
    const { GrantId } = await grantTo(kms, KeyId, ['Encrypt'], {
      Name: 'n',
      RetiringPrincipal: userArn('carol'),
      Constraints,
    });
    const { Grants, Truncated } = await kms.listGrants({ KeyId });
    assert.isFalse(Truncated);
    assert.deepEqual(Grants, [
      {
        KeyId: Arn,
        GrantId,
        Name: 'n',
        CreationDate: new Date(clock.now),
        GranteePrincipal: userArn('bob'),
        RetiringPrincipal: userArn('carol'),
        IssuingAccount: rootArn,
        Operations: ['Encrypt'],
        Constraints,
      },
    ]);
    for (let i = 0; i < 4; i++) await grantTo(kms, KeyId, ['Encrypt'], { RetiringPrincipal: userArn('carol') });
    await grantTo(kms, other, ['Encrypt'], { RetiringPrincipal: userArn('carol'), GranteePrincipal: userArn('eve') });
    await grantTo(kms, other, ['Encrypt'], { RetiringPrincipal: userArn('dave') });
    const walk = async (list: (Marker?: string) => ReturnType<Kms['listGrants']>) => {
      const seen: string[] = [];
      let Marker: string | undefined;
      do {
        const reply = await list(Marker);
        assert.isAtMost(reply.Grants.length, 2);
        seen.push(...reply.Grants.map((grant) => `${grant.KeyId} ${grant.GrantId}`));
        Marker = reply.NextMarker;
      } while (Marker);
      assert.equal(new Set(seen).size, seen.length);
      return seen.length;
    };
    assert.equal(await walk((Marker) => kms.listGrants({ KeyId, Limit: 2, Marker })), 5);
    const RetiringPrincipal = userArn('carol');
    assert.equal(await walk((Marker) => kms.listRetirableGrants({ RetiringPrincipal, Limit: 2, Marker })), 6);
    assert.lengthOf((await kms.listGrants({ KeyId, GrantId })).Grants, 1);
    assert.lengthOf((await kms.listGrants({ KeyId: other, GranteePrincipal: userArn('eve') })).Grants, 1);
    await assertFails(kms.listGrants({ KeyId, Marker: 'x' }), 'InvalidMarkerException');
    await assertFails(kms.listRetirableGrants({}), 'ValidationException');
    const both = { GranteePrincipal: userArn('eve'), GranteeServicePrincipal: 's3.amazonaws.com' };
    await assertFails(
      kms.listGrants({ KeyId, ...both }),
      'ValidationException',
      'You cannot specify both GranteePrincipal and GranteeServicePrincipal.',
    );
  });

  // As recorded of AWS: https://github.com/radkawar/stackd/blob/main/testdata/aws/kms/grants.json
  test('are refused of what is no principal', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    for (const [principal, text] of [
      ['arn:aws:iam::000000000000:nobody/bob', 'ARN does not refer to a valid principal'],
      ['arn:aws:sts::000000000000:assumed-role/probe/role/target', 'ARN is not valid'],
    ] as const) {
      const error = `${text}: ${principal}`;
      const refused = (made: Promise<unknown>) => assertFails(made, 'InvalidArnException', error);
      await refused(kms.listGrants({ KeyId, GranteePrincipal: principal }));
      await refused(kms.listRetirableGrants({ RetiringPrincipal: principal }));
      await refused(grantTo(kms, KeyId, ['Encrypt'], { GranteePrincipal: principal }));
    }
    assert.deepEqual((await kms.listGrants({ KeyId, GranteePrincipal: 's3.amazonaws.com' })).Grants, []);
  });

  test('show a principal what it may retire in other accounts as well', async () => {
    const kms = await newKms();
    const there = kms.at({ accountId: '111111111111' });
    const RetiringPrincipal = userArn('carol');
    const KeyIds = [await newKey(kms), await newKey(there), await newKey(there)];
    for (const [index, KeyId] of KeyIds.entries())
      await grantTo(index === 0 ? kms : there, KeyId, ['Encrypt'], { RetiringPrincipal });
    const carol = kms.as({ arn: RetiringPrincipal, isAdministrator: true });
    const arns: (string | undefined)[] = [];
    let Marker: string | undefined;
    do {
      const reply = await carol.listRetirableGrants({ RetiringPrincipal, Limit: 1, Marker });
      arns.push(...reply.Grants.map((grant) => grant.KeyId));
      for (const { KeyId, GrantId } of reply.Grants)
        await assertFails(carol.retireGrant({ KeyId, GrantId, DryRun: true }), 'DryRunOperationException');
      Marker = reply.NextMarker;
    } while (Marker);
    assert.sameMembers(
      arns,
      KeyIds.map((id, index) => `arn:aws:kms:us-east-1:${index === 0 ? account : '111111111111'}:key/${id}`),
    );
    // Those of others are not hers to see.
    const dave = kms.as({ arn: userArn('dave', '111111111111'), isAdministrator: true });
    assert.lengthOf(
      (await dave.at({ accountId: '111111111111' }).listRetirableGrants({ RetiringPrincipal })).Grants,
      2,
    );
  });

  test('are empty when the key is gone, and so is the store', async () => {
    const clock = new TestClock();
    const store = newStore();
    const kms = await openKms({ store, clock: clock.read });
    const KeyId = await newKey(kms);
    for (let i = 0; i < 3; i++) await grantTo(kms, KeyId, ['Encrypt'], { RetiringPrincipal: userArn('carol') });
    await kms.encrypt({ KeyId, Plaintext });
    await kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
    assert.equal(await store.count('grants'), 3);
    clock.pass(7 * day);
    assert.deepEqual((await kms.listRetirableGrants({ RetiringPrincipal: userArn('carol') })).Grants, []);
    assert.deepEqual([await store.count('grants'), await store.count('uses')], [0, 0]);
  });

  test('end with the key at its date, and so do the tokens', async () => {
    const clock = new TestClock();
    const kms = await newKms({ clock: clock.read });
    const [KeyId, other] = [await newKey(kms), await newKey(kms)];
    const { GrantToken } = await grantTo(kms, KeyId, ['Encrypt']);
    const withToken = () => kms.encrypt({ KeyId: other, Plaintext, GrantTokens: [GrantToken] });
    await kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
    await withToken();
    clock.pass(7 * day);
    await assertFails(withToken(), 'InvalidGrantTokenException');
    await assertFails(kms.retireGrant({ GrantToken }), 'InvalidGrantTokenException');
  });

  test('find a grant that was changed in the store', async () => {
    const store = newStore();
    const kms = await openKms({ store });
    const KeyId = await newKey(kms);
    await grantTo(kms, KeyId, ['Encrypt']);
    const [row] = await store.list('grants', { limit: 1 });
    const value = new Uint8Array(row!.value);
    value[value.length - 1]! ^= 1;
    await store.commit([], [{ table: 'grants', id: row!.id, value }], 'relaxed');
    await assertFails(kms.listGrants({ KeyId }), 'StoreCorrupt');
  });
});
