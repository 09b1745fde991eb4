// A key policy that is to come into force: well formed, and not one that locks its writer out.
import { parsePolicy } from '../authz/policy-document.ts';
import { MalformedPolicyDocumentException } from '../model/errors/index.ts';
import type { KeyRecord } from '../model/key-record.ts';
import { decide } from './judgement.ts';
import type { Service } from './service.ts';

/**
 * @param key the key as it is, or is going to be
 * @param isBypassed leaves out the question whether the caller could change the policy again
 * @throws LimitExceededException, MalformedPolicyDocumentException
 */
export function checkNewPolicy(
  service: Service,
  key: Omit<KeyRecord, 'materials'>,
  policy: string,
  isBypassed: boolean | undefined,
): void {
  const parsed = parsePolicy(policy);
  if (isBypassed === true) return;
  const decision = decide(service, { ...key, materials: [] }, parsed, 'PutKeyPolicy', { KeyId: key.id }, {});
  // What is left to the account is enough: the account's policies can be changed elsewhere.
  if (decision === 'allowed' || decision === 'not by the account') return;
  throw new MalformedPolicyDocumentException(
    'The new key policy will not allow you to update the key policy in the future.',
  );
}
