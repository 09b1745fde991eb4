// AWS managed keys: the key behind `alias/aws/<service>` is made when someone first asks for it. What may be done with it, its
// policy says; that policy lets nobody manage it, nor use it but through its service.
import type { Draft } from '../keyring/draft.ts';
import type { Keyring } from '../keyring/keyring.ts';
import type { KeyRecord } from '../model/key-record.ts';
import { awsManagedPolicy } from '../model/policy.ts';
import { newKeyId, putNewKey } from './new-key.ts';

const prefix = 'alias/aws/';
const services: ReadonlySet<string> = new Set(
  (
    'acm backup cloud9 cloudtrail cloudwatch codeartifact codecommit codepipeline connect dax dms dynamodb ebs ' +
    'elasticfilesystem es events firehose fsx glue kafka kinesis kinesisvideo lambda lex lightsail memorydb mq neptune ' +
    'nimble rds redshift s3 sagemaker secretsmanager ses sns sqs ssm timestream workmail workspaces xray'
  ).split(' '),
);

export const isAwsAlias = (name: string): boolean => name.startsWith(prefix) && services.has(name.slice(prefix.length));

/** Makes the key of a service; where another tab was faster, that tab's key is taken. */
export function makeAwsManagedKey(keyring: Keyring, name: string): Promise<KeyRecord> {
  const service = name.slice(prefix.length);
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
    rotation: null,
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
