// The record of every operation, as a table of its own: which request members it may hold, what of the reply, whether it is read
// only, and which keys and aliases it names. And what the service does by itself with the keys of several Regions.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { fromBase64, toBase64 } from '../../src/formats/base64.ts';
import type { Kms } from '../../src/index.ts';
import { blobs, resolveInput, right, type Step, wrong } from '../serve/scenario.ts';
import { random } from '../support/bytes.ts';
import { importInto, wrap } from '../support/imports.ts';
import { day, newKey, newKms, TestClock } from '../support/kms.ts';

type Json = Record<string, unknown>;

interface Row {
  readonly isReadOnly: boolean;
  /** Members of the request; with a star those that are always there. */
  readonly parameters: string;
  /** Members of the response elements of a call that succeeded. */
  readonly elements: string;
}
const reads = (parameters: string, elements = ''): Row => ({ isReadOnly: true, parameters, elements });
const changes = (parameters: string, elements = 'keyId'): Row => ({ isReadOnly: false, parameters, elements });
const store = 'customKeyStoreId';
const proxy =
  'xksProxyUriEndpoint xksProxyUriPath xksProxyVpcEndpointServiceName xksProxyVpcEndpointServiceOwner xksProxyConnectivity';

/** https://docs.aws.amazon.com/kms/latest/developerguide/understanding-kms-entries.html, and after its examples the others. */
const table: Readonly<Record<string, Row>> = {
  CancelKeyDeletion: changes('keyId'),
  ConnectCustomKeyStore: changes(store, ''),
  CreateAlias: changes('aliasName targetKeyId'),
  CreateCustomKeyStore: changes(
    `customKeyStoreName cloudHsmClusterId trustAnchorCertificate customKeyStoreType ${proxy}`,
    '',
  ),
  CreateGrant: changes(
    'keyId granteePrincipal granteeServicePrincipal retiringPrincipal retiringServicePrincipal operations constraints name dryRun',
    'keyId grantId',
  ),
  CreateKey: changes(
    'policy description keyUsage customerMasterKeySpec keySpec origin customKeyStoreId bypassPolicyLockoutSafetyCheck tags multiRegion xksKeyId',
    'keyMetadata',
  ),
  Decapsulate: reads('keyId encapsulationAlgorithm dryRun'),
  Decrypt: reads('encryptionAlgorithm* keyId encryptionContext dryRun dryRunModifiers'),
  DeleteAlias: changes('aliasName'),
  DeleteCustomKeyStore: changes(store, ''),
  DeleteImportedKeyMaterial: changes('keyId keyMaterialId', 'keyId keyMaterialId'),
  DeriveSharedSecret: reads('keyId keyAgreementAlgorithm dryRun'),
  DescribeCustomKeyStores: reads(`${store} customKeyStoreName limit marker`),
  DescribeKey: reads('keyId'),
  DisableKey: changes('keyId'),
  DisableKeyRotation: changes('keyId'),
  DisconnectCustomKeyStore: changes(store, ''),
  EnableKey: changes('keyId'),
  EnableKeyRotation: changes('keyId rotationPeriodInDays'),
  Encapsulate: reads('keyId encapsulationAlgorithm dryRun'),
  Encrypt: reads('keyId encryptionAlgorithm* encryptionContext dryRun'),
  GenerateDataKey: reads('keyId keySpec numberOfBytes encryptionContext dryRun'),
  GenerateDataKeyPair: reads('keyPairSpec keyId encryptionContext dryRun'),
  GenerateDataKeyPairWithoutPlaintext: reads('keyPairSpec keyId encryptionContext dryRun'),
  GenerateDataKeyWithoutPlaintext: reads('keyId keySpec numberOfBytes encryptionContext dryRun'),
  GenerateMac: reads('keyId macAlgorithm dryRun'),
  GenerateRandom: reads(''),
  GetKeyLastUsage: reads('keyId'),
  GetKeyPolicy: reads('keyId policyName'),
  GetKeyRotationStatus: reads('keyId'),
  GetParametersForImport: reads('keyId wrappingAlgorithm wrappingKeySpec'),
  GetPublicKey: reads('keyId'),
  ImportKeyMaterial: changes(
    'keyId expirationModel validTo importType keyMaterialDescription keyMaterialId',
    'keyId keyMaterialId',
  ),
  ListAliases: reads('keyId limit marker'),
  ListGrants: reads('keyId grantId granteePrincipal granteeServicePrincipal limit marker'),
  ListKeyPolicies: reads('keyId limit marker'),
  ListKeyRotations: reads('keyId includeKeyMaterial limit marker'),
  ListKeys: reads('limit marker'),
  ListResourceTags: reads('keyId limit marker'),
  ListRetirableGrants: reads('retiringPrincipal retiringServicePrincipal limit marker'),
  PutKeyPolicy: changes('keyId policyName policy bypassPolicyLockoutSafetyCheck'),
  ReEncrypt: reads(
    'sourceEncryptionAlgorithm* sourceEncryptionContext sourceKeyId destinationKeyId destinationEncryptionAlgorithm* destinationEncryptionContext dryRun dryRunModifiers',
  ),
  ReplicateKey: changes(
    'keyId replicaRegion policy bypassPolicyLockoutSafetyCheck description tags',
    'replicaKeyMetadata replicaTags',
  ),
  RetireGrant: changes('keyId grantId dryRun'),
  RevokeGrant: changes('keyId grantId dryRun'),
  RotateKeyOnDemand: changes('keyId'),
  ScheduleKeyDeletion: changes('keyId pendingWindowInDays', 'keyId keyState deletionDate'),
  Sign: reads('keyId messageType signingAlgorithm dryRun'),
  TagResource: changes('keyId tags'),
  UntagResource: changes('keyId tagKeys'),
  UpdateAlias: changes('aliasName targetKeyId'),
  UpdateCustomKeyStore: changes(`${store} newCustomKeyStoreName cloudHsmClusterId ${proxy}`, ''),
  UpdateKeyDescription: changes('keyId description'),
  UpdatePrimaryRegion: changes('keyId primaryRegion'),
  Verify: reads('keyId messageType signingAlgorithm dryRun'),
  VerifyMac: reads('keyId macAlgorithm dryRun'),
};

const words = (text: string): string[] => text.split(' ').filter((word) => word !== '');
const lowerCamel = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);
const always = [
  'eventVersion userIdentity eventTime eventSource eventName awsRegion sourceIPAddress userAgent requestParameters responseElements',
  'requestID eventID readOnly resources eventType managementEvent recipientAccountId eventCategory',
].flatMap(words);
const sometimes = ['errorCode', 'errorMessage', 'additionalEventData'];

/** Blobs as bytes, in and out. */
const toBytes = (input: object): Json =>
  Object.fromEntries(
    Object.entries(input).map(([name, value]) => [
      name,
      typeof value === 'string' && blobs.includes(name) ? fromBase64(value) : value,
    ]),
  );
const toText = (reply: Json): Json =>
  Object.fromEntries(
    Object.entries(reply).map(([name, value]) => [name, value instanceof Uint8Array ? toBase64(value) : value]),
  );

/** Takes the steps, and gives each with the id of its request. */
async function walk(kms: Kms, steps: readonly Step[]): Promise<{ step: Step; input: Json; requestId: string }[]> {
  const replies: Record<string, unknown> = {};
  const taken: { step: Step; input: Json; requestId: string }[] = [];
  const methods = kms as unknown as Record<string, (input: object) => Promise<Json>>;
  for (const step of steps) {
    const input = toBytes(resolveInput(step.input, replies) as object);
    if (step.wraps !== undefined) {
      const { PublicKey } = replies[step.wraps] as { PublicKey: string };
      input['EncryptedKeyMaterial'] = await wrap(fromBase64(PublicKey) as never, 'RSAES_OAEP_SHA_256', random(32));
    }
    const outcome: Json = await (methods[lowerCamel(step.operation)] as (input: object) => Promise<Json>)
      .call(kms, input)
      .catch((error: Error) => error as unknown as Json);
    assert.equal(outcome['name'], step.error, `${step.operation}: ${String(outcome['message'])}`);
    if (step.as !== undefined) replies[step.as] = toText(outcome);
    taken.push({ step, input, requestId: (outcome['$metadata'] as { requestId: string }).requestId });
  }
  return taken;
}

async function allRecords(kms: Kms): Promise<Json[]> {
  const records: Json[] = [];
  let NextToken: string | undefined;
  do {
    const page = await kms.trail.lookup({ NextToken });
    for (const { CloudTrailEvent } of page.Events) records.push(JSON.parse(CloudTrailEvent) as Json);
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return records;
}

describe('the record of every operation', () => {
  test('has the members of the table, right or wrong, and no other', async () => {
    const kms = await newKms();
    const taken = await walk(kms, [...right, ...wrong]);
    const byRequest = new Map((await allRecords(kms)).map((record) => [record['requestID'], record]));
    assert.sameMembers([...new Set(taken.map(({ step }) => step.operation))], Object.keys(table));
    for (const { step, input, requestId } of taken) {
      const { operation, error } = step;
      const row = table[operation] as Row;
      const record = byRequest.get(requestId) as Json;
      assert.isDefined(record, `${operation} left no record`);
      const about = `${operation}, ${error ?? 'right'}`;
      assert.includeMembers(Object.keys(record), always, about);
      assert.includeMembers([...always, ...sometimes], Object.keys(record), about);
      assert.include(
        record,
        {
          eventVersion: '1.11',
          eventSource: 'kms.amazonaws.com',
          eventName: operation,
          awsRegion: 'us-east-1',
          readOnly: row.isReadOnly,
          eventType: 'AwsApiCall',
          managementEvent: true,
          eventCategory: 'Management',
          recipientAccountId: '000000000000',
        },
        about,
      );
      assert.equal('errorCode' in record, error !== undefined, about);
      const listed = words(row.parameters);
      const given = Object.keys(input).map(lowerCamel);
      const expected = listed
        .filter((name) => name.endsWith('*') || given.includes(name))
        .map((name) => name.replace('*', ''));
      const parameters = record['requestParameters'] as Json | null;
      // Of a request that was refused as a whole nothing is told.
      if (error === undefined) assert.sameMembers(Object.keys(parameters ?? {}), expected, about);
      else assert.includeMembers(expected, Object.keys(parameters ?? {}), about);
      if (expected.length === 0) assert.isNull(parameters, about);
      const elements = record['responseElements'] as Json | null;
      if (error !== undefined || row.elements === '') assert.isNull(elements, about);
      else assert.sameMembers(Object.keys(elements ?? {}), words(row.elements), about);
      for (const resource of record['resources'] as Json[]) {
        assert.hasAllKeys(resource, ['accountId', 'type', 'ARN'], about);
        assert.match(
          `${String(resource['type'])} ${String(resource['ARN'])}`,
          /^AWS::KMS::Key arn:aws:kms:us-east-1:000000000000:(key\/[\w-]{36}|alias\/\w+)$/,
          about,
        );
      }
    }
  });
});

describe('keys of several Regions', () => {
  const namesIn = async (kms: Kms, region: string): Promise<string[]> =>
    (await allRecords(kms.at({ region }))).map((record) => String(record['eventName'])).reverse();
  const count = (names: readonly string[], name: string): number => names.filter((each) => each === name).length;
  const west = 'us-west-2';

  test('leave SynchronizeMultiRegionKey in the Region of the primary whenever what they share was copied', async () => {
    const clock = new TestClock();
    const kms = await newKms({ clock: clock.read });
    const KeyId = await newKey(kms, { MultiRegion: true });
    const synchronized = async () => count(await namesIn(kms, 'us-east-1'), 'SynchronizeMultiRegionKey');
    // Nothing is copied while it is alone.
    await kms.enableKeyRotation({ KeyId });
    assert.equal(await synchronized(), 0);
    await kms.replicateKey({ KeyId, ReplicaRegion: west });
    assert.equal(await synchronized(), 1);
    await kms.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 });
    assert.equal(await synchronized(), 2);
    await kms.rotateKeyOnDemand({ KeyId });
    assert.equal(await synchronized(), 3);
    clock.pass(91 * day);
    await kms.describeKey({ KeyId });
    assert.equal(await synchronized(), 4);
    // What each has for itself is not shared.
    await kms.updateKeyDescription({ KeyId, Description: 'own' });
    await kms.updatePrimaryRegion({ KeyId, PrimaryRegion: west });
    assert.equal(await synchronized(), 4);
    assert.equal(count(await namesIn(kms, west), 'SynchronizeMultiRegionKey'), 0);
    await kms.at({ region: west }).disableKeyRotation({ KeyId });
    assert.equal(count(await namesIn(kms, west), 'SynchronizeMultiRegionKey'), 1);
    assert.deepEqual(
      [count(await namesIn(kms, west), 'CreateKey'), count(await namesIn(kms, west), 'RotateKey')],
      [1, 2],
    );
    const [record] = (await allRecords(kms)).filter((each) => each['eventName'] === 'SynchronizeMultiRegionKey');
    // https://docs.aws.amazon.com/kms/latest/developerguide/ct-synchronize-multi-region-key.html
    const { eventID: _, eventTime: __, requestID, ...rest } = record ?? {};
    assert.match(String(requestID), /^[0-9a-f-]{36}$/);
    assert.deepEqual(rest, {
      eventVersion: '1.11',
      userIdentity: { accountId: '000000000000', invokedBy: 'AWS Internal' },
      eventSource: 'kms.amazonaws.com',
      eventName: 'SynchronizeMultiRegionKey',
      awsRegion: 'us-east-1',
      sourceIPAddress: 'AWS Internal',
      userAgent: 'AWS Internal',
      requestParameters: null,
      responseElements: { keyId: `arn:aws:kms:us-east-1:000000000000:key/${KeyId}` },
      readOnly: false,
      resources: [
        { accountId: '000000000000', type: 'AWS::KMS::Key', ARN: `arn:aws:kms:us-east-1:000000000000:key/${KeyId}` },
      ],
      eventType: 'AwsApiCall',
      managementEvent: true,
      recipientAccountId: '000000000000',
      eventCategory: 'Management',
    });
    assert.isTrue((await kms.trail.verify()).isIntact);
  });

  // https://docs.aws.amazon.com/kms/latest/developerguide/ct-update-primary-region.html
  test('leave UpdatePrimaryRegion in the Region of the new primary as well', async () => {
    const kms = await newKms();
    const KeyId = await newKey(kms, { MultiRegion: true });
    await kms.replicateKey({ KeyId, ReplicaRegion: west });
    await kms.updatePrimaryRegion({ KeyId, PrimaryRegion: west });
    await kms.at({ region: west }).updatePrimaryRegion({ KeyId, PrimaryRegion: west });
    const last = async (region: string) => {
      const records = await allRecords(kms.at({ region }));
      return records.filter((each) => each['eventName'] === 'UpdatePrimaryRegion').at(-1);
    };
    const [here, there] = [await last('us-east-1'), await last(west)];
    const keyId = `arn:aws:kms:${west}:000000000000:key/${KeyId}`;
    assert.deepEqual(here?.['requestParameters'], { keyId: KeyId, primaryRegion: west });
    assert.deepEqual(there?.['requestParameters'], { keyId, primaryRegion: west });
    assert.deepEqual(there?.['responseElements'], { keyId });
    assert.equal(there?.['awsRegion'], west);
    assert.equal(there?.['eventType'], 'AwsApiCall');
    assert.equal(there?.['requestID'], here?.['requestID']);
    assert.notEqual(there?.['eventID'], here?.['eventID']);
    const identity = here?.['userIdentity'] as Json;
    assert.deepEqual(there?.['userIdentity'], { ...identity, invokedBy: 'kms.amazonaws.com' });
    assert.isTrue((await kms.trail.verify()).isIntact);
  });

  test('leave DeleteExpiredKeyMaterial of imported material', async () => {
    const clock = new TestClock();
    const kms = await newKms({ clock: clock.read });
    const KeyId = await newKey(kms, { Origin: 'EXTERNAL' });
    const id = await importInto(kms, KeyId, random(32), { ValidTo: new Date(clock.now + day) });
    clock.pass(2 * day);
    await kms.describeKey({ KeyId });
    const [record] = (await allRecords(kms)).filter((each) => each['eventName'] === 'DeleteExpiredKeyMaterial');
    assert.deepEqual(record?.['serviceEventDetails'], { keyId: KeyId, keyMaterialId: id });
    assert.equal(record?.['eventType'], 'AwsServiceEvent');
  });
});
