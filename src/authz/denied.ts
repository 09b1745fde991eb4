// The text of AccessDeniedException: it tells who did not allow the call. To a caller of another account it neither names the
// key nor tells whether it is there.
import type { Caller } from '../model/caller.ts';
import { AccessDeniedException } from '../model/errors/index.ts';
import type { Decision } from './evaluate.ts';

type Denial = Exclude<Decision, 'allowed'>;

const reasons: Readonly<Record<Denial, (action: string) => string>> = {
  'denied explicitly': () => 'with an explicit deny in a resource-based policy',
  'not by the key policy': (action) => `because no resource-based policy allows the ${action} action`,
  'not by the account': (action) => `because no identity-based policy allows the ${action} action`,
};
const outside =
  'because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access';

/** @param resource ARN of the key or alias; `*` for calls that name none */
export function accessDenied(
  caller: Caller,
  action: string,
  resource: string,
  decision: Denial,
): AccessDeniedException {
  const name = `kms:${action}`;
  const [, owner = caller.accountId] = /^arn:aws[a-z-]*:kms:[^:]*:(\d{12}):/.exec(resource) ?? [];
  const isForeign = owner !== caller.accountId;
  const what = isForeign ? 'this resource' : `resource: ${resource}`;
  const why = isForeign && decision !== 'not by the account' ? outside : reasons[decision](name);
  return new AccessDeniedException(`User: ${caller.arn} is not authorized to perform: ${name} on ${what} ${why}`);
}
