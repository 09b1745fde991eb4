// EnableKeyRotation, DisableKeyRotation, GetKeyRotationStatus, RotateKeyOnDemand. How a key is rotated: keyring/rotation.ts.
import type { Draft } from '../keyring/draft.ts';
import { type RelatedKey, recordSynchronization, relatedKeys } from '../keyring/related.ts';
import { rotateNow } from '../keyring/rotation.ts';
import type { GetKeyRotationStatusOutput, RotateKeyOnDemandOutput } from '../model/api/index.ts';
import { keyArn, type Scope } from '../model/arn.ts';
import { ConflictException, KMSInvalidStateException, LimitExceededException } from '../model/errors/index.ts';
import { type KeyRecord, keyState, type RotationSchedule, requireEnabled } from '../model/key-record.ts';
import { keyIdMember } from '../model/members.ts';
import { requireNotReplica } from '../model/multi-region.ts';
import { rotationPeriodMember } from '../model/rare-members.ts';
import {
  enabledSchedule,
  mostOnDemandRotations,
  onDemandRotations,
  quietTime,
  requireOwnMaterial,
  requireRotatable,
  standardPeriod,
} from '../model/rotation.ts';
import { structure } from '../model/shape.ts';
import { authorise } from './authorise.ts';
import type { Conditions } from './conditions.ts';
import { type Body, change, resolveInDraft, resolveManaged, type Service, serviceFor } from './service.ts';

const enableRequest = structure({ KeyId: keyIdMember }, { RotationPeriodInDays: rotationPeriodMember });
const keyRequest = structure({ KeyId: keyIdMember }, {});

export async function enableKeyRotation(service: Service, input: unknown): Promise<void> {
  const request = service.call.read(enableRequest, input);
  const { RotationPeriodInDays: period } = request;
  const isSupported = (key: KeyRecord) => requireRotatable(key, service.scope);
  await setSchedule(
    service,
    'EnableKeyRotation',
    request,
    isSupported,
    (key, now) => enabledSchedule(key, period, now),
    {
      'kms:RotationPeriodInDays': period ?? standardPeriod,
    },
  );
}

export async function disableKeyRotation(service: Service, input: unknown): Promise<void> {
  const request = service.call.read(keyRequest, input);
  // What is never rotated has nothing to disable.
  await setSchedule(
    service,
    'DisableKeyRotation',
    request,
    () => {},
    () => null,
  );
}

async function setSchedule(
  service: Service,
  action: string,
  request: { readonly KeyId: string },
  requireSupport: (key: KeyRecord) => void,
  schedule: (key: KeyRecord, now: number) => RotationSchedule | null,
  conditions?: Conditions,
): Promise<void> {
  const { scope } = service;
  // A rotation whose date has passed happens under the old schedule.
  await resolveManaged(service, request.KeyId);
  await change(service, async (draft) => {
    const key = await resolveInDraft(draft, service, request.KeyId);
    await authorise(service, key, action, request, conditions);
    requireOwnMaterial(key, scope);
    requireNotReplica(key, scope, action);
    requireEnabled(key, scope);
    requireSupport(key);
    const rotation = schedule(key, draft.now);
    const related = await relatedKeys(draft, key);
    for (const each of related) await each.draft.putKey({ ...each.key, rotation });
    recordSynchronization(related);
  });
}

export async function getKeyRotationStatus(from: Service, input: unknown): Promise<Body<GetKeyRotationStatusOutput>> {
  const request = from.call.read(keyRequest, input);
  const service = serviceFor(from, request.KeyId);
  const key = await resolveManaged(service, request.KeyId);
  await authorise(service, key, 'GetKeyRotationStatus', request);
  requireOwnMaterial(key, service.scope);
  // The schedule of a key that is pending deletion comes back when the deletion is cancelled.
  const schedule = keyState(key) === 'PendingDeletion' ? undefined : key.rotation;
  const begun = key.next?.rotation;
  return {
    KeyId: keyArn(service.scope, key.id),
    KeyRotationEnabled: !!schedule,
    ...(schedule ? { RotationPeriodInDays: schedule.periodInDays, NextRotationDate: new Date(schedule.nextAt) } : {}),
    ...(begun?.type === 'ON_DEMAND' ? { OnDemandRotationStartDate: new Date(begun.startedAt) } : {}),
  };
}

export async function rotateKeyOnDemand(service: Service, input: unknown): Promise<Body<RotateKeyOnDemandOutput>> {
  const request = service.call.read(keyRequest, input);
  const { keyring, scope } = service;
  const { id } = await resolveManaged(service, request.KeyId);
  const resolve = async (draft: Draft): Promise<KeyRecord> => {
    const key = await resolveInDraft(draft, service, request.KeyId);
    await authorise(service, key, 'RotateKeyOnDemand', request);
    requireNotReplica(key, scope, 'RotateKeyOnDemand');
    requireEnabled(key, scope);
    requireRotatable(key, scope);
    return key;
  };
  const ring = {
    scope,
    materials: keyring.materials,
    at: (place: Scope) => keyring.at(place),
    // The call is recorded with the first of the commits.
    change: <T>(attempt: (draft: Draft) => Promise<T>) => change(service, attempt),
  };
  await rotateNow(ring, resolve, (related, now) => requireRotatableNow(related, scope, now));
  return { KeyId: keyArn(scope, id) };
}

function requireRotatableNow(related: readonly RelatedKey[], scope: Scope, now: number): void {
  const key = related[0]?.key;
  if (key === undefined) return;
  const arn = keyArn(scope, key.id);
  const isWaiting = key.next && !key.next.rotation && key.next.imported !== false;
  if (key.origin === 'EXTERNAL' && !isWaiting) {
    throw new KMSInvalidStateException(`No available key material pending rotation for the key: ${arn}.`);
  }
  if (isWaiting && related.some((each) => each.key.next?.imported === false)) {
    throw new KMSInvalidStateException(
      'Cannot perform key material rotation: Key material has not been imported for replicas of the Multi-Region key.',
    );
  }
  if (onDemandRotations(key) >= mostOnDemandRotations) {
    throw new LimitExceededException(
      `The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: ${arn}`,
    );
  }
  if (key.next?.rotation) throw new ConflictException(`A rotation of the key is in progress: ${arn}`);
  if (key.rotation && key.rotation.nextAt - now <= quietTime) {
    throw new ConflictException(`An automatic rotation of the key begins within the next 20 minutes: ${arn}`);
  }
}
