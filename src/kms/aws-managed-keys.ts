// AWS managed keys: the key behind `alias/aws/<service>` is made when someone first asks for it. What may be done with it, its
// policy says; that policy lets nobody manage it, nor use it but through its service.
import type { Draft } from '../keyring/draft.ts';
import type { Keyring } from '../keyring/keyring.ts';
import { rootArn } from '../model/caller.ts';
import type { KeyRecord } from '../model/key-record.ts';
import { newSchedule } from '../model/rotation.ts';
import { newKeyId, putNewKey } from './new-key.ts';

const prefix = 'alias/aws/';
const services: ReadonlySet<string> = new Set(
  (
    'acm backup cloud9 cloudtrail cloudwatch codeartifact codecommit codepipeline connect dax dms dynamodb ebs ' +
    'elasticfilesystem es events firehose fsx glue kafka kinesis kinesisvideo lambda lex lightsail memorydb mq neptune ' +
    'nimble rds redshift s3 sagemaker secretsmanager ses sns sqs ssm timestream workmail workspaces xray'
  ).split(' '),
);

/**
 * Makes the key of a service; where another tab was faster, that tab's key is taken.
 * @param name `alias/aws/<service>`
 * @returns undefined where AWS has no such alias
 */
export async function makeAwsManagedKey(keyring: Keyring, name: string): Promise<KeyRecord | undefined> {
  const service = name.slice(prefix.length);
  if (!services.has(service)) return undefined;
  const { accountId, region } = keyring.scope;
  const template = {
    id: newKeyId(false),
    spec: 'SYMMETRIC_DEFAULT',
    usage: 'ENCRYPT_DECRYPT',
    origin: 'AWS_KMS',
    createdAt: keyring.now,
    description: `Default key that protects my ${service} data when no other key is defined`,
    isEnabled: true,
    deletionAt: null,
    deletionWindow: null,
    next: null,
    // Every year, and nobody can change that.
    rotation: newSchedule(365, keyring.now),
    regions: null,
    isMultiRegion: false,
    isAwsManaged: true,
    policy: awsManagedPolicy(accountId, region, service),
    tags: [],
    aliases: [name],
  } as const;
  const beside = async (draft: Draft) => {
    const alias = await draft.alias(name);
    if (alias !== undefined) return draft.key(alias.keyId);
    await draft.putAlias({ name, keyId: template.id, createdAt: draft.now, updatedAt: draft.now });
    return undefined;
  };
  return putNewKey(keyring, template, beside, (draft, { id }) => draft.recordOwn('CreateKey', id, { aliasName: name }));
}

/**
 * The policy of the key behind `alias/aws/<service>`: all in the account may use it through the service, and look at it. It
 * lets nobody change it.
 */
function awsManagedPolicy(accountId: string, region: string, service: string): string {
  const through = {
    Sid: `Allow access through ${service} for all principals in the account that are authorized to use ${service}`,
    Effect: 'Allow',
    Principal: { AWS: '*' },
    Action: [
      'kms:Encrypt',
      'kms:Decrypt',
      'kms:ReEncrypt*',
      'kms:GenerateDataKey*',
      'kms:CreateGrant',
      'kms:DescribeKey',
    ],
    Resource: '*',
    Condition: {
      StringEquals: { 'kms:CallerAccount': accountId, 'kms:ViaService': `${service}.${region}.amazonaws.com` },
    },
  };
  const direct = {
    Sid: 'Allow direct access to key metadata to the account',
    Effect: 'Allow',
    Principal: { AWS: rootArn({ accountId, region }) },
    Action: ['kms:Describe*', 'kms:Get*', 'kms:List*', 'kms:RevokeGrant'],
    Resource: '*',
  };
  return JSON.stringify({ Version: '2012-10-17', Id: `auto-${service}-1`, Statement: [through, direct] }, null, 2);
}
