// What a grant allows. Grants only add to what the key policy allows; a Deny in the key policy goes before them.
// https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantConstraints.html
import { type Caller, isRootOf } from '../model/caller.ts';
import type { GrantOperation, GrantParty, GrantRecord, GrantTerms } from '../model/grant-record.ts';
import { matchPrincipal, outside, type Principal, parsePrincipal } from './principal.ts';

type Pairs = readonly (readonly [key: string, value: string])[];

/** One call, as grants see it. */
export interface GrantedCall {
  readonly caller: Caller;
  readonly action: string;
  readonly context: Pairs;
  /** The grant that CreateGrant is to make. */
  readonly child?: GrantTerms | undefined;
}

/** To these the constraints on the encryption context do not apply: they have none. */
const withoutContext: readonly string[] = ['DescribeKey', 'RetireGrant', 'CreateGrant', 'GetPublicKey'];

export function grantAllows(grant: GrantRecord, call: GrantedCall): boolean {
  const { caller, action, context, child } = call;
  if (!grant.operations.includes(action as GrantOperation) || !isParty(grant.grantee, caller)) return false;
  const { contextEquals, contextSubset, sourceArn } = grant.constraints;
  // Calls here are made on behalf of no resource.
  if (sourceArn !== null && action !== 'RetireGrant') return false;
  if (action === 'CreateGrant') return child !== undefined && isWithin(child, grant);
  if (withoutContext.includes(action)) return true;
  return (
    (contextEquals === null || isSame(contextEquals, context)) &&
    (contextSubset === null || isSubset(contextSubset, context))
  );
}

/**
 * A caller of another account than the key's needs leave of its own account beside the grant, unless that account issued the
 * grant itself.
 * @param accountId the account of the key
 */
export const hasLeaveOfAccount = (grant: GrantRecord, caller: Caller, accountId: string): boolean =>
  caller.accountId === accountId || caller.isAdministrator || isRootOf(grant.issuingAccount, caller.accountId);

/** Who may retire a grant: its retiring principal, its grantee where it names RetireGrant, and the account that issued it. */
export function mayRetire(grant: GrantRecord, caller: Caller): boolean {
  const issuer: GrantParty = { principal: grant.issuingAccount, service: null };
  return (
    isParty(grant.retiring, caller) ||
    isParty(issuer, caller) ||
    grantAllows(grant, { caller, action: 'RetireGrant', context: [] })
  );
}

/** Principals as read: a key may have very many grants, and all are looked at. */
const principals = new Map<string, Principal>();

function principalOf(arn: string): Principal {
  let principal = principals.get(arn);
  if (principal === undefined) {
    principal = parsePrincipal(arn) ?? outside;
    if (principals.size >= 50_000) principals.clear();
    principals.set(arn, principal);
  }
  return principal;
}

/** An account stands for those of its principals whom its own policies give the same. */
export function isParty({ principal: arn }: GrantParty, caller: Caller): boolean {
  const match = arn === null ? undefined : matchPrincipal(principalOf(arn), caller);
  return match === 'self' || (match === 'account' && caller.isAdministrator);
}

/** A grant that is made by leave of another: no further operations, and constraints at least as strict. */
function isWithin(child: GrantTerms, parent: GrantRecord): boolean {
  const { contextEquals, contextSubset, sourceArn } = parent.constraints;
  const of = child.constraints;
  if (!child.operations.every((operation) => parent.operations.includes(operation))) return false;
  if (sourceArn !== null && of.sourceArn !== sourceArn) return false;
  if (contextEquals !== null && !(of.contextEquals !== null && isSame(contextEquals, of.contextEquals))) return false;
  if (contextSubset === null) return true;
  return [of.contextEquals, of.contextSubset].some((pairs) => pairs !== null && isSubset(contextSubset, pairs));
}

// Keys compare without case, values with it.
const lowered = (pairs: Pairs): Pairs => pairs.map(([key, value]) => [key.toLowerCase(), value]);
const canonical = (pairs: Pairs): string =>
  JSON.stringify(
    lowered(pairs)
      .map((pair) => JSON.stringify(pair))
      .sort(),
  );

const isSame = (a: Pairs, b: Pairs): boolean => canonical(a) === canonical(b);

/** Every pair is there, and none of its keys a second time with another value. */
function isSubset(wanted: Pairs, context: Pairs): boolean {
  const given = lowered(context);
  return lowered(wanted).every(([key, value]) => {
    const values = given.filter(([name]) => name === key);
    return values.length > 0 && values.every(([, found]) => found === value);
  });
}
