// What the operations on grants do. A grant counts at once and until it is gone. Each
// change of a grant is one of its key's record too, so that both are seen together.
import { accessDenied } from '../authz/denied.ts';
import { hasLeaveOfAccount, mayRetire } from '../authz/grant.ts';
import { toHex } from '../formats/bytes.ts';
import type { Draft } from '../keyring/draft.ts';
import type { Keyring } from '../keyring/keyring.ts';
import { randomBytes } from '../keys/random.ts';
import type { CreateGrantOutput, GrantListEntry, ListGrantsOutput } from '../model/api/index.ts';
import { keyArn, type Scope } from '../model/arn.ts';
import { isRootOf, rootArn } from '../model/caller.ts';
import { LimitExceededException, NotFoundException, ValidationException } from '../model/errors/index.ts';
import { type GrantRecord, type GrantTerms, mostGrantsPerKey } from '../model/grant-record.ts';
import { type KeyRecord, requireEnabled } from '../model/key-record.ts';
import { cutPage, pageSize, startOf } from '../model/page.ts';
import { authorise, authoriseInAccount } from './authorise.ts';
import { endDryRun } from './dry-run.ts';
import type {
  CreateGrantRequest,
  ListGrantsRequest,
  ListRetirableGrantsRequest,
  RetireGrantRequest,
  RevokeGrantRequest,
} from './grant-requests.ts';
import { checkSuits, grantConditions, requirePrincipals, serviceConditions, termsOf } from './grant-terms.ts';
import { grantOfToken, newGrantToken } from './grant-tokens.ts';
import { type Body, change, resolveInDraft, resolveManaged, type Service, serviceFor } from './service.ts';

const pages = { standard: 50, most: 100 };

export async function createGrant(from: Service, request: CreateGrantRequest): Promise<Body<CreateGrantOutput>> {
  const service = serviceFor(from, request.KeyId);
  const terms = termsOf(request);
  const { keyring, scope, caller } = service;
  const issuingAccount = rootArn({ ...scope, accountId: caller.accountId });
  // Key policies see the encryption context of the constraint as that of the request.
  const EncryptionContext = terms.constraints.contextEquals ?? terms.constraints.contextSubset ?? undefined;
  const claims = { ...request, EncryptionContext };
  return change(service, async (draft) => {
    const key = await resolveInDraft(draft, service, request.KeyId);
    await authorise(service, key, 'CreateGrant', claims, grantConditions(terms, caller), terms);
    requireEnabled(key, scope);
    checkSuits(key, terms);
    endDryRun(request);
    const same =
      terms.name === '' ? undefined : (await (await keyring.grants()).of(key)).find(isRepeat(terms, caller.accountId));
    const id = same?.id ?? toHex(randomBytes(32));
    if (same === undefined) {
      await putCount(draft, key, 1);
      await draft.putGrant({ ...terms, keyId: key.id, id, createdAt: draft.now, issuingAccount });
    }
    service.call.respond({ GrantId: id });
    return { GrantToken: newGrantToken(scope, key.id, id), GrantId: id };
  });
}

/** Counts a grant in or out, which also tells everyone that the grants of the key have changed. */
async function putCount(draft: Draft, key: KeyRecord, more: 1 | -1): Promise<void> {
  const { count, changes } = key.grants ?? { count: 0, changes: 0 };
  if (more === 1 && count >= mostGrantsPerKey)
    throw new LimitExceededException(`The key ${key.id} has ${mostGrantsPerKey} grants, which is the most.`);
  await draft.putKey({ ...key, grants: { ...key.grants, count: count + more, changes: changes + 1 } });
}

/** Tells a grant with the same name and all the same terms. */
function isRepeat(terms: GrantTerms, issuer: string): (grant: GrantRecord) => boolean {
  const wanted = canonical(terms);
  return (grant) => grant.name === terms.name && isRootOf(grant.issuingAccount, issuer) && canonical(grant) === wanted;
}

function canonical({ grantee, retiring, operations, constraints }: GrantTerms): string {
  const sorted = (pairs: GrantTerms['constraints']['contextEquals']) =>
    pairs?.map((pair) => JSON.stringify(pair)).sort();
  return JSON.stringify([
    [grantee.principal, grantee.service, retiring.principal, retiring.service],
    [...operations].sort(),
    [sorted(constraints.contextEquals), sorted(constraints.contextSubset), constraints.sourceArn],
  ]);
}

export async function listGrants(from: Service, request: ListGrantsRequest): Promise<Body<ListGrantsOutput>> {
  const service = serviceFor(from, request.KeyId);
  const { GrantId, GranteePrincipal, GranteeServicePrincipal } = request;
  if (GranteePrincipal !== undefined && GranteeServicePrincipal !== undefined)
    throw new ValidationException('You cannot specify both GranteePrincipal and GranteeServicePrincipal.');
  const key = await resolveManaged(service, request.KeyId);
  await authorise(service, key, 'ListGrants', request, serviceConditions(service.caller));
  requirePrincipals(GranteePrincipal, GranteeServicePrincipal);
  const listing = `ListGrants ${key.id} ${JSON.stringify([GrantId, GranteePrincipal, GranteeServicePrincipal])}`;
  const after = startOf(request, listing);
  const found = (await (await service.keyring.grants()).of(key)).filter(
    ({ id, grantee }) =>
      (after === undefined || id > after) &&
      (GrantId === undefined || id === GrantId) &&
      (GranteePrincipal === undefined || grantee.principal === GranteePrincipal) &&
      (GranteeServicePrincipal === undefined || grantee.service === GranteeServicePrincipal),
  );
  const { page, end } = cutPage(found, pageSize(request, pages), listing, ({ id }) => id);
  return { Grants: page.map((grant) => entryOf(grant, service.scope)), ...end };
}

export async function listRetirableGrants(
  service: Service,
  request: ListRetirableGrantsRequest,
): Promise<Body<ListGrantsOutput>> {
  const { RetiringPrincipal: principal, RetiringServicePrincipal: byService } = request;
  authoriseInAccount(service, 'ListRetirableGrants', principal);
  if ((principal === undefined) === (byService === undefined))
    throw new ValidationException('You must specify either RetiringPrincipal or RetiringServicePrincipal.');
  requirePrincipals(principal, byService);
  const listing = `ListRetirableGrants ${principal ?? byService}`;
  const size = pageSize(request, pages);
  const after = startOf(request, listing);
  // A grant does not tell whether its key is due.
  await service.keyring.sweep();
  const found = await retirableIn(accountsOf(service, principal), after, size + 1, ({ retiring }) =>
    principal === undefined ? retiring.service === byService : retiring.principal === principal,
  );
  const { page, end } = cutPage(found, size, listing, placeOf);
  return { Grants: page.map(({ grant, scope }) => entryOf(grant, scope)), ...end };
}

/** Whose keys are looked at: a principal of the caller's account may retire grants of keys of other accounts. */
function accountsOf({ keyring, scope, caller }: Service, principal: string | undefined): readonly Keyring[] {
  const isOwn = principal !== undefined && (principal.split(':')[4] ?? principal) === caller.accountId;
  const others = isOwn ? keyring.otherAccounts : [];
  return [scope.accountId, ...others].sort().map((accountId) => keyring.at({ ...scope, accountId }));
}

interface Retirable {
  readonly grant: GrantRecord;
  readonly scope: Scope;
}

const placeOf = ({ grant: { keyId, id }, scope: { accountId } }: Retirable): string => `${accountId}/${keyId}/${id}`;

/** Grants in the order of accounts, key ids and grant ids. @param after where the page before ended */
async function retirableIn(
  keyrings: readonly Keyring[],
  after: string | undefined,
  limit: number,
  isWanted: (grant: GrantRecord) => boolean,
): Promise<readonly Retirable[]> {
  const found: Retirable[] = [];
  const [, account = '', place] = /^(\d{12})\/(.+)$/.exec(after ?? '') ?? [];
  for (const keyring of keyrings) {
    const { scope } = keyring;
    if (scope.accountId < account || found.length >= limit) continue;
    const start = scope.accountId === account ? place : undefined;
    const grants = await (await keyring.grants()).list(start, limit - found.length, isWanted);
    found.push(...grants.map((grant) => ({ grant, scope })));
  }
  return found;
}

function entryOf(grant: GrantRecord, scope: Scope): GrantListEntry {
  const { contextEquals, contextSubset, sourceArn } = grant.constraints;
  const constraints = {
    ...(contextSubset === null ? {} : { EncryptionContextSubset: Object.fromEntries(contextSubset) }),
    ...(contextEquals === null ? {} : { EncryptionContextEquals: Object.fromEntries(contextEquals) }),
    ...(sourceArn === null ? {} : { SourceArn: sourceArn }),
  };
  const named = (name: string, value: string | null) => (value === null ? {} : { [name]: value });
  return {
    KeyId: keyArn(scope, grant.keyId),
    GrantId: grant.id,
    Name: grant.name,
    CreationDate: new Date(grant.createdAt),
    ...named('GranteePrincipal', grant.grantee.principal),
    ...named('GranteeServicePrincipal', grant.grantee.service),
    ...named('RetiringPrincipal', grant.retiring.principal),
    ...named('RetiringServicePrincipal', grant.retiring.service),
    IssuingAccount: grant.issuingAccount,
    Operations: [...grant.operations],
    ...(Object.keys(constraints).length === 0 ? {} : { Constraints: constraints }),
  };
}

export async function retireGrant(from: Service, request: RetireGrantRequest): Promise<void> {
  const { GrantToken: token, KeyId, GrantId } = request;
  if (token === undefined && (KeyId === undefined || GrantId === undefined))
    throw new ValidationException('You must specify either a grant token, or a key ARN and a grant ID.');
  const named = token === undefined ? undefined : await grantOfToken(from, token);
  const service = named?.service ?? serviceFor(from, KeyId);
  const { scope, caller } = service;
  await change(service, async (draft) => {
    const keyId = named === undefined ? (KeyId ?? '') : keyArn(scope, named.grant.keyId);
    const key = await resolveInDraft(draft, service, keyId);
    const grant = await existing(draft, key, named?.grant.id ?? GrantId ?? '');
    // The grant decides; a key policy cannot give or take this.
    service.call.add({ grantId: grant.id });
    if (!mayRetire(grant, caller))
      throw accessDenied(caller, 'RetireGrant', keyArn(scope, key.id), 'not by the key policy');
    if (!hasLeaveOfAccount(grant, caller, scope.accountId))
      throw accessDenied(caller, 'RetireGrant', keyArn(scope, key.id), 'not by the account');
    // A token beside the name of another grant: which one is meant nobody knows.
    if ((GrantId ?? grant.id) !== grant.id || (KeyId ?? key.id).split('/').at(-1) !== key.id)
      throw new ValidationException(
        'GrantToken and KeyId or GrantId name different grants: give the token alone, or the key and the grant.',
      );
    endDryRun(request);
    await remove(draft, key, grant);
  });
}

export async function revokeGrant(from: Service, request: RevokeGrantRequest): Promise<void> {
  const service = serviceFor(from, request.KeyId);
  await change(service, async (draft) => {
    const key = await resolveInDraft(draft, service, request.KeyId);
    await authorise(service, key, 'RevokeGrant', request, serviceConditions(service.caller));
    const grant = await existing(draft, key, request.GrantId);
    endDryRun(request);
    await remove(draft, key, grant);
  });
}

async function existing(draft: Draft, key: KeyRecord, id: string): Promise<GrantRecord> {
  const grant = await draft.grant(key.id, id);
  if (grant === undefined) throw new NotFoundException(`Grant ID ${id} not found`);
  return grant;
}

async function remove(draft: Draft, key: KeyRecord, grant: GrantRecord): Promise<void> {
  await putCount(draft, key, -1);
  draft.removeGrant(key.id, grant.id);
}
