// The key policy that keyhaven writes itself.
import type { Scope } from './arn.ts';
import { rootArn } from './caller.ts';

/** The policy that a key gets where none is given: the account may do everything. */
export function defaultPolicy(scope: Scope): string {
  const statement = {
    Sid: 'Enable IAM User Permissions',
    Effect: 'Allow',
    Principal: { AWS: rootArn(scope) },
    Action: 'kms:*',
    Resource: '*',
  };
  return JSON.stringify({ Version: '2012-10-17', Id: 'key-default-1', Statement: [statement] }, null, 2);
}
