// May the caller do this? On a key: its policy decides, then its grants. On the account: the account's own policies, of which
// keyhaven knows one thing, whether the caller is an administrator. Every operation asks here, after it has found its key and
// before it looks at the key's state.
import { accessDenied } from '../authz/denied.ts';
import { type Decision, evaluatePolicy } from '../authz/evaluate.ts';
import { grantAllows } from '../authz/grant.ts';
import { type Policy, parsePolicy } from '../authz/policy-document.ts';
import { aliasArn, keyArn } from '../model/arn.ts';
import type { GrantTerms } from '../model/grant-record.ts';
import type { KeyRecord } from '../model/key-record.ts';
import { type Claims, type Conditions, conditionValues, own } from './conditions.ts';
import { checkGrantTokens } from './grant-tokens.ts';
import type { Service } from './service.ts';

/** Policies as read. A record that changes is another object, so each policy is read once. */
const policies = new WeakMap<KeyRecord, Policy>();

function policyOf(key: KeyRecord): Policy {
  let policy = policies.get(key);
  if (policy === undefined) {
    policy = parsePolicy(key.policy);
    policies.set(key, policy);
  }
  return policy;
}

/**
 * Decides whether the call may use the key.
 * @param action the operation's name, as a key policy has it after `kms:`
 * @param claims the request: its key id, encryption context and grant tokens are looked at
 * @param conditions further condition values that this operation has
 * @param child the grant that is to be made, for CreateGrant
 * @throws AccessDeniedException, InvalidGrantTokenException
 */
export async function authorise(
  service: Service,
  key: KeyRecord,
  action: string,
  claims: Claims,
  conditions: Conditions = {},
  child?: GrantTerms,
): Promise<void> {
  const tokens = own(claims, 'GrantTokens');
  if (tokens !== undefined && tokens.length > 0) await checkGrantTokens(service, tokens);
  const decision = decide(service, key, policyOf(key), action, claims, conditions);
  if (decision === 'allowed') return;
  if (decision !== 'denied explicitly' && key.grants?.count) {
    const call = { caller: service.caller, action, context: own(claims, 'EncryptionContext') ?? [], child };
    if ((await service.keyring.grants.of(key)).some((grant) => grantAllows(grant, call))) return;
  }
  throw accessDenied(service.caller, action, keyArn(service.scope, key.id), decision);
}

/** What a policy, in force or not yet, says to the call. */
export function decide(
  service: Service,
  key: KeyRecord,
  policy: Policy,
  action: string,
  claims: Claims,
  conditions: Conditions,
): Decision {
  const { caller, scope } = service;
  // The default policy and an administrator: nothing else needs to be looked at.
  if (caller.isAdministrator && caller.accountId === scope.accountId && policy.openTo.includes(scope.accountId))
    return 'allowed';
  return evaluatePolicy(policy, {
    caller,
    action,
    resource: keyArn(scope, key.id),
    accountId: scope.accountId,
    values: conditionValues(service, key, claims, conditions),
  });
}

/** For operations on no key. @throws AccessDeniedException unless the caller is an administrator of this account */
export function authoriseInAccount(service: Service, action: string, resource: string = '*'): void {
  const { caller, scope } = service;
  if (caller.isAdministrator && caller.accountId === scope.accountId) return;
  throw accessDenied(caller, action, resource, 'not by the account');
}

/** For operations on an alias: they need this beside leave to use the key. @throws AccessDeniedException */
export function authoriseAlias(service: Service, action: string, name: string): void {
  authoriseInAccount(service, action, aliasArn(service.scope, name));
}
