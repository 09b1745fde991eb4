// Requests and replies of the operations on key policies.
import type { PageInput, PageOutput, Reply } from './common.ts';
import type { KeyInput } from './keys.ts';

export interface GetKeyPolicyInput extends KeyInput {
  /** `default`, which is the only policy that a key has. */
  PolicyName?: string | undefined;
}

export interface GetKeyPolicyOutput extends Reply {
  /** As it was put, to the letter. */
  Policy: string;
  PolicyName: string;
}

export interface PutKeyPolicyInput extends GetKeyPolicyInput {
  /** A key policy as JSON, up to 32 768 bytes. It is in force when the call returns. */
  Policy: string | undefined;
  /** True puts the policy also where the caller could not change it again. */
  BypassPolicyLockoutSafetyCheck?: boolean | undefined;
}

export interface ListKeyPoliciesInput extends KeyInput, PageInput {}

export interface ListKeyPoliciesOutput extends PageOutput {
  PolicyNames: string[];
}
