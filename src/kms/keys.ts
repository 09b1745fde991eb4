// CreateKey, ListKeys, UpdateKeyDescription, EnableKey, DisableKey.
import { listKeys as readKeys } from '../keyring/listing.ts';
import type { CreateKeyOutput, ListKeysOutput } from '../model/api/index.ts';
import { keyArn } from '../model/arn.ts';
import { CustomKeyStoreNotFoundException, UnsupportedOperationException } from '../model/errors/index.ts';
import { type KeyRecord, requireImported, requireNotPendingDeletion } from '../model/key-record.ts';
import {
  chooseKind,
  customerMasterKeySpecMember,
  keyOriginMember,
  keySpecMember,
  keyUsageMember,
  requireMade,
} from '../model/key-spec.ts';
import { customKeyStoreIdMember, descriptionMember, keyIdMember, limitMember, markerMember } from '../model/members.ts';
import { cutPage, pageSize, startOf } from '../model/page.ts';
import { defaultPolicy } from '../model/policy.ts';
import { policyMember, tagsMember, xksKeyIdMember } from '../model/rare-members.ts';
import { flag, structure } from '../model/shape.ts';
import { withTags } from '../model/tags.ts';
import { authorise, authoriseInAccount } from './authorise.ts';
import { type Claims, type Conditions, usageConditions } from './conditions.ts';
import { keyMetadata } from './metadata.ts';
import { newKeyId, putNewKey } from './new-key.ts';
import { type Body, change, recordIn, resolveInDraft, type Service } from './service.ts';

const createKeyRequest = structure(
  {},
  {
    Policy: policyMember,
    Description: descriptionMember,
    KeyUsage: keyUsageMember,
    CustomerMasterKeySpec: customerMasterKeySpecMember,
    KeySpec: keySpecMember,
    Origin: keyOriginMember,
    CustomKeyStoreId: customKeyStoreIdMember,
    BypassPolicyLockoutSafetyCheck: flag,
    Tags: tagsMember,
    MultiRegion: flag,
    XksKeyId: xksKeyIdMember,
  },
);

export async function createKey(service: Service, input: unknown): Promise<Body<CreateKeyOutput>> {
  const request = service.call.read(createKeyRequest, input);
  const { keyring, scope } = service;
  authoriseInAccount(service, 'CreateKey');
  const chosen = chooseKind(request);
  if (request.CustomKeyStoreId !== undefined)
    throw new CustomKeyStoreNotFoundException('There are no custom key stores here.');
  const kind = requireMade(chosen);
  if (request.XksKeyId !== undefined)
    throw new UnsupportedOperationException('XksKeyId is not supported: there are no external key stores here.');
  const tags = withTags([], request.Tags ?? []);
  const isMultiRegion = request.MultiRegion ?? false;
  const id = service.newKeyId?.(isMultiRegion) ?? newKeyId(isMultiRegion);
  const policy = request.Policy ?? defaultPolicy(scope);
  const template: Omit<KeyRecord, 'materials'> = {
    ...kind,
    id,
    createdAt: keyring.now,
    description: request.Description ?? '',
    isEnabled: true,
    deletionAt: null,
    deletionWindow: null,
    next: null,
    rotation: null,
    regions: null,
    isMultiRegion,
    policy,
    tags,
    aliases: [],
  };
  if (request.Policy !== undefined) {
    const { checkNewPolicy } = await import('./new-policy.ts');
    checkNewPolicy(service, template, policy, request.BypassPolicyLockoutSafetyCheck);
  }
  let isRecorded = false;
  const key = await putNewKey(keyring, template, undefined, (draft, created) => {
    service.call.touch(created.id);
    service.call.respond({ KeyMetadata: keyMetadata(created, scope) });
    isRecorded = recordIn(draft, service);
  });
  service.call.isRecorded = isRecorded;
  return { KeyMetadata: keyMetadata(key, scope) };
}

const listKeysRequest = structure({}, { Limit: limitMember, Marker: markerMember });

export async function listKeys(service: Service, input: unknown): Promise<Body<ListKeysOutput>> {
  const request = service.call.read(listKeysRequest, input);
  const { keyring, scope } = service;
  authoriseInAccount(service, 'ListKeys');
  const size = pageSize(request, { standard: 100, most: 1000 });
  const found = await readKeys(keyring, startOf(request, 'ListKeys'), size + 1);
  const { page, end } = cutPage(found, size, 'ListKeys', (key) => key.id);
  return { Keys: page.map(({ id }) => ({ KeyId: id, KeyArn: keyArn(scope, id) })), ...end };
}

const updateKeyDescriptionRequest = structure({ KeyId: keyIdMember, Description: descriptionMember }, {});

export async function updateKeyDescription(service: Service, input: unknown): Promise<void> {
  const request = service.call.read(updateKeyDescriptionRequest, input);
  await changeKey(service, 'UpdateKeyDescription', request, (key) => ({ ...key, description: request.Description }));
}

const keyRequest = structure({ KeyId: keyIdMember }, {});

export async function enableKey(service: Service, input: unknown): Promise<void> {
  const request = service.call.read(keyRequest, input);
  await changeKey(service, 'EnableKey', request, (key) => {
    requireImported(key, service.scope);
    return { ...key, isEnabled: true };
  });
}

export async function disableKey(service: Service, input: unknown): Promise<void> {
  const request = service.call.read(keyRequest, input);
  await changeKey(
    service,
    'DisableKey',
    request,
    (key) => {
      requireImported(key, service.scope);
      return { ...key, isEnabled: false };
    },
    (key) => usageConditions(service, key),
  );
}

/** Changes the record of a key that is not pending deletion. @param action what the caller needs leave for */
export async function changeKey(
  service: Service,
  action: string,
  request: Claims & { readonly KeyId: string },
  edit: (key: KeyRecord) => KeyRecord,
  conditions?: Conditions | ((key: KeyRecord) => Promise<Conditions>),
): Promise<void> {
  await change(service, async (draft) => {
    const key = await resolveInDraft(draft, service, request.KeyId);
    await authorise(
      service,
      key,
      action,
      request,
      typeof conditions === 'function' ? () => conditions(key) : conditions,
    );
    requireNotPendingDeletion(key, service.scope);
    await draft.putKey(edit(key));
  });
}
