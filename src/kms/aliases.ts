// CreateAlias, UpdateAlias, DeleteAlias, ListAliases. A key's record names its aliases, so that they go when the key goes.

import type { Draft } from '../keyring/draft.ts';
import { aliasesNamed, listAliases as readAliases } from '../keyring/listing.ts';
import { checkAliasName, mostAliasesPerKey } from '../model/alias-name.ts';
import type { AliasListEntry, ListAliasesOutput } from '../model/api/index.ts';
import { aliasArn, aliasNotFound, type Scope } from '../model/arn.ts';
import { AlreadyExistsException, LimitExceededException, ValidationException } from '../model/errors/index.ts';
import { type AliasRecord, type KeyRecord, requireNotPendingDeletion } from '../model/key-record.ts';
import { aliasNameMember, keyIdMember, limitMember, markerMember } from '../model/members.ts';
import { cutPage, pageSize, startOf } from '../model/page.ts';
import { structure } from '../model/shape.ts';
import { authorise, authoriseAlias, authoriseInAccount } from './authorise.ts';
import { type Body, change, resolveInDraft, resolveManaged, type Service } from './service.ts';

const targetRequest = structure({ AliasName: aliasNameMember, TargetKeyId: keyIdMember }, {});

export async function createAlias(service: Service, input: unknown): Promise<void> {
  const { AliasName: name, TargetKeyId } = service.call.read(targetRequest, input);
  const { scope } = service;
  checkAliasName(name);
  await change(service, async (draft) => {
    const key = await targetOf(draft, service, TargetKeyId);
    // CloudTrail has the key first here, and last for UpdateAlias and DeleteAlias.
    service.call.touch(name);
    authoriseAlias(service, 'CreateAlias', name);
    await authorise(service, key, 'CreateAlias', { KeyId: TargetKeyId });
    requireNotPendingDeletion(key, scope);
    if (await draft.alias(name))
      throw new AlreadyExistsException(`An alias with the name ${aliasArn(scope, name)} already exists`);
    await putName(draft, key, name, scope);
    await draft.putAlias({ name, keyId: key.id, createdAt: draft.now, updatedAt: draft.now });
  });
}

export async function updateAlias(service: Service, input: unknown): Promise<void> {
  const { AliasName: name, TargetKeyId } = service.call.read(targetRequest, input);
  const { scope } = service;
  checkAliasName(name);
  service.call.touch(name);
  await change(service, async (draft) => {
    const alias = await existing(draft, scope, name);
    const key = await targetOf(draft, service, TargetKeyId);
    authoriseAlias(service, 'UpdateAlias', name);
    const old = await keyOf(draft, alias);
    for (const each of new Set([old, key])) await authorise(service, each, 'UpdateAlias', { KeyId: TargetKeyId });
    requireNotPendingDeletion(key, scope);
    requireSameKind(old, key);
    if (alias.keyId !== key.id) {
      await removeName(draft, alias);
      await putName(draft, key, name, scope);
    }
    await draft.putAlias({ ...alias, keyId: key.id, updatedAt: draft.now });
  });
}

const deleteAliasRequest = structure({ AliasName: aliasNameMember }, {});

export async function deleteAlias(service: Service, input: unknown): Promise<void> {
  const { AliasName: name } = service.call.read(deleteAliasRequest, input);
  if (!name.startsWith('alias/')) throw new ValidationException('Invalid identifier');
  checkAliasName(name);
  service.call.touch(name);
  await change(service, async (draft) => {
    const alias = await existing(draft, service.scope, name);
    service.call.touch(alias.keyId);
    authoriseAlias(service, 'DeleteAlias', name);
    await authorise(service, await keyOf(draft, alias), 'DeleteAlias', {});
    await removeName(draft, alias);
    draft.removeAlias(name);
  });
}

const listAliasesRequest = structure({}, { KeyId: keyIdMember, Limit: limitMember, Marker: markerMember });

export async function listAliases(service: Service, input: unknown): Promise<Body<ListAliasesOutput>> {
  const request = service.call.read(listAliasesRequest, input);
  const { keyring, scope } = service;
  const size = pageSize(request, { standard: 50, most: 100 });
  const key = request.KeyId === undefined ? undefined : await resolveManaged(service, request.KeyId);
  authoriseInAccount(service, 'ListAliases');
  const listing = key === undefined ? 'ListAliases' : `ListAliases ${key.id}`;
  const after = startOf(request, listing);
  const found =
    key === undefined ? await readAliases(keyring, after, size + 1) : await aliasesOf(service, key, after, size + 1);
  const { page, end } = cutPage(found, size, listing, (alias) => alias.name);
  return { Aliases: page.map((alias) => entryOf(alias, scope)), ...end };
}

async function aliasesOf(
  { keyring }: Service,
  key: KeyRecord,
  after: string | undefined,
  limit: number,
): Promise<readonly AliasRecord[]> {
  const names = key.aliases.filter((name) => after === undefined || name > after).slice(0, limit);
  const aliases = await aliasesNamed(keyring, names);
  // One may have moved to another key between the two reads.
  return aliases.filter((alias) => alias.keyId === key.id);
}

const entryOf = (alias: AliasRecord, scope: Scope): AliasListEntry => ({
  AliasName: alias.name,
  AliasArn: aliasArn(scope, alias.name),
  TargetKeyId: alias.keyId,
  CreationDate: new Date(alias.createdAt),
  LastUpdatedDate: new Date(alias.updatedAt),
});

function targetOf(draft: Draft, service: Service, keyId: string): Promise<KeyRecord> {
  if (keyId.includes('alias/')) throw new ValidationException('Aliases must refer to keys. Not aliases');
  return resolveInDraft(draft, service, keyId);
}

async function existing(draft: Draft, scope: Scope, name: string): Promise<AliasRecord> {
  const alias = await draft.alias(name);
  if (alias === undefined) throw aliasNotFound(aliasArn(scope, name));
  return alias;
}

/** The key of an alias that exists. */
async function keyOf(draft: Draft, alias: AliasRecord): Promise<KeyRecord> {
  const key = await draft.key(alias.keyId);
  if (key === undefined) throw aliasNotFound(aliasArn(draft.scope, alias.name));
  return key;
}

/** What callers know of a key by its alias must stay true. @throws ValidationException */
function requireSameKind(old: KeyRecord, key: KeyRecord): void {
  if (typeOf(old) === typeOf(key) && old.usage === key.usage) return;
  throw new ValidationException(
    `An alias moves between keys of one type and usage only: ${typeOf(old)} for ${old.usage} is not ${typeOf(key)} for ${key.usage}.`,
  );
}

const typeOf = ({ spec }: KeyRecord): string =>
  spec === 'SYMMETRIC_DEFAULT' ? 'symmetric' : spec.startsWith('HMAC_') ? 'HMAC' : 'asymmetric';

async function putName(draft: Draft, key: KeyRecord, name: string, scope: Scope): Promise<void> {
  if (key.aliases.length >= mostAliasesPerKey) {
    throw new LimitExceededException(
      `The key ${key.id} of account ${scope.accountId} has ${mostAliasesPerKey} aliases, which is the most.`,
    );
  }
  await draft.putKey({ ...key, aliases: [...key.aliases, name].sort() });
}

async function removeName(draft: Draft, alias: AliasRecord): Promise<void> {
  const key = await draft.key(alias.keyId);
  if (key) await draft.putKey({ ...key, aliases: key.aliases.filter((name) => name !== alias.name) });
}
