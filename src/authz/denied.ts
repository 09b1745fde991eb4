// The text of AccessDeniedException: it tells who did not allow the call.
import type { Caller } from '../model/caller.ts';
import { AccessDeniedException } from '../model/errors/index.ts';
import type { Decision } from './evaluate.ts';

const reasons: Readonly<Record<Exclude<Decision, 'allowed'>, (action: string) => string>> = {
  'denied explicitly': () => 'with an explicit deny in a resource-based policy',
  'not by the key policy': (action) => `because no resource-based policy allows the ${action} action`,
  'not by the account': (action) => `because no identity-based policy allows the ${action} action`,
};

/** @param resource ARN of the key or alias; `*` for calls that name none */
export function accessDenied(
  caller: Caller,
  action: string,
  resource: string,
  decision: Exclude<Decision, 'allowed'>,
): AccessDeniedException {
  const name = `kms:${action}`;
  return new AccessDeniedException(
    `User: ${caller.arn} is not authorized to perform: ${name} on resource: ${resource} ${reasons[decision](name)}`,
  );
}
