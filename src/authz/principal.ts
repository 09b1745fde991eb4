// Principals: who a policy or a grant names, and whether a caller is one of them.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
import type { Caller } from '../model/caller.ts';

export type Principal =
  | { readonly kind: 'everyone' }
  /** The account: all of its principals to whom its own policies give the same. */
  | { readonly kind: 'account'; readonly accountId: string }
  /** A role, and every session of it. */
  | { readonly kind: 'role'; readonly arn: string; readonly accountId: string; readonly name: string }
  /** A user, a session or a federated user: exactly this ARN. */
  | { readonly kind: 'identity'; readonly arn: string }
  /** A service of AWS or an identity provider: never a caller here. */
  | { readonly kind: 'outside' };

/** How a caller is one of the principals: it is named itself, or its account is. */
export type Match = 'self' | 'account' | undefined;

const accountId = /^\d{12}$/;
const root = /^arn:aws[a-z-]*:iam::(\d{12}):root$/;
const role = /^arn:aws[a-z-]*:iam::(\d{12}):role\/(?:[\w+=,.@/-]+\/)?([\w+=,.@-]+)$/;
const identity =
  /^arn:aws[a-z-]*:(?:iam::\d{12}:user\/[\w+=,.@/-]+|sts::\d{12}:assumed-role\/[\w+=,.@-]+\/[\w+=,.@-]+|sts::\d{12}:federated-user\/[\w+=,.@-]+)$/;
const session = /^arn:(aws[a-z-]*):sts::(\d{12}):assumed-role\/([^/]+)\/.+$/;
const service = /^[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com(\.cn)?$/;

export const everyone: Principal = { kind: 'everyone' };
export const outside: Principal = { kind: 'outside' };

/** Reads what stands under `AWS` in a policy, without `*`; undefined where it names no principal. */
export function parsePrincipal(text: string): Principal | undefined {
  if (accountId.test(text)) return { kind: 'account', accountId: text };
  const [, ofRoot] = root.exec(text) ?? [];
  if (ofRoot !== undefined) return { kind: 'account', accountId: ofRoot };
  const [, ofRole, name] = role.exec(text) ?? [];
  if (ofRole !== undefined && name !== undefined) return { kind: 'role', arn: text, accountId: ofRole, name };
  return identity.test(text) ? { kind: 'identity', arn: text } : undefined;
}

export const isServicePrincipal = (text: string): boolean => service.test(text);

/** The role of an assumed-role session: an STS ARN leaves out the path of the role, and names of roles are unique without it. */
function roleOfSession(
  arn: string,
): { readonly partition: string; readonly accountId: string; readonly name: string } | undefined {
  const [, partition, account, name] = session.exec(arn) ?? [];
  return partition === undefined || account === undefined || name === undefined
    ? undefined
    : { partition, accountId: account, name };
}

export function matchPrincipal(principal: Principal, caller: Caller): Match {
  switch (principal.kind) {
    case 'everyone':
      return 'self';
    case 'account':
      if (principal.accountId !== caller.accountId) return undefined;
      return root.test(caller.arn) ? 'self' : 'account';
    case 'role': {
      if (principal.arn === caller.arn) return 'self';
      const assumed = roleOfSession(caller.arn);
      return assumed?.accountId === principal.accountId && assumed.name === principal.name ? 'self' : undefined;
    }
    case 'identity':
      return principal.arn === caller.arn ? 'self' : undefined;
    case 'outside':
      return undefined;
  }
}

/** The best of several matches. */
export function matchAny(principals: readonly Principal[], caller: Caller): Match {
  let best: Match;
  for (const principal of principals) {
    const match = matchPrincipal(principal, caller);
    if (match === 'self') return 'self';
    best ??= match;
  }
  return best;
}

/** `aws:PrincipalArn`: of a session it is the ARN of the role. */
export function principalArn(caller: Caller): string {
  const assumed = roleOfSession(caller.arn);
  return assumed === undefined ? caller.arn : `arn:${assumed.partition}:iam::${assumed.accountId}:role/${assumed.name}`;
}

/** `aws:PrincipalType`. */
export function principalType(caller: Caller): string {
  if (root.test(caller.arn)) return 'Account';
  if (roleOfSession(caller.arn)) return 'AssumedRole';
  return caller.arn.includes(':federated-user/') ? 'FederatedUser' : 'User';
}

/** `aws:username`: users have one, sessions have none. */
export const userName = (caller: Caller): string | undefined => /:user\/(?:.*\/)?([^/]+)$/.exec(caller.arn)?.[1];
