// CreateKey, DescribeKey, ListKeys, UpdateKeyDescription, EnableKey, DisableKey.
import { toBase64, toHex } from '../formats/bytes.ts';
import { randomBytes } from '../keys/random.ts';
import type { CreateKeyOutput, DescribeKeyOutput, ListKeysOutput } from '../model/api/index.ts';
import { keyArn, keyIdFromHex } from '../model/arn.ts';
import {
  CustomKeyStoreNotFoundException,
  LimitExceededException,
  UnsupportedOperationException,
} from '../model/errors/index.ts';
import { type KeyRecord, requireImported, requireNotPendingDeletion } from '../model/key-record.ts';
import {
  chooseKind,
  customerMasterKeySpecMember,
  type KeyKind,
  keyOriginMember,
  keySpecMember,
  keyUsageMember,
} from '../model/key-spec.ts';
import { descriptionMember, grantTokensMember, keyIdMember, limitMember, markerMember } from '../model/members.ts';
import { cutPage, pageSize, startOf } from '../model/page.ts';
import { checkPolicy, defaultPolicy } from '../model/policy.ts';
import { flag, readRequest, structure, text } from '../model/shape.ts';
import { tagsMember, withTags } from '../model/tags.ts';
import { readBack, secretKind } from './asymmetric.ts';
import { keyMetadata } from './metadata.ts';
import { authorise, type Body, resolve, resolveInDraft, type Service } from './service.ts';

/** Quota: keys of one account and Region. */
const mostKeys = 100_000;

const createKeyRequest = structure(
  {},
  {
    Policy: text({ min: 1, max: 131_072 }),
    Description: descriptionMember,
    KeyUsage: keyUsageMember,
    CustomerMasterKeySpec: customerMasterKeySpecMember,
    KeySpec: keySpecMember,
    Origin: keyOriginMember,
    CustomKeyStoreId: text({ min: 1, max: 64 }),
    BypassPolicyLockoutSafetyCheck: flag,
    Tags: tagsMember,
    MultiRegion: flag,
    XksKeyId: text({ min: 1, max: 128, pattern: /^[a-zA-Z0-9-_.]+$/ }),
  },
);

export async function createKey(service: Service, input: unknown): Promise<Body<CreateKeyOutput>> {
  const { keyring, scope } = service;
  const request = readRequest(createKeyRequest, input);
  const kind = chooseKind(request);
  if (request.CustomKeyStoreId !== undefined)
    throw new CustomKeyStoreNotFoundException('There are no custom key stores here.');
  if (request.XksKeyId !== undefined)
    throw new UnsupportedOperationException('XksKeyId is not supported: there are no external key stores here.');
  const tags = withTags([], request.Tags ?? []);
  if (request.Policy !== undefined) checkPolicy(request.Policy);

  const isMultiRegion = request.MultiRegion ?? false;
  const id = service.newKeyId?.(isMultiRegion) ?? newKeyId(isMultiRegion);
  // A key of origin EXTERNAL waits for its material.
  const material = kind.origin === 'EXTERNAL' ? undefined : await newMaterial(service, kind, id);
  const key = await keyring.change(async (draft) => {
    const record = await draft.keyring();
    if (record.keyCount >= mostKeys) throw new LimitExceededException(`There can be no more than ${mostKeys} keys.`);
    const created: KeyRecord = {
      ...kind,
      id,
      createdAt: draft.now,
      description: request.Description ?? '',
      isEnabled: true,
      deletionAt: null,
      deletionWindow: null,
      next: null,
      rotation: null,
      regions: null,
      isMultiRegion,
      policy: request.Policy ?? defaultPolicy(scope.accountId),
      tags,
      aliases: [],
      materials: material ? [{ id: material.id, createdAt: draft.now, ...material.publicHalf }] : [],
    };
    // A create never overwrites: reading first makes "there is no such key" a condition of the commit.
    if ((await draft.key(id)) !== undefined)
      throw new LimitExceededException('The random key id is in use. Try again.');
    await draft.putKey(created);
    if (material) draft.putMaterial(id, material.id, material.kept);
    await draft.putKeyring({ ...record, keyCount: record.keyCount + 1 });
    return created;
  });
  if (material) await keyring.materials.confirm(id, () => readBack(service, key, material.id));
  return { KeyMetadata: keyMetadata(key, scope) };
}

/** Makes material of a key's kind, which nothing keeps yet. */
async function newMaterial({ keyring: { materials } }: Service, kind: KeyKind, keyId: string) {
  const secret = secretKind(kind);
  if (secret === undefined) return { ...(await materials.make(keyId)), publicHalf: {} };
  const { id, spki, kept } = await materials.makeSecret(secret, keyId);
  return { id, kept, publicHalf: spki === undefined ? {} : { publicKey: toBase64(spki) } };
}

function newKeyId(isMultiRegion: boolean): string {
  const bytes = randomBytes(16);
  // UUID version 4 (RFC 9562, section 5.4).
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return keyIdFromHex(toHex(bytes), isMultiRegion);
}

const describeKeyRequest = structure({ KeyId: keyIdMember }, { GrantTokens: grantTokensMember });

export async function describeKey(service: Service, input: unknown): Promise<Body<DescribeKeyOutput>> {
  const request = readRequest(describeKeyRequest, input);
  const key = await resolve(service, request.KeyId);
  authorise(request);
  return { KeyMetadata: keyMetadata(key, service.scope) };
}

const listKeysRequest = structure({}, { Limit: limitMember, Marker: markerMember });

export async function listKeys({ keyring, scope }: Service, input: unknown): Promise<Body<ListKeysOutput>> {
  const request = readRequest(listKeysRequest, input);
  const size = pageSize(request, { standard: 100, most: 1000 });
  const found = await keyring.listKeys(startOf(request, 'ListKeys'), size + 1);
  const { page, end } = cutPage(found, size, 'ListKeys', (key) => key.id);
  return { Keys: page.map(({ id }) => ({ KeyId: id, KeyArn: keyArn(scope, id) })), ...end };
}

const updateKeyDescriptionRequest = structure({ KeyId: keyIdMember, Description: descriptionMember }, {});

export async function updateKeyDescription(service: Service, input: unknown): Promise<void> {
  const request = readRequest(updateKeyDescriptionRequest, input);
  await changeKey(service, request.KeyId, (key) => ({ ...key, description: request.Description }));
}

const keyRequest = structure({ KeyId: keyIdMember }, {});

export async function enableKey(service: Service, input: unknown): Promise<void> {
  const request = readRequest(keyRequest, input);
  await changeKey(service, request.KeyId, (key) => {
    requireImported(key, service.scope);
    return { ...key, isEnabled: true };
  });
}

export async function disableKey(service: Service, input: unknown): Promise<void> {
  const request = readRequest(keyRequest, input);
  await changeKey(service, request.KeyId, (key) => {
    requireImported(key, service.scope);
    return { ...key, isEnabled: false };
  });
}

/** Changes the record of a key that is not pending deletion. */
export async function changeKey(
  { keyring, scope }: Service,
  keyId: string,
  change: (key: KeyRecord) => KeyRecord,
): Promise<void> {
  await keyring.change(async (draft) => {
    const key = await resolveInDraft(draft, scope, keyId);
    requireNotPendingDeletion(key, scope);
    await draft.putKey(change(key));
  });
}
