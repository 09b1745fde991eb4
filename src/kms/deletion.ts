// ScheduleKeyDeletion and CancelKeyDeletion. The date is stored; nothing but the date decides when the key is gone.

import type { CancelKeyDeletionOutput, ScheduleKeyDeletionOutput } from '../model/api/index.ts';
import { keyArn } from '../model/arn.ts';
import { requireNotPendingDeletion, requirePendingDeletion } from '../model/key-record.ts';
import { keyIdMember } from '../model/members.ts';
import { regionsOf } from '../model/multi-region.ts';
import { narrowPendingWindowMember, pendingWindowMember } from '../model/rare-members.ts';
import { readRequest, structure } from '../model/shape.ts';
import { authorise } from './authorise.ts';
import { usageConditions } from './conditions.ts';
import { type Body, change, resolveInDraft, type Service } from './service.ts';

const day = 86_400_000;

const scheduleKeyDeletionRequest = structure({ KeyId: keyIdMember }, { PendingWindowInDays: pendingWindowMember });

/** Narrower than the service model. */
const serviceLimits = structure({}, { PendingWindowInDays: narrowPendingWindowMember });

export async function scheduleKeyDeletion(service: Service, input: unknown): Promise<Body<ScheduleKeyDeletionOutput>> {
  const request = service.call.read(scheduleKeyDeletionRequest, input);
  readRequest(serviceLimits, { PendingWindowInDays: request.PendingWindowInDays });
  const days = request.PendingWindowInDays ?? 30;
  const { scope } = service;
  return change(service, async (draft) => {
    const key = await resolveInDraft(draft, service, request.KeyId);
    await authorise(service, key, 'ScheduleKeyDeletion', request, async () => ({
      'kms:ScheduleKeyDeletionPendingWindowInDays': days,
      ...(await usageConditions(service, key)),
    }));
    requireNotPendingDeletion(key, scope);
    const record = await draft.keyring();
    const { primary, replicas } = regionsOf(key, scope);
    if (primary === scope.region && replicas.length > 0) {
      // The waiting period begins when the last replica is gone: keyring/purge.ts.
      await draft.putKey({ ...key, deletionWindow: days });
      service.call.respond({ KeyState: 'PendingReplicaDeletion', PendingWindowInDays: days });
      return { KeyId: keyArn(scope, key.id), KeyState: 'PendingReplicaDeletion' as const, PendingWindowInDays: days };
    }
    // A clock that was set back must not shorten the wait once it is right again.
    const deletionAt = Math.max(draft.now, record.latestTime) + days * day;
    await draft.putKey({ ...key, deletionAt });
    await draft.putKeyring({
      ...record,
      nextDeletion: Math.min(record.nextDeletion ?? deletionAt, deletionAt),
      deletionCount: record.deletionCount + 1,
    });
    service.call.respond({ KeyState: 'PendingDeletion', DeletionDate: deletionAt });
    return {
      KeyId: keyArn(scope, key.id),
      DeletionDate: new Date(deletionAt),
      KeyState: 'PendingDeletion' as const,
      PendingWindowInDays: days,
    };
  });
}

const cancelKeyDeletionRequest = structure({ KeyId: keyIdMember }, {});

export async function cancelKeyDeletion(service: Service, input: unknown): Promise<Body<CancelKeyDeletionOutput>> {
  const request = service.call.read(cancelKeyDeletionRequest, input);
  const { scope } = service;
  return change(service, async (draft) => {
    const key = await resolveInDraft(draft, service, request.KeyId);
    await authorise(service, key, 'CancelKeyDeletion', request);
    requirePendingDeletion(key, scope);
    await draft.putKey({ ...key, deletionAt: null, deletionWindow: null, isEnabled: false });
    return { KeyId: keyArn(scope, key.id) };
  });
}
