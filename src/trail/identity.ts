// `userIdentity` of a record: who called, in CloudTrail's words. Unique ids of principals (AIDA..., AROA...) are AWS's own; the
// principal's name stands in their place here.
import type { TrailContext } from './event.ts';

export type UserIdentity = Readonly<Record<string, unknown>>;

/** @param accountId the account whose trail it is: of callers of another account it shows no more than the account */
export function userIdentity(context: TrailContext, accountId: string): UserIdentity {
  const { arn, callerAccountId, accessKeyId, viaService } = context;
  if (arn === null || callerAccountId === null) return { accountId: context.accountId, invokedBy: 'AWS Internal' };
  const via = viaService === null ? {} : { invokedBy: viaService };
  if (callerAccountId !== accountId)
    return { type: 'AWSAccount', principalId: callerAccountId, accountId: callerAccountId, ...via };
  const key = accessKeyId === null ? {} : { accessKeyId };
  return { ...principal(arn, callerAccountId, key), ...via };
}

function principal(arn: string, accountId: string, key: { readonly accessKeyId?: string }): UserIdentity {
  const [, partition] = arn.split(':');
  const [kind = '', ...path] = arn.split(':').slice(5).join(':').split('/');
  const name = path.at(-1) ?? '';
  if (kind === 'root') return { type: 'Root', principalId: accountId, arn, accountId, ...key };
  if (kind === 'user') return { type: 'IAMUser', principalId: name, arn, accountId, ...key, userName: name };
  if (kind === 'role') return { type: 'Role', principalId: name, arn, accountId, ...key, userName: name };
  if (kind === 'federated-user')
    return { type: 'FederatedUser', principalId: `${accountId}:${name}`, arn, accountId, ...key };
  if (kind !== 'assumed-role') return { type: 'Unknown', principalId: path.join('/'), arn, accountId, ...key };
  const role = path[0] ?? '';
  const sessionIssuer = {
    type: 'Role',
    principalId: role,
    arn: `arn:${partition}:iam::${accountId}:role/${role}`,
    accountId,
    userName: role,
  };
  return {
    type: 'AssumedRole',
    principalId: path.join(':'),
    arn,
    accountId,
    ...key,
    sessionContext: { sessionIssuer },
  };
}

/** The name that LookupEvents finds a caller by; undefined where there is none. */
export function userName(context: TrailContext): string | undefined {
  if (context.arn === null) return undefined;
  const resource = context.arn.split(':').slice(5).join(':');
  return resource === 'root' ? 'root' : resource.split('/').at(-1);
}
