// GetKeyPolicy, PutKeyPolicy, ListKeyPolicies. A key has one policy, and its name is `default`.
import type { GetKeyPolicyOutput, ListKeyPoliciesOutput } from '../model/api/index.ts';
import { NotFoundException } from '../model/errors/index.ts';
import { keyIdMember, limitMember, markerMember } from '../model/members.ts';
import { cutPage, pageSize, startOf } from '../model/page.ts';
import { policyMember, policyNameMember } from '../model/rare-members.ts';
import { flag, structure } from '../model/shape.ts';
import { authorise } from './authorise.ts';
import { type Body, change, resolveInDraft, resolveManaged, type Service } from './service.ts';

const onlyName = 'default';

const getKeyPolicyRequest = structure({ KeyId: keyIdMember }, { PolicyName: policyNameMember });

export async function getKeyPolicy(service: Service, input: unknown): Promise<Body<GetKeyPolicyOutput>> {
  const request = service.call.read(getKeyPolicyRequest, input);
  const key = await resolveManaged(service, request.KeyId);
  await authorise(service, key, 'GetKeyPolicy', request);
  requireOnlyName(request.PolicyName);
  return { Policy: key.policy, PolicyName: onlyName };
}

const putKeyPolicyRequest = structure(
  { KeyId: keyIdMember, Policy: policyMember },
  { PolicyName: policyNameMember, BypassPolicyLockoutSafetyCheck: flag },
);

export async function putKeyPolicy(service: Service, input: unknown): Promise<void> {
  const request = service.call.read(putKeyPolicyRequest, input);
  const isBypassed = request.BypassPolicyLockoutSafetyCheck;
  const { checkNewPolicy } = await import('./new-policy.ts');
  await change(service, async (draft) => {
    const key = await resolveInDraft(draft, service, request.KeyId);
    // Absent where the request leaves it out: AWS's own example asks for that with Null.
    await authorise(service, key, 'PutKeyPolicy', request, { 'kms:BypassPolicyLockoutSafetyCheck': isBypassed });
    requireOnlyName(request.PolicyName);
    checkNewPolicy(service, key, request.Policy, isBypassed);
    await draft.putKey({ ...key, policy: request.Policy });
  });
}

const listKeyPoliciesRequest = structure({ KeyId: keyIdMember }, { Limit: limitMember, Marker: markerMember });

export async function listKeyPolicies(service: Service, input: unknown): Promise<Body<ListKeyPoliciesOutput>> {
  const request = service.call.read(listKeyPoliciesRequest, input);
  const key = await resolveManaged(service, request.KeyId);
  await authorise(service, key, 'ListKeyPolicies', request);
  const listing = `ListKeyPolicies ${key.id}`;
  const after = startOf(request, listing);
  const names = [onlyName].filter((name) => after === undefined || name > after);
  const { page, end } = cutPage(names, pageSize(request, { standard: 100, most: 1000 }), listing, (name) => name);
  return { PolicyNames: [...page], ...end };
}

function requireOnlyName(name: string | undefined): void {
  if (name !== undefined && name !== onlyName) throw new NotFoundException('No such policy exists');
}
