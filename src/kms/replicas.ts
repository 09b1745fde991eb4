// ReplicateKey and UpdatePrimaryRegion. The keys of a multi-Region key lie in one store, a row for each Region with material of
// its own, so every change of what they share is one commit.
import type { Draft } from '../keyring/draft.ts';
import { changeRelated, recordSynchronization, relatedKeys } from '../keyring/related.ts';
import type { KeyMetadata, ReplicateKeyOutput } from '../model/api/index.ts';
import { keyArn, type Scope } from '../model/arn.ts';
import {
  AlreadyExistsException,
  ConflictException,
  KMSInvalidStateException,
  UnsupportedOperationException,
  ValidationException,
} from '../model/errors/index.ts';
import { elsewhereOf, type KeyRecord, requireEnabled } from '../model/key-record.ts';
import { descriptionMember, keyIdMember } from '../model/members.ts';
import { isPrimary, regionsOf, requireMultiRegionPrimary } from '../model/multi-region.ts';
import { defaultPolicy } from '../model/policy.ts';
import { policyMember, regionMember, tagsMember } from '../model/rare-members.ts';
import { flag, structure } from '../model/shape.ts';
import { type Tags, withTags } from '../model/tags.ts';
import { readBack } from './asymmetric.ts';
import { authorise, authoriseInAccount } from './authorise.ts';
import type { Call } from './call.ts';
import { requireRoom } from './key-quota.ts';
import { expirationOf, keyMetadata } from './metadata.ts';
import { type Body, change, resolveInDraft, resolveManaged, type Service } from './service.ts';

const replicateRequest = structure(
  { KeyId: keyIdMember, ReplicaRegion: regionMember },
  {
    Policy: policyMember,
    BypassPolicyLockoutSafetyCheck: flag,
    Description: descriptionMember,
    Tags: tagsMember,
  },
);

/** What a replica has of its own. */
export interface OwnParts {
  readonly KeyId: string;
  readonly Policy: string | undefined;
  readonly BypassPolicyLockoutSafetyCheck: boolean | undefined;
  readonly Description: string | undefined;
  readonly tags: Tags;
}

export interface Replication extends OwnParts {
  readonly ReplicaRegion: string;
}

/** Reads a request of ReplicateKey. @throws ValidationException, SerializationException, TagException */
export function readReplication(call: Call, input: unknown): Replication {
  const request = call.read(replicateRequest, input);
  return { ...request, tags: withTags([], request.Tags ?? []) };
}

export async function replicateKey(service: Service, input: unknown): Promise<Body<ReplicateKeyOutput>> {
  const request = readReplication(service.call, input);
  const { keyring, scope } = service;
  const there: Scope = { ...scope, region: request.ReplicaRegion };
  const { checkNewPolicy } = await import('./new-policy.ts');
  // A rotation that is due, or was begun, happens first.
  const { id } = await resolveManaged(service, request.KeyId);
  const { replica, metadata } = await change(service, async (draft) => {
    const key = await resolveInDraft(draft, service, request.KeyId);
    await authorise(service, key, 'ReplicateKey', request, { 'kms:ReplicaRegion': request.ReplicaRegion });
    // The replica is a new key, which the account must let the caller make.
    authoriseInAccount({ ...service, scope: there }, 'CreateKey');
    requireReplicable(key, scope);
    const here = regionsOf(key, scope);
    const regions = { ...here, replicas: [...here.replicas, there.region].sort() };
    const copy: KeyRecord = {
      ...replicaOf(key, request, scope, draft.now),
      regions,
    };
    if (request.Policy !== undefined) {
      checkNewPolicy({ ...service, scope: there }, copy, copy.policy, request.BypassPolicyLockoutSafetyCheck);
    }
    requireOther(key, scope, there);
    requireNotElsewhere(key, there);
    await requireFree(draft.at(there), key);
    if (key.origin === 'AWS_KMS') await copyMaterial(draft, draft.at(there), key);
    for (const related of await relatedKeys(draft, key)) {
      await related.draft.putKey({ ...related.key, regions });
    }
    await draft.at(there).putKey(copy);
    draft.at(there).recordOwn('CreateKey', key.id, null);
    recordSynchronization(await relatedKeys(draft, { ...key, regions }));
    const record = await draft.keyring();
    requireRoom(keyring, record);
    await draft.putKeyring({ ...record, keyCount: record.keyCount + 1 });
    const metadata = replyMetadata(copy, there, key);
    service.call.respond({ ReplicaKeyMetadata: metadata, ReplicaTags: tagList(copy) });
    return { replica: copy, metadata };
  });
  const elsewhere: Service = { ...service, scope: there, keyring: keyring.at(there) };
  if (replica.origin === 'AWS_KMS') {
    const { materials } = elsewhere.keyring;
    for (const entry of replica.materials) await materials.confirm(id, () => readBack(elsewhere, replica, entry.id));
  }
  return {
    ReplicaKeyMetadata: metadata,
    ReplicaPolicy: replica.policy,
    ReplicaTags: tagList(replica),
  };
}

/** The record of a new replica: what keys of several Regions do not share begins anew. */
export function replicaOf(key: KeyRecord, own: OwnParts, scope: Scope, now: number): KeyRecord {
  // Grants are of one Region.
  const { grants: _, ...shared } = key;
  return {
    ...shared,
    createdAt: now,
    description: own.Description ?? '',
    isEnabled: true,
    policy: own.Policy ?? defaultPolicy(scope),
    tags: own.tags,
    aliases: [],
    ...(key.origin === 'EXTERNAL' ? { materials: key.materials.map((entry) => ({ ...entry, imported: false })) } : {}),
    ...(key.origin === 'EXTERNAL' && key.next ? { next: { ...key.next, imported: false } } : {}),
  };
}

/** @throws UnsupportedOperationException, DisabledException, KMSInvalidStateException, ConflictException */
export function requireReplicable(key: KeyRecord, scope: Scope): void {
  requireMultiRegionPrimary(key, scope);
  requireEnabled(key, scope);
  requireSettled(key, scope);
}

/** AWS makes the replica after the reply, and says so in it; until then it shows the expiration of the primary's material. */
function replyMetadata(replica: KeyRecord, there: Scope, primary: KeyRecord): KeyMetadata {
  const { CurrentKeyMaterialId: _, ...metadata } = keyMetadata(replica, there);
  return { ...metadata, ...expirationOf(primary), KeyState: 'Creating', Enabled: false };
}

const tagList = (key: KeyRecord): { TagKey: string; TagValue: string }[] =>
  key.tags.map(([TagKey, TagValue]) => ({ TagKey, TagValue }));

/** @throws ValidationException where the Region is the primary's */
function requireOther(key: KeyRecord, scope: Scope, { region }: Scope): void {
  if (region === regionsOf(key, scope).primary)
    throw new ValidationException(`${region} cannot have a replica because it contains the primary.`);
}

/** @throws AlreadyExistsException where the key is in the Region already */
async function requireFree(there: Draft, key: KeyRecord): Promise<void> {
  if (await there.key(key.id))
    throw new AlreadyExistsException('You can create only one replica of each primary key in each AWS Region.');
}

/** @throws AlreadyExistsException where another device has the key in the Region */
function requireNotElsewhere(key: KeyRecord, there: Scope): void {
  if (key.regions && elsewhereOf(key.regions).includes(there.region))
    throw new AlreadyExistsException(
      `The key ${keyArn(there, key.id)} already exists, on another device: kms.devices.list() says on which.`,
    );
}

async function copyMaterial(from: Draft, to: Draft, key: KeyRecord): Promise<void> {
  for (const { id } of key.materials) to.putMaterial(key.id, id, await from.material(key.id, id));
}

/** @throws ConflictException while a rotation is in progress */
function requireSettled(key: KeyRecord, scope: Scope): void {
  if (key.next?.rotation) throw new ConflictException(`A rotation of the key is in progress: ${keyArn(scope, key.id)}`);
}

const updateRequest = structure({ KeyId: keyIdMember, PrimaryRegion: regionMember }, {});

export async function updatePrimaryRegion(service: Service, input: unknown): Promise<void> {
  const request = service.call.read(updateRequest, input);
  const { keyring, scope } = service;
  await change(service, async (draft) => {
    const key = await resolveInDraft(draft, service, request.KeyId);
    const conditions = { 'kms:PrimaryRegion': request.PrimaryRegion };
    await authorise(service, key, 'UpdatePrimaryRegion', request, conditions);
    // A replica is told so in other words, and under another name, than where it is to be replicated.
    if (!isPrimary(key, scope))
      throw new KMSInvalidStateException(`${keyArn(scope, key.id)} is not a multi-Region primary key.`);
    requireMultiRegionPrimary(key, scope);
    requireEnabled(key, scope);
    const { primary, replicas, ...rest } = regionsOf(key, scope);
    const next = request.PrimaryRegion;
    if (next === primary) return;
    const there: Scope = { ...scope, region: next };
    if (elsewhereOf({ primary, replicas, ...rest }).includes(next))
      throw new UnsupportedOperationException(
        `${keyArn(there, key.id)} lies on another device: there, kms.devices.revoke(...) of this one makes it the primary key.`,
      );
    const replica = replicas.includes(next) ? await draft.at(there).key(key.id) : undefined;
    if (replica === undefined)
      throw new ValidationException(`${key.id} does not have a replica key in the specified Region.`);
    // AWS asks for leave on both keys.
    await authorise(
      { ...service, scope: there, keyring: keyring.at(there) },
      replica,
      'UpdatePrimaryRegion',
      {},
      conditions,
    );
    requireEnabled(replica, there);
    const regions = {
      ...rest,
      primary: next,
      replicas: [...replicas.filter((region) => region !== next), primary].sort(),
    };
    await changeRelated(draft, key, (each) => ({ ...each, regions }));
    recordThere(draft, service, { ...request, KeyId: keyArn(there, key.id) }, there, key.id);
  });
}

/** CloudTrail has UpdatePrimaryRegion in the Region of the new primary key as well, as a call that KMS made for the caller. */
function recordThere(draft: Draft, service: Service, request: object, there: Scope, keyId: string): void {
  const { keyring, call, by } = service;
  const { name, requestId } = call;
  const ended = { name, requestId, request, resources: [keyId], elements: null, additional: null };
  const byKms = { ...by, region: there.region, viaService: 'kms.amazonaws.com' };
  if (keyring.log !== undefined) draft.record(keyring.log.describe(ended, byKms, undefined));
}
