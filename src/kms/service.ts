// What every operation works on, and the steps that operations share: resolve -> authorise -> check state.
import type { Access } from '../keyring/access.ts';
import type { Draft } from '../keyring/draft.ts';
import type { Keyring } from '../keyring/keyring.ts';
import type { Reply } from '../model/api/index.ts';
import {
  accountOfArn,
  aliasArn,
  aliasNotFound,
  type KeyReference,
  keyArn,
  keyNotFound,
  parseKeyReference,
  type Scope,
} from '../model/arn.ts';
import type { Caller } from '../model/caller.ts';
import { UnsupportedOperationException } from '../model/errors/index.ts';
import type { KeyRecord } from '../model/key-record.ts';
import { lazily } from '../model/lazily.ts';
import type { TrailContext } from '../trail/event.ts';
import type { Call } from './call.ts';

const awsManagedKeys = lazily(() => import('./aws-managed-keys.ts'));

export interface Service {
  readonly keyring: Keyring;
  readonly scope: Scope;
  readonly caller: Caller;
  /** What the trail says of the caller. */
  readonly by: TrailContext;
  /** The call that is being answered. */
  readonly call: Call;
  /** Chooses the id of a new key, where that is not left to chance. */
  readonly newKeyId?: ((isMultiRegion: boolean) => string | undefined) | undefined;
}

/** What a service is before a call: the keyring may be locked when the call comes. */
export interface IdleService extends Omit<Service, 'call' | 'keyring'> {
  readonly access: Access;
}

/** A reply before its `$metadata` is added. */
export type Body<T extends Reply> = Omit<T, '$metadata'>;

/**
 * The service of the account that an ARN names: for the operations that callers of other accounts may ask for. What they may do
 * there, the policy of the key says.
 */
export function serviceFor(service: Service, keyId: string | undefined): Service {
  const accountId = keyId === undefined ? undefined : accountOfArn(keyId, service.scope);
  if (accountId === undefined || accountId === service.scope.accountId) return service;
  const scope = { ...service.scope, accountId };
  return { ...service, scope, keyring: service.keyring.at(scope), by: { ...service.by, accountId } };
}

/**
 * Finds the key that a cryptographic operation or DescribeKey names, in any of the four forms.
 * @param isRecentEnough false where the record is asked for itself
 * @throws NotFoundException
 */
export async function resolve(service: Service, keyId: string, isRecentEnough = true): Promise<KeyRecord> {
  const key = await find(service, keyId, isRecentEnough);
  service.call.touch(key.id);
  return key;
}

async function find({ keyring, scope, caller }: Service, keyId: string, isRecentEnough: boolean): Promise<KeyRecord> {
  const reference = parseKeyReference(keyId, scope, true);
  requireOwnAccount(reference, keyId, scope, caller);
  const key = await (isRecentEnough ? keyring.findRecent(reference) : keyring.find(reference));
  if (key !== undefined) return key;
  if (reference.kind === 'key') throw keyNotFound(keyArn(scope, reference.id));
  const made = reference.name.startsWith('alias/aws/')
    ? await (await awsManagedKeys()).makeAwsManagedKey(keyring, reference.name)
    : undefined;
  if (made === undefined) throw aliasNotFound(aliasArn(scope, reference.name));
  return made;
}

/** Finds the key that a management operation names by id or ARN. @throws NotFoundException */
export async function resolveManaged(service: Service, keyId: string): Promise<KeyRecord> {
  const { id } = parseManaged(service, keyId);
  const key = await service.keyring.find({ kind: 'key', id });
  if (key === undefined) throw keyNotFound(keyArn(service.scope, id));
  service.call.touch(key.id);
  return key;
}

/** The same inside a change. */
export async function resolveInDraft(draft: Draft, service: Service, keyId: string): Promise<KeyRecord> {
  const { id } = parseManaged(service, keyId);
  const key = await draft.key(id);
  if (key === undefined) throw keyNotFound(keyArn(service.scope, id));
  service.call.touch(key.id);
  return key;
}

function parseManaged({ scope, caller }: Service, keyId: string): { readonly id: string } {
  const reference = parseKeyReference(keyId, scope, false);
  requireOwnAccount(reference, keyId, scope, caller);
  // Aliases were refused by the parser.
  return { id: reference.kind === 'key' ? reference.id : '' };
}

/** A key id or alias without an ARN is one of the caller's account, and keys of that account are not here. */
function requireOwnAccount(reference: KeyReference, keyId: string, scope: Scope, { accountId }: Caller): void {
  if (accountId === scope.accountId || keyId.startsWith('arn:')) return;
  const own = { ...scope, accountId };
  throw reference.kind === 'key'
    ? keyNotFound(keyArn(own, reference.id))
    : aliasNotFound(aliasArn(own, reference.name));
}

/** Applies a change. The call's record is part of the commit. */
export async function change<T>(service: Service, attempt: (draft: Draft) => Promise<T>): Promise<T> {
  let isRecorded = false;
  const value = await service.keyring.change(async (draft) => {
    const value = await attempt(draft);
    isRecorded = recordIn(draft, service);
    return value;
  });
  if (isRecorded) service.call.isRecorded = true;
  return value;
}

/** Puts the record of a call that succeeds in its change. @returns false where there is nothing to put or to change */
export function recordIn(draft: Draft, { keyring, call, by }: Service): boolean {
  if (keyring.log === undefined || call.isRecorded || draft.writes.length === 0) return false;
  draft.record(keyring.log.describe(call, by, undefined));
  return true;
}

/** Remembers a successful cryptographic operation, for GetKeyLastUsage. */
export function recordUse({ keyring, call }: Service, key: KeyRecord, operation: string): void {
  keyring.uses.record(key.id, { operation, at: keyring.now, requestId: call.requestId });
}

/** @throws UnsupportedOperationException */
export function refuseRecipient(recipient: unknown): void {
  if (recipient !== undefined)
    throw new UnsupportedOperationException('Recipient is not supported: there are no Nitro enclaves here.');
}
