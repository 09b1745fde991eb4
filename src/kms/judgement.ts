// What key policies and grants say to a call. An explicit Deny wins; then an Allow of the key policy; then a grant.
import { accessDenied } from '../authz/denied.ts';
import { type Decision, evaluatePolicy } from '../authz/evaluate.ts';
import { grantAllows, hasLeaveOfAccount } from '../authz/grant.ts';
import { type Policy, parsePolicy } from '../authz/policy-document.ts';
import { keyArn } from '../model/arn.ts';
import type { GrantTerms } from '../model/grant-record.ts';
import type { KeyRecord } from '../model/key-record.ts';
import { conditionValues } from './condition-values.ts';
import { type Claims, type Conditions, own } from './conditions.ts';
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

/** @throws AccessDeniedException, InvalidGrantTokenException */
export async function judge(
  service: Service,
  key: KeyRecord,
  action: string,
  claims: Claims,
  conditions: Conditions,
  child: GrantTerms | undefined,
): Promise<void> {
  await checkGrantTokens(service, own(claims, 'GrantTokens') ?? []);
  const { caller, scope } = service;
  let decision = decide(service, key, policyOf(key), action, claims, conditions);
  if (decision === 'allowed') return;
  if (decision !== 'denied explicitly' && key.grants?.count) {
    const call = { caller, action, context: own(claims, 'EncryptionContext') ?? [], child };
    const allowing = (await (await service.keyring.grants()).of(key)).filter((grant) => grantAllows(grant, call));
    if (allowing.some((grant) => hasLeaveOfAccount(grant, caller, scope.accountId))) return;
    if (allowing.length > 0) decision = 'not by the account';
  }
  throw accessDenied(caller, action, keyArn(scope, key.id), decision);
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
  // A policy that opens the key to the account, and an administrator: the call's values need not be put together.
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
