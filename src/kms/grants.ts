// CreateGrant, ListGrants, ListRetirableGrants, RetireGrant, RevokeGrant: their requests are read here; what they do is in
// grant-acts.ts, which is loaded on first use.
import type { CreateGrantOutput, ListGrantsOutput } from '../model/api/index.ts';
import { dryRunMember, grantTokensMember, keyIdMember, limitMember, markerMember } from '../model/members.ts';
import {
  grantIdMember,
  grantNameMember,
  grantOperationsMember,
  grantTokenMember,
  principalMember,
  sourceArnMember,
} from '../model/rare-members.ts';
import { structure, textMap } from '../model/shape.ts';
import type { Body, Service } from './service.ts';

const acts = () => import('./grant-acts.ts');

const createGrantRequest = structure(
  { KeyId: keyIdMember, Operations: grantOperationsMember },
  {
    GranteePrincipal: principalMember,
    RetiringPrincipal: principalMember,
    Constraints: structure(
      {},
      {
        EncryptionContextSubset: textMap,
        EncryptionContextEquals: textMap,
        SourceArn: sourceArnMember,
      },
    ),
    GrantTokens: grantTokensMember,
    Name: grantNameMember,
    DryRun: dryRunMember,
    GranteeServicePrincipal: principalMember,
    RetiringServicePrincipal: principalMember,
  },
);

export async function createGrant(service: Service, input: unknown): Promise<Body<CreateGrantOutput>> {
  const request = service.call.read(createGrantRequest, input);
  return (await acts()).createGrant(service, request);
}

const listGrantsRequest = structure(
  { KeyId: keyIdMember },
  {
    GrantId: grantIdMember,
    GranteePrincipal: principalMember,
    GranteeServicePrincipal: principalMember,
    Limit: limitMember,
    Marker: markerMember,
  },
);

export async function listGrants(service: Service, input: unknown): Promise<Body<ListGrantsOutput>> {
  const request = service.call.read(listGrantsRequest, input);
  return (await acts()).listGrants(service, request);
}

const listRetirableGrantsRequest = structure(
  {},
  {
    RetiringPrincipal: principalMember,
    RetiringServicePrincipal: principalMember,
    Limit: limitMember,
    Marker: markerMember,
  },
);

export async function listRetirableGrants(service: Service, input: unknown): Promise<Body<ListGrantsOutput>> {
  const request = service.call.read(listRetirableGrantsRequest, input);
  return (await acts()).listRetirableGrants(service, request);
}

const retireGrantRequest = structure(
  {},
  {
    GrantToken: grantTokenMember,
    KeyId: keyIdMember,
    GrantId: grantIdMember,
    DryRun: dryRunMember,
  },
);

export async function retireGrant(service: Service, input: unknown): Promise<void> {
  const request = service.call.read(retireGrantRequest, input);
  await (await acts()).retireGrant(service, request);
}

const revokeGrantRequest = structure({ KeyId: keyIdMember, GrantId: grantIdMember }, { DryRun: dryRunMember });

export async function revokeGrant(service: Service, input: unknown): Promise<void> {
  const request = service.call.read(revokeGrantRequest, input);
  await (await acts()).revokeGrant(service, request);
}
