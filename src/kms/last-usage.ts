// GetKeyLastUsage: the last successful cryptographic operation with a key.
import type { GetKeyLastUsageOutput, TrackedOperation } from '../model/api/index.ts';
import { keyIdMember } from '../model/members.ts';
import { structure } from '../model/shape.ts';
import { authorise } from './authorise.ts';
import { type Body, resolveManaged, type Service } from './service.ts';

const getKeyLastUsageRequest = structure({ KeyId: keyIdMember }, {});

export async function getKeyLastUsage(service: Service, input: unknown): Promise<Body<GetKeyLastUsageOutput>> {
  const request = service.call.read(getKeyLastUsageRequest, input);
  const key = await resolveManaged(service, request.KeyId);
  await authorise(service, key, 'GetKeyLastUsage', request);
  const use = await service.keyring.uses.of(key.id);
  const createdAt = new Date(key.createdAt);
  return {
    KeyId: key.id,
    KeyLastUsage:
      use === undefined
        ? {}
        : {
            Operation: use.operation as TrackedOperation,
            Timestamp: new Date(use.at),
            KmsRequestId: use.requestId,
          },
    TrackingStartDate: createdAt,
    KeyCreationDate: createdAt,
  };
}
