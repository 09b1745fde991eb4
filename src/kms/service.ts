// What every operation works on, and the steps that operations share: resolve -> authorise -> check state.
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

const awsManagedKeys = lazily(() => import('./aws-managed-keys.ts'));

export interface Service {
  readonly keyring: Keyring;
  readonly scope: Scope;
  readonly caller: Caller;
  /** Of the call that is being answered. */
  readonly requestId: string;
  /** Chooses the id of a new key, where that is not left to chance. */
  readonly newKeyId?: ((isMultiRegion: boolean) => string | undefined) | undefined;
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
  return { ...service, scope, keyring: service.keyring.at(scope) };
}

/**
 * Finds the key that a cryptographic operation or DescribeKey names, in any of the four forms.
 * @throws NotFoundException
 */
export async function resolve({ keyring, scope, caller }: Service, keyId: string): Promise<KeyRecord> {
  const reference = parseKeyReference(keyId, scope, true);
  requireOwnAccount(reference, keyId, scope, caller);
  const key = await keyring.find(reference);
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
  return key;
}

/** The same inside a change. */
export async function resolveInDraft(draft: Draft, service: Service, keyId: string): Promise<KeyRecord> {
  const { id } = parseManaged(service, keyId);
  const key = await draft.key(id);
  if (key === undefined) throw keyNotFound(keyArn(service.scope, id));
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

/** Remembers a successful cryptographic operation, for GetKeyLastUsage. */
export function recordUse({ keyring, requestId }: Service, key: KeyRecord, operation: string): void {
  keyring.uses.record(key.id, { operation, at: keyring.now, requestId });
}

/** @throws UnsupportedOperationException */
export function refuseRecipient(recipient: unknown): void {
  if (recipient !== undefined)
    throw new UnsupportedOperationException('Recipient is not supported: there are no Nitro enclaves here.');
}
