// What every operation works on, and the steps that operations share: resolve -> authorise -> check state.
import type { Draft } from '../keyring/draft.ts';
import type { Keyring } from '../keyring/keyring.ts';
import type { Reply } from '../model/api/index.ts';
import { aliasArn, aliasNotFound, keyArn, keyNotFound, parseKeyReference, type Scope } from '../model/arn.ts';
import type { Caller } from '../model/caller.ts';
import { InvalidGrantTokenException, UnsupportedOperationException } from '../model/errors/index.ts';
import type { KeyRecord } from '../model/key-record.ts';

export interface Service {
  readonly keyring: Keyring;
  readonly scope: Scope;
  readonly caller: Caller;
  /** Chooses the id of a new key, where that is not left to chance. */
  readonly newKeyId?: ((isMultiRegion: boolean) => string | undefined) | undefined;
}

/** A reply before its `$metadata` is added. */
export type Body<T extends Reply> = Omit<T, '$metadata'>;

/**
 * Finds the key that a cryptographic operation or DescribeKey names, in any of the four forms.
 * @throws NotFoundException
 */
export async function resolve({ keyring, scope }: Service, keyId: string): Promise<KeyRecord> {
  const reference = parseKeyReference(keyId, scope, true);
  const key = await keyring.find(reference);
  if (key !== undefined) return key;
  throw reference.kind === 'key'
    ? keyNotFound(keyArn(scope, reference.id))
    : aliasNotFound(aliasArn(scope, reference.name));
}

/** Finds the key that a management operation names by id or ARN. @throws NotFoundException */
export async function resolveManaged(service: Service, keyId: string): Promise<KeyRecord> {
  const { id } = parseManaged(service.scope, keyId);
  const key = await service.keyring.find({ kind: 'key', id });
  if (key === undefined) throw keyNotFound(keyArn(service.scope, id));
  return key;
}

/** The same inside a change. */
export async function resolveInDraft(draft: Draft, scope: Scope, keyId: string): Promise<KeyRecord> {
  const { id } = parseManaged(scope, keyId);
  const key = await draft.key(id);
  if (key === undefined) throw keyNotFound(keyArn(scope, id));
  return key;
}

function parseManaged(scope: Scope, keyId: string): { readonly id: string } {
  const reference = parseKeyReference(keyId, scope, false);
  // Aliases were refused by the parser.
  return { id: reference.kind === 'key' ? reference.id : '' };
}

/**
 * Decides whether the call may use the key. There are no grants yet, so no grant token can be valid; key policies are kept and
 * not yet evaluated.
 * @throws InvalidGrantTokenException
 */
export function authorise(request: { readonly GrantTokens: readonly string[] | undefined }): void {
  if (request.GrantTokens !== undefined && request.GrantTokens.length > 0) {
    throw new InvalidGrantTokenException('The grant token is not valid: no grant has it.');
  }
}

/** @throws UnsupportedOperationException */
export function refuseRecipient(recipient: unknown): void {
  if (recipient !== undefined)
    throw new UnsupportedOperationException('Recipient is not supported: there are no Nitro enclaves here.');
}
