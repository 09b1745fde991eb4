// Key policy documents as CreateKey stores them. They are kept, not yet evaluated.
import { LimitExceededException, MalformedPolicyDocumentException } from './errors/index.ts';

/** Quota: bytes of one key policy. */
const mostPolicyBytes = 32_768;

/** The policy that a key gets where none is given: the account may do everything. */
export function defaultPolicy(accountId: string): string {
  const statement = {
    Sid: 'Enable IAM User Permissions',
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${accountId}:root` },
    Action: 'kms:*',
    Resource: '*',
  };
  return JSON.stringify({ Version: '2012-10-17', Id: 'key-default-1', Statement: [statement] }, null, 2);
}

/** @throws LimitExceededException, MalformedPolicyDocumentException */
export function checkPolicy(policy: string): void {
  if (new TextEncoder().encode(policy).length > mostPolicyBytes) {
    throw new LimitExceededException(`The key policy is larger than ${mostPolicyBytes} bytes.`);
  }
  let document: unknown;
  try {
    document = JSON.parse(policy);
  } catch (cause) {
    throw new MalformedPolicyDocumentException('Policy is not valid JSON.', { cause });
  }
  const isObject = typeof document === 'object' && document !== null && !Array.isArray(document);
  if (!isObject || !Object.hasOwn(document as object, 'Statement')) {
    throw new MalformedPolicyDocumentException('Policy must be a JSON object with a Statement.');
  }
}
