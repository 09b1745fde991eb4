// DescribeKey.
import type { DescribeKeyOutput } from '../model/api/index.ts';
import { grantTokensMember, keyIdMember } from '../model/members.ts';
import { structure } from '../model/shape.ts';
import { authorise } from './authorise.ts';
import { keyMetadata } from './metadata.ts';
import { type Body, resolve, type Service, serviceFor } from './service.ts';

const describeKeyRequest = structure({ KeyId: keyIdMember }, { GrantTokens: grantTokensMember });

export async function describeKey(from: Service, input: unknown): Promise<Body<DescribeKeyOutput>> {
  const request = from.call.read(describeKeyRequest, input);
  const service = serviceFor(from, request.KeyId);
  const key = await resolve(service, request.KeyId, false);
  await authorise(service, key, 'DescribeKey', request);
  return { KeyMetadata: keyMetadata(key, service.scope) };
}
