// Records against the examples that AWS publishes: every call, allowed or denied, and what the service does by itself.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { type Kms, openKms } from '../../src/index.ts';
import { utf8 } from '../support/bytes.ts';
import { assertFails } from '../support/errors.ts';
import { day, newKey, newKms, newStore, TestClock } from '../support/kms.ts';

type Json = Record<string, unknown>;
const parse = (text: string): Json => JSON.parse(text) as Json;

/** Records of an event, the newest first. */
async function recordsOf(kms: Kms, name: string): Promise<Json[]> {
  const found = await kms.trail.lookup({ LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: name }] });
  return found.Events.map(({ CloudTrailEvent }) => parse(CloudTrailEvent));
}
async function lastOf(kms: Kms, name: string): Promise<Json> {
  const [record] = await recordsOf(kms, name);
  if (record === undefined) throw new Error(`There is no record of ${name}.`);
  return record;
}
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

async function setUp() {
  const clock = new TestClock();
  const kms = await newKms({ clock: clock.read, accountId: '111122223333', region: 'us-west-2' });
  const KeyId = await newKey(kms);
  return { clock, kms, KeyId, arn: `arn:aws:kms:us-west-2:111122223333:key/${KeyId}` };
}

describe('records', () => {
  test('of Encrypt have all members of the published example, and no other', async () => {
    const { clock, kms, KeyId, arn } = await setUp();
    const user = kms.as({
      arn: 'arn:aws:iam::111122223333:user/Alice',
      isAdministrator: true,
      accessKeyId: 'EXAMPLE_KEY_ID',
      sourceIPAddress: '192.0.2.0',
      userAgent: 'AWS Internal',
    });
    const { $metadata } = await user.encrypt({
      KeyId,
      Plaintext: utf8('secret'),
      EncryptionContext: { Department: 'Engineering' },
    });
    const { eventID, additionalEventData, ...record } = await lastOf(kms, 'Encrypt');
    assert.match(String(eventID), uuid);
    assert.match(String((additionalEventData as Json)['keyMaterialId']), /^[0-9a-f]{64}$/);
    assert.deepEqual(record, {
      eventVersion: '1.11',
      userIdentity: {
        type: 'IAMUser',
        principalId: 'Alice',
        arn: 'arn:aws:iam::111122223333:user/Alice',
        accountId: '111122223333',
        accessKeyId: 'EXAMPLE_KEY_ID',
        userName: 'Alice',
      },
      eventTime: new Date(clock.now).toISOString().replace('.000', ''),
      eventSource: 'kms.amazonaws.com',
      eventName: 'Encrypt',
      awsRegion: 'us-west-2',
      sourceIPAddress: '192.0.2.0',
      userAgent: 'AWS Internal',
      requestParameters: {
        keyId: KeyId,
        encryptionAlgorithm: 'SYMMETRIC_DEFAULT',
        encryptionContext: { Department: 'Engineering' },
      },
      responseElements: null,
      requestID: $metadata.requestId,
      readOnly: true,
      resources: [{ accountId: '111122223333', type: 'AWS::KMS::Key', ARN: arn }],
      eventType: 'AwsApiCall',
      managementEvent: true,
      recipientAccountId: '111122223333',
      eventCategory: 'Management',
    });
  });

  test('of Decrypt name the algorithm always, and the error of a bad ciphertext', async () => {
    const { kms, KeyId, arn } = await setUp();
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: utf8('x'), EncryptionContext: { a: '1' } });
    await kms.decrypt({ CiphertextBlob, EncryptionContext: { a: '1' } });
    await assertFails(kms.decrypt({ CiphertextBlob }), 'InvalidCiphertextException');
    await assertFails(kms.decrypt({ CiphertextBlob: utf8('rubbish') }), 'InvalidCiphertextException');
    const [rubbish, wrong, right] = await recordsOf(kms, 'Decrypt');
    assert.deepEqual(right?.['requestParameters'], {
      encryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      encryptionContext: { a: '1' },
    });
    assert.match(String((right?.['additionalEventData'] as Json | undefined)?.['keyMaterialId']), /^[0-9a-f]{64}$/);
    assert.equal(wrong?.['errorCode'], 'InvalidCiphertextException');
    assert.notProperty(wrong, 'errorMessage');
    assert.deepEqual(wrong?.['resources'], [{ accountId: '111122223333', type: 'AWS::KMS::Key', ARN: arn }]);
    assert.deepEqual(rubbish?.['resources'], []);
    assert.notProperty(rubbish, 'additionalEventData');
  });

  test('of ReEncrypt hold both keys, source first, and both materials', async () => {
    const { kms, KeyId, arn } = await setUp();
    const other = await newKey(kms);
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: utf8('x') });
    await kms.reEncrypt({ CiphertextBlob, DestinationKeyId: other, DestinationEncryptionContext: { b: '2' } });
    const record = await lastOf(kms, 'ReEncrypt');
    assert.isTrue(record['readOnly']);
    assert.deepEqual(
      (record['resources'] as Json[]).map(({ ARN }) => ARN),
      [arn, arn.replace(KeyId, other)],
    );
    assert.deepEqual(record['requestParameters'], {
      sourceEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      destinationKeyId: other,
      destinationEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      destinationEncryptionContext: { b: '2' },
    });
    assert.hasAllKeys(record['additionalEventData'] as Json, ['sourceKeyMaterialId', 'destinationKeyMaterialId']);
  });

  test('of GenerateDataKey, GenerateRandom, ListKeyRotations and EnableKeyRotation are as published', async () => {
    const { kms, KeyId, arn } = await setUp();
    await kms.generateDataKey({ KeyId, KeySpec: 'AES_256', EncryptionContext: { Project: 'Alpha' } });
    await kms.generateRandom({ NumberOfBytes: 32 });
    await kms.enableKeyRotation({ KeyId, RotationPeriodInDays: 180 });
    await kms.listKeyRotations({ KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' });
    assert.deepEqual((await lastOf(kms, 'GenerateDataKey'))['requestParameters'], {
      keyId: KeyId,
      keySpec: 'AES_256',
      encryptionContext: { Project: 'Alpha' },
    });
    const random = await lastOf(kms, 'GenerateRandom');
    assert.deepEqual([random['requestParameters'], random['responseElements'], random['resources']], [null, null, []]);
    const rotation = await lastOf(kms, 'EnableKeyRotation');
    assert.deepEqual(rotation['requestParameters'], { keyId: KeyId, rotationPeriodInDays: 180 });
    assert.deepEqual(rotation['responseElements'], { keyId: arn });
    assert.isFalse(rotation['readOnly']);
    assert.deepEqual((await lastOf(kms, 'ListKeyRotations'))['requestParameters'], {
      keyId: KeyId,
      includeKeyMaterial: 'ALL_KEY_MATERIAL',
    });
  });

  test('of CreateKey and ScheduleKeyDeletion hold the reply in the words of CloudTrail', async () => {
    const { clock, kms } = await setUp();
    const KeyId = await newKey(kms, { Description: 'notes', Tags: [{ TagKey: 'a', TagValue: 'b' }] });
    const created = await lastOf(kms, 'CreateKey');
    assert.deepEqual(created['requestParameters'], { description: 'notes', tags: [{ tagKey: 'a', tagValue: 'b' }] });
    const { keyMetadata } = created['responseElements'] as { keyMetadata: Json };
    assert.equal(keyMetadata['aWSAccountId'], '111122223333');
    assert.equal(keyMetadata['keyId'], KeyId);
    assert.equal(keyMetadata['creationDate'], 'Jan 1, 2030, 12:00:00 AM');
    clock.now = Date.UTC(2030, 2, 13, 18, 58, 30);
    await kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 20 });
    const scheduled = await lastOf(kms, 'ScheduleKeyDeletion');
    assert.deepEqual(scheduled['requestParameters'], { keyId: KeyId, pendingWindowInDays: 20 });
    assert.deepEqual(scheduled['responseElements'], {
      keyId: `arn:aws:kms:us-west-2:111122223333:key/${KeyId}`,
      keyState: 'PendingDeletion',
      deletionDate: 'Apr 2, 2030 18:58:30 PM',
    });
  });

  test('tell of denied calls, and of requests that were refused, without what was in them', async () => {
    const { kms, KeyId, arn } = await setUp();
    const eve = kms.as({ arn: 'arn:aws:iam::111122223333:user/eve' });
    await assertFails(eve.encrypt({ KeyId, Plaintext: utf8('x') }), 'AccessDeniedException');
    const denied = await lastOf(kms, 'Encrypt');
    assert.equal(denied['errorCode'], 'AccessDenied');
    assert.include(String(denied['errorMessage']), 'user/eve is not authorized to perform: kms:Encrypt');
    assert.deepEqual(denied['resources'], [{ accountId: '111122223333', type: 'AWS::KMS::Key', ARN: arn }]);
    await assertFails(
      kms.encrypt({ KeyId, Plaintext: utf8('x'), GrantTokens: ['token'.repeat(2000)] }),
      'ValidationException',
    );
    const refused = await lastOf(kms, 'Encrypt');
    assert.equal(refused['errorMessage'], '1 validation error detected: at grantTokens.1.member');
    assert.isNull(refused['requestParameters']);
  });

  test('tell what the service does by itself: RotateKey, DeleteKey', async () => {
    const { clock, kms, KeyId, arn } = await setUp();
    await kms.rotateKeyOnDemand({ KeyId });
    const rotated = await lastOf(kms, 'RotateKey');
    assert.equal(rotated['eventType'], 'AwsServiceEvent');
    assert.deepEqual(rotated['userIdentity'], { accountId: '111122223333', invokedBy: 'AWS Internal' });
    assert.equal(rotated['sourceIPAddress'], 'AWS Internal');
    assert.notProperty(rotated, 'requestID');
    const details = rotated['serviceEventDetails'] as Json;
    assert.equal(details['rotationType'], 'ON_DEMAND');
    assert.match(String(details['previousKeyMaterialId']), /^[0-9a-f]{64}$/);
    assert.notEqual(details['previousKeyMaterialId'], details['currentKeyMaterialId']);
    assert.lengthOf(await recordsOf(kms, 'RotateKeyOnDemand'), 1);

    await kms.enableKeyRotation({ KeyId });
    clock.pass(366 * day);
    await kms.describeKey({ KeyId });
    assert.equal(((await lastOf(kms, 'RotateKey'))['serviceEventDetails'] as Json)['rotationType'], 'AUTOMATIC');

    await kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
    clock.pass(8 * day);
    await assertFails(kms.describeKey({ KeyId }), 'NotFoundException');
    const deleted = await lastOf(kms, 'DeleteKey');
    assert.equal(deleted['eventType'], 'AwsServiceEvent');
    assert.deepEqual(deleted['responseElements'], { keyId: arn });
    assert.lengthOf(await recordsOf(kms, 'DeleteKey'), 1);
  });

  test('of aliases and grants name them, and no token', async () => {
    const { kms, KeyId, arn } = await setUp();
    await kms.createAlias({ AliasName: 'alias/notes', TargetKeyId: KeyId });
    // https://docs.aws.amazon.com/kms/latest/developerguide/ct-createalias.html, and ct-updatealias.html
    const [key, alias] = [arn, 'arn:aws:kms:us-west-2:111122223333:alias/notes'].map((ARN) => ({
      accountId: '111122223333',
      type: 'AWS::KMS::Key',
      ARN,
    }));
    const created = await lastOf(kms, 'CreateAlias');
    assert.deepEqual(created['resources'], [key, alias]);
    assert.deepEqual(created['responseElements'], { keyId: arn });
    await kms.updateAlias({ AliasName: 'alias/notes', TargetKeyId: KeyId });
    const updated = await lastOf(kms, 'UpdateAlias');
    assert.deepEqual(updated['resources'], [alias, key]);
    assert.deepEqual(updated['responseElements'], { keyId: arn });
    const { GrantId, GrantToken } = await kms.createGrant({
      KeyId,
      GranteePrincipal: 'arn:aws:iam::111122223333:user/bob',
      Operations: ['Encrypt'],
      Constraints: { EncryptionContextSubset: { Dept: 'IT' } },
    });
    const grant = await lastOf(kms, 'CreateGrant');
    assert.deepEqual(grant['requestParameters'], {
      keyId: KeyId,
      granteePrincipal: 'arn:aws:iam::111122223333:user/bob',
      operations: ['Encrypt'],
      constraints: { encryptionContextSubset: { Dept: 'IT' } },
    });
    assert.deepEqual(grant['responseElements'], { keyId: arn, grantId: GrantId });
    assert.notInclude(JSON.stringify(grant), GrantToken);
  });

  test('of callers of another account are in both trails, and denied ones in theirs alone', async () => {
    const { kms, KeyId, arn } = await setUp();
    const Policy = JSON.stringify({
      Statement: [
        { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111122223333:root' }, Action: 'kms:*', Resource: '*' },
        {
          Effect: 'Allow',
          Principal: { AWS: 'arn:aws:iam::444455556666:user/bob' },
          Action: 'kms:Encrypt',
          Resource: '*',
        },
      ],
    });
    await kms.putKeyPolicy({ KeyId, Policy });
    const bob = kms.as({ arn: 'arn:aws:iam::444455556666:user/bob', isAdministrator: true });
    await bob.encrypt({ KeyId: arn, Plaintext: utf8('x') });
    await assertFails(bob.describeKey({ KeyId: arn }), 'AccessDeniedException');
    const theirs = kms.at({ accountId: '444455556666' });
    const [mine, other] = [await lastOf(kms, 'Encrypt'), await lastOf(theirs, 'Encrypt')];
    assert.deepEqual(mine['userIdentity'], {
      type: 'AWSAccount',
      principalId: '444455556666',
      accountId: '444455556666',
    });
    assert.equal((other['userIdentity'] as Json)['userName'], 'bob');
    assert.equal(mine['sharedEventID'], other['sharedEventID']);
    assert.notEqual(mine['eventID'], other['eventID']);
    assert.deepEqual([mine['recipientAccountId'], other['recipientAccountId']], ['111122223333', '444455556666']);
    assert.lengthOf(await recordsOf(kms, 'DescribeKey'), 0);
    assert.lengthOf(await recordsOf(theirs, 'DescribeKey'), 1);
  });
});

describe('lookup', () => {
  test('takes the filters of LookupEvents, and pages from the newest on', async () => {
    const { clock, kms, KeyId, arn } = await setUp();
    const start = clock.now;
    const alice = kms.as({ arn: 'arn:aws:iam::111122223333:user/alice', isAdministrator: true, accessKeyId: 'AK1' });
    for (let i = 0; i < 7; i++) {
      clock.pass(1000);
      await alice.encrypt({ KeyId, Plaintext: utf8('x'), EncryptionContext: { i: String(i) } });
    }
    const count = async (
      AttributeKey:
        | 'AccessKeyId'
        | 'EventName'
        | 'ReadOnly'
        | 'ResourceName'
        | 'ResourceType'
        | 'Username'
        | 'EventSource'
        | 'EventId',
      AttributeValue: string,
    ) => (await kms.trail.lookup({ LookupAttributes: [{ AttributeKey, AttributeValue }] })).Events.length;
    assert.equal(await count('EventName', 'Encrypt'), 7);
    assert.equal(await count('Username', 'alice'), 7);
    assert.equal(await count('Username', 'root'), 1);
    assert.equal(await count('AccessKeyId', 'AK1'), 7);
    assert.equal(await count('ReadOnly', 'false'), 1);
    assert.equal(await count('ResourceName', arn), 8);
    assert.equal(await count('ResourceName', KeyId), 8);
    assert.equal(await count('ResourceType', 'AWS::KMS::Key'), 8);
    assert.equal(await count('EventSource', 'kms.amazonaws.com'), 8);
    assert.equal(await count('EventSource', 's3.amazonaws.com'), 0);

    const contexts: unknown[] = [];
    let NextToken: string | undefined;
    do {
      const page = await kms.trail.lookup({ MaxResults: 3, NextToken });
      assert.isAtMost(page.Events.length, 3);
      for (const { CloudTrailEvent, EventName, EventId } of page.Events) {
        contexts.push(
          EventName === 'CreateKey'
            ? 'created'
            : ((parse(CloudTrailEvent)['requestParameters'] as Json)['encryptionContext'] as Json)['i'],
        );
        assert.equal(await count('EventId', EventId), 1);
      }
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    assert.deepEqual(contexts, ['6', '5', '4', '3', '2', '1', '0', 'created']);

    const inTime = await kms.trail.lookup({ StartTime: new Date(start + 2000), EndTime: new Date(start + 4000) });
    assert.lengthOf(inTime.Events, 3);
    assert.equal(inTime.Events[0]?.Username, 'alice');
    await assertFails(kms.trail.lookup({ MaxResults: 51 }), 'ValidationException');
    await assertFails(kms.trail.lookup({ NextToken: 'x' }), 'ValidationException');
    await assertFails(kms.trail.lookup({ StartTime: new Date(2), EndTime: new Date(1) }), 'ValidationException');
  });

  test('shows the trail after a restart, of one account and Region', async () => {
    const store = newStore();
    const first = await openKms({ store });
    const KeyId = await newKey(first);
    await first.encrypt({ KeyId, Plaintext: utf8('x') });
    await newKey(first.at({ region: 'eu-west-1' }));
    await first.trail.flush();
    const again = await openKms({ store });
    const names = async (kms: Kms) => (await kms.trail.lookup()).Events.map(({ EventName }) => EventName);
    assert.deepEqual(await names(again), ['Encrypt', 'CreateKey']);
    assert.deepEqual(await names(again.at({ region: 'eu-west-1' })), ['CreateKey']);
    assert.deepEqual(await names(again.at({ accountId: '111122223333' })), []);
  });
});
