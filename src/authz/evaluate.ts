// What a key policy says to one call. An explicit Deny wins; then an Allow that names the caller; then an Allow that names the
// caller's account, where the account's own policies allow the call too. Nothing else: the account has no access of its own.
// https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html
import type { Caller } from '../model/caller.ts';
import { crossesAccounts } from './actions.ts';
import { holds } from './condition.ts';
import { isLike } from './pattern.ts';
import type { Choice, Policy, Statement } from './policy-document.ts';
import { type Match, matchAny, type Principal } from './principal.ts';
import type { Values } from './values.ts';

/** One call, as policies see it. */
export interface Call {
  readonly caller: Caller;
  /** Without the prefix `kms:`. */
  readonly action: string;
  /** ARN of the key. */
  readonly resource: string;
  /** Account of the key. */
  readonly accountId: string;
  readonly values: Values;
}

/** Allowed, or who did not allow it. */
export type Decision = 'allowed' | 'denied explicitly' | 'not by the key policy' | 'not by the account';

export function evaluatePolicy(policy: Policy, call: Call): Decision {
  let best: Match;
  for (const statement of policy.statements) {
    const match = matchStatement(statement, call);
    if (match === undefined) continue;
    if (statement.effect === 'Deny') return 'denied explicitly';
    if (best !== 'self') best = match;
  }
  const { caller, accountId, action } = call;
  const isForeign = caller.accountId !== accountId;
  if (best === undefined || (isForeign && !crossesAccounts(action))) return 'not by the key policy';
  // A caller of another account needs its own account's leave even where the key policy names it.
  if (best === 'self' && !isForeign) return 'allowed';
  return caller.isAdministrator ? 'allowed' : 'not by the account';
}

/** How a statement applies to a call, whatever its effect. */
function matchStatement(statement: Statement, call: Call): Match {
  const { effect, actions, resources, conditions } = statement;
  const match = matchPrincipals(statement.principals, call.caller, effect);
  if (match === undefined) return undefined;
  const action = `kms:${call.action}`.toLowerCase();
  const applies =
    chooses(actions, (pattern) => isLike(action, pattern, call.values)) &&
    chooses(resources, (pattern) => namesOf(call.resource).some((name) => isLike(name, pattern, call.values))) &&
    conditions.every((condition) => holds(condition, call.values, effect));
  return applies ? match : undefined;
}

/** Once the ARNs of all Regions were of the partition `aws`: policies of that time mean the same key. */
const namesOf = (arn: string): readonly string[] =>
  arn.startsWith('arn:aws:') ? [arn] : [arn, arn.replace(/^arn:[^:]+:/, 'arn:aws:')];

/** An empty list of actions or resources chooses nothing, also where it says "all but". */
const chooses = <T>({ isAllBut, list }: Choice<T>, isMeant: (each: T) => boolean): boolean =>
  list.length > 0 && list.some(isMeant) !== isAllBut;

/**
 * NotPrincipal spares those that it names. Who is named only by its account is not spared by a Deny, and not reached by an
 * Allow: both on the safe side.
 */
function matchPrincipals({ isAllBut, list }: Choice<Principal>, caller: Caller, effect: 'Allow' | 'Deny'): Match {
  const match = matchAny(list, caller);
  if (!isAllBut) return match;
  const isSpared = effect === 'Deny' ? match === 'self' : match !== undefined;
  return isSpared ? undefined : 'self';
}
