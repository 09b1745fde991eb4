// GetPublicKey.
import { algorithmLists } from '../model/algorithms.ts';
import type { GetPublicKeyOutput } from '../model/api/index.ts';
import { leaveUntold } from '../model/errors/base.ts';
import { UnsupportedOperationException } from '../model/errors/index.ts';
import { requireEnabled } from '../model/key-record.ts';
import { type CustomerMasterKeySpec, isPairSpec } from '../model/key-spec.ts';
import { grantTokensMember, keyIdMember } from '../model/members.ts';
import { structure } from '../model/shape.ts';
import { publicKeyOf } from './asymmetric.ts';
import { authorise } from './authorise.ts';
import { type Body, resolve, type Service, serviceFor } from './service.ts';
import { arnOf } from './symmetric.ts';

const getPublicKeyRequest = structure({ KeyId: keyIdMember }, { GrantTokens: grantTokensMember });

export async function getPublicKey(from: Service, input: unknown): Promise<Body<GetPublicKeyOutput>> {
  const request = from.call.read(getPublicKeyRequest, input);
  const service = serviceFor(from, request.KeyId);
  const key = await resolve(service, request.KeyId);
  await authorise(service, key, 'GetPublicKey', request);
  requireEnabled(key, service.scope);
  const arn = arnOf(service, key);
  if (!isPairSpec(key.spec))
    throw leaveUntold(
      new UnsupportedOperationException(`${arn} key spec is ${key.spec} which is not valid for GetPublicKey.`),
    );
  return {
    KeyId: arn,
    PublicKey: publicKeyOf(key),
    // AWS repeats the spec here, although its type does not name the newer ones.
    CustomerMasterKeySpec: key.spec as CustomerMasterKeySpec,
    KeySpec: key.spec,
    KeyUsage: key.usage,
    ...algorithmLists(key),
  };
}
