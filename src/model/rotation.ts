// Rotation of symmetric keys: when one is due, and what a key is after it. Old material stays, so that old ciphertexts open.
// https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
import { keyArn, type Scope } from './arn.ts';
import { leaveUntold } from './errors/base.ts';
import { UnsupportedOperationException } from './errors/index.ts';
import { isPendingDeletion, isRotationLate, type KeyRecord, type RotationSchedule } from './key-record.ts';

const day = 86_400_000;
/** Quota: on-demand rotations of one key, ever. */
export const mostOnDemandRotations = 25;
/** On-demand rotation is refused where an automatic one begins within this many milliseconds. */
export const quietTime: number = 20 * 60_000;

export const newSchedule = (periodInDays: number, now: number): RotationSchedule => ({
  periodInDays,
  nextAt: now + periodInDays * day,
});

/**
 * True where the date has passed and the state allows it: a key that is disabled or pending deletion keeps its date, and is
 * rotated when it is enabled again.
 * @param key the primary, where there are replicas
 */
export const isRotationDue = (key: KeyRecord, now: number): boolean =>
  isRotationLate(key, now) && key.isEnabled && !isPendingDeletion(key);

/**
 * A key whose next material has become current. One rotation makes up for all dates that were missed; the next date is the
 * first one of the old schedule that is still to come.
 */
export function withNextCurrent(key: KeyRecord, now: number): KeyRecord {
  if (!key.next) return key;
  const { rotation, ...entry } = key.next;
  const type = rotation?.type ?? 'ON_DEMAND';
  const schedule = type === 'AUTOMATIC' ? key.rotation && afterRotation(key.rotation, now) : key.rotation;
  return {
    ...key,
    materials: [...key.materials, { ...entry, rotated: { at: now, type } }],
    next: null,
    rotation: schedule ?? null,
  };
}

function afterRotation(schedule: RotationSchedule, now: number): RotationSchedule {
  const period = schedule.periodInDays * day;
  const missed = Math.max(0, Math.floor((now - schedule.nextAt) / period));
  return { ...schedule, nextAt: schedule.nextAt + (missed + 1) * period };
}

export const onDemandRotations = (key: KeyRecord): number =>
  key.materials.filter(({ rotated }) => rotated?.type === 'ON_DEMAND').length;

/**
 * @param withExternal whether keys with imported material can do it
 * @throws UnsupportedOperationException where keys of this kind cannot do it
 */
export function requireRotatable(key: KeyRecord, scope: Scope, withExternal: boolean): void {
  const arn = keyArn(scope, key.id);
  if (key.spec !== 'SYMMETRIC_DEFAULT') {
    throw leaveUntold(
      new UnsupportedOperationException(`${arn} key spec is ${key.spec} which is not valid for this operation.`),
    );
  }
  if (key.origin !== 'AWS_KMS' && !withExternal) throw wrongOrigin(arn, key.origin);
}

export const wrongOrigin = (arn: string, origin: string): UnsupportedOperationException =>
  new UnsupportedOperationException(`${arn} origin is ${origin} which is not valid for this operation.`);
