// Key policies as documents: put, read, refused. What they do is in authorisation.test.ts and test/authz.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { assertFails } from '../support/errors.ts';
import { day, newKey, newKms, TestClock } from '../support/kms.ts';
import { account, asUser, policyWith, rootArn, userArn } from './access.ts';

const lockout = 'The new key policy will not allow you to update the key policy in the future.';
const onlyAlice = policyWith().replace(rootArn, userArn('alice'));

describe('key policies', () => {
  test('a key has the default policy, under the name default', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    const { Policy, PolicyName } = await kms.getKeyPolicy({ KeyId });
    assert.equal(PolicyName, 'default');
    assert.deepEqual(JSON.parse(Policy), {
      Version: '2012-10-17',
      Id: 'key-default-1',
      Statement: [
        {
          Sid: 'Enable IAM User Permissions',
          Effect: 'Allow',
          Principal: { AWS: `arn:aws:iam::${account}:root` },
          Action: 'kms:*',
          Resource: '*',
        },
      ],
    });
    const { PolicyNames, Truncated } = await kms.listKeyPolicies({ KeyId });
    assert.deepEqual([PolicyNames, Truncated], [['default'], false]);
    await assertFails(kms.getKeyPolicy({ KeyId, PolicyName: 'other' }), 'NotFoundException', 'No such policy exists');
    await assertFails(kms.getKeyPolicy({ KeyId, PolicyName: 'a b' }), 'ValidationException');
  });

  test('a policy that was put is read back to the letter, and in force', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    const Policy = ` ${policyWith({ Principal: { AWS: userArn('alice') }, Action: 'kms:GetKeyPolicy' })}\n`;
    await kms.putKeyPolicy({ KeyId, Policy, PolicyName: 'default' });
    assert.equal((await asUser(kms, 'alice').getKeyPolicy({ KeyId })).Policy, Policy);
    await kms.scheduleKeyDeletion({ KeyId });
    await kms.putKeyPolicy({ KeyId, Policy: policyWith() });
    await assertFails(asUser(kms, 'alice').getKeyPolicy({ KeyId }), 'AccessDeniedException');
  });

  test('a policy that locks its writer out is refused, unless that is meant', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    await assertFails(kms.putKeyPolicy({ KeyId, Policy: onlyAlice }), 'MalformedPolicyDocumentException', lockout);
    await assertFails(kms.createKey({ Policy: onlyAlice }), 'MalformedPolicyDocumentException', lockout);
    const denied = policyWith({ Effect: 'Deny', Principal: '*', Action: 'kms:Put*' });
    await assertFails(kms.putKeyPolicy({ KeyId, Policy: denied }), 'MalformedPolicyDocumentException', lockout);
    await kms.putKeyPolicy({ KeyId, Policy: onlyAlice, BypassPolicyLockoutSafetyCheck: true });
    await assertFails(kms.putKeyPolicy({ KeyId, Policy: policyWith() }), 'AccessDeniedException');
    await asUser(kms, 'alice').putKeyPolicy({ KeyId, Policy: policyWith() });
    await kms.createKey({ Policy: onlyAlice, BypassPolicyLockoutSafetyCheck: true });
    const noBypass = policyWith({
      Effect: 'Deny',
      Principal: '*',
      Action: 'kms:PutKeyPolicy',
      Condition: { Bool: { 'kms:BypassPolicyLockoutSafetyCheck': 'true' } },
    });
    await kms.putKeyPolicy({ KeyId, Policy: noBypass });
    await assertFails(
      kms.putKeyPolicy({ KeyId, Policy: policyWith(), BypassPolicyLockoutSafetyCheck: true }),
      'AccessDeniedException',
    );
  });

  // https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-bypass-policy-lockout-safety-check
  test('a policy can be put where only those who say nothing of the safety check may put one', async () => {
    const kms = await newKms();
    const Condition = { Null: { 'kms:BypassPolicyLockoutSafetyCheck': true } };
    const Policy = policyWith({ Principal: { AWS: userArn('alice') }, Action: 'kms:PutKeyPolicy', Condition });
    const KeyId = await newKey(kms, { Policy });
    const alice = asUser(kms, 'alice');
    await assertFails(
      alice.putKeyPolicy({ KeyId, Policy, BypassPolicyLockoutSafetyCheck: true }),
      'AccessDeniedException',
    );
    await alice.putKeyPolicy({ KeyId, Policy });
  });

  test('a malformed policy is refused and changes nothing', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms);
    const before = (await kms.getKeyPolicy({ KeyId })).Policy;
    for (const Policy of ['{', '{}', '[]', policyWith({ Principal: undefined, Action: 'kms:*' })])
      await assertFails(kms.putKeyPolicy({ KeyId, Policy }), 'MalformedPolicyDocumentException');
    await assertFails(
      kms.putKeyPolicy({ KeyId, Policy: policyWith({ Principal: { AWS: 'alice' }, Action: 'kms:*' }) }),
      'MalformedPolicyDocumentException',
      'Policy contains a statement with one or more invalid principals.',
    );
    await assertFails(kms.putKeyPolicy({ KeyId, Policy: policyWith() + ' '.repeat(33_000) }), 'LimitExceededException');
    assert.equal((await kms.getKeyPolicy({ KeyId })).Policy, before);
  });
});

describe('AWS managed keys', () => {
  test('are made when their alias is first asked for, once', async () => {
    const kms = await newKms();
    const KeyId = 'alias/aws/s3';
    const [{ KeyMetadata: one }, { KeyMetadata: two }] = await Promise.all([
      kms.describeKey({ KeyId }),
      kms.describeKey({ KeyId }),
    ]);
    assert.deepEqual(one, two);
    assert.equal(one.KeyManager, 'AWS');
    assert.lengthOf((await kms.listKeys()).Keys, 1);
    assert.deepEqual(
      (await kms.listAliases()).Aliases.map(({ AliasName, TargetKeyId }) => [AliasName, TargetKeyId]),
      [[KeyId, one.KeyId]],
    );
    await assertFails(
      kms.describeKey({ KeyId: 'alias/aws/nothing' }),
      'NotFoundException',
      /^Alias arn:.* is not found\.$/,
    );
  });

  test('are rotated every year, which nobody can change', async () => {
    const clock = new TestClock();
    const kms = await newKms({ clock: clock.read });
    const { KeyId } = (await kms.describeKey({ KeyId: 'alias/aws/s3' })).KeyMetadata;
    const { $metadata: _, ...status } = await kms.getKeyRotationStatus({ KeyId });
    assert.deepInclude(status, { KeyRotationEnabled: true, RotationPeriodInDays: 365 });
    assert.deepEqual(status.NextRotationDate, new Date(clock.now + 365 * day));
    for (const action of ['enableKeyRotation', 'disableKeyRotation', 'rotateKeyOnDemand'] as const)
      await assertFails(kms[action]({ KeyId }), 'AccessDeniedException');
    clock.pass(366 * day);
    assert.lengthOf((await kms.listKeyRotations({ KeyId })).Rotations, 1);
  });

  test('can be looked at, used through their service only, and not be managed', async () => {
    const kms = await newKms();
    const { KeyId } = (await kms.describeKey({ KeyId: 'alias/aws/s3' })).KeyMetadata;
    const service = kms.as({ arn: userArn('alice'), viaService: 's3.us-east-1.amazonaws.com' });
    const { CiphertextBlob } = await service.encrypt({ KeyId: 'alias/aws/s3', Plaintext: new Uint8Array(1) });
    await service.decrypt({ CiphertextBlob });
    await kms.getKeyPolicy({ KeyId });
    await kms.listResourceTags({ KeyId });
    const refused: [string, () => Promise<unknown>][] = [
      ['Encrypt', () => kms.encrypt({ KeyId, Plaintext: new Uint8Array(1) })],
      ['DisableKey', () => kms.disableKey({ KeyId })],
      ['ScheduleKeyDeletion', () => kms.scheduleKeyDeletion({ KeyId })],
      ['PutKeyPolicy', () => kms.putKeyPolicy({ KeyId, Policy: policyWith() })],
      ['TagResource', () => kms.tagResource({ KeyId, Tags: [{ TagKey: 'a', TagValue: '' }] })],
      ['CreateAlias', () => kms.createAlias({ AliasName: 'alias/mine', TargetKeyId: KeyId })],
      ['CreateGrant', () => kms.createGrant({ KeyId, GranteePrincipal: userArn('bob'), Operations: ['Encrypt'] })],
    ];
    for (const [action, call] of refused)
      await assertFails(
        call(),
        'AccessDeniedException',
        new RegExp(`no resource-based policy allows the kms:${action} action$`),
      );
    await assertFails(kms.deleteAlias({ AliasName: 'alias/aws/s3' }), 'NotAuthorizedException');
  });
});
