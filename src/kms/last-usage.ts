// GetKeyLastUsage: the last successful cryptographic operation with a key. The event that records it has its id by its place in the
// trail, so it is looked for there.
import type { GetKeyLastUsageOutput, TrackedOperation } from '../model/api/index.ts';
import { keyIdMember } from '../model/members.ts';
import { structure } from '../model/shape.ts';
import { isShown } from '../trail/record.ts';
import { authorise } from './authorise.ts';
import { type Body, resolveManaged, type Service } from './service.ts';

/** The newest events, among which that of the last use is looked for. */
const mostEvents = 10_000;

const getKeyLastUsageRequest = structure({ KeyId: keyIdMember }, {});

export async function getKeyLastUsage(service: Service, input: unknown): Promise<Body<GetKeyLastUsageOutput>> {
  const request = service.call.read(getKeyLastUsageRequest, input);
  const key = await resolveManaged(service, request.KeyId);
  await authorise(service, key, 'GetKeyLastUsage', request);
  const use = await service.keyring.uses.of(key.id);
  const CloudTrailEventId = use && (await eventIdOf(service, use.requestId));
  const createdAt = new Date(key.createdAt);
  return {
    KeyId: key.id,
    KeyLastUsage:
      use === undefined
        ? {}
        : {
            Operation: use.operation as TrackedOperation,
            Timestamp: new Date(use.at),
            ...(CloudTrailEventId === undefined ? {} : { CloudTrailEventId }),
            KmsRequestId: use.requestId,
          },
    TrackingStartDate: createdAt,
    KeyCreationDate: createdAt,
  };
}

/** The id of the event of a call, where the trail still has it. */
async function eventIdOf({ keyring, scope }: Service, requestId: string): Promise<string | undefined> {
  if (keyring.log === undefined) return undefined;
  const reader = await keyring.readTrail();
  let left = mostEvents;
  for await (const numbered of reader.events()) {
    const { event } = numbered;
    if (event.requestId === requestId && isShown(event, scope.accountId, scope.region))
      return reader.eventId(numbered, scope.accountId);
    if (--left === 0) return undefined;
  }
  return undefined;
}
