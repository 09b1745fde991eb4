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

export const standardPeriod = 365;

export const newSchedule = (periodInDays: number, now: number): RotationSchedule => ({
  periodInDays,
  nextAt: now + periodInDays * day,
});

/** What EnableKeyRotation makes of a schedule. A key that is rotated with that period, or for which none was named, keeps its date. */
export function enabledSchedule(key: KeyRecord, periodInDays: number | undefined, now: number): RotationSchedule {
  const kept = key.rotation?.periodInDays;
  return key.rotation && (periodInDays ?? kept) === kept
    ? key.rotation
    : newSchedule(periodInDays ?? standardPeriod, now);
}

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

export const isRotatable = (key: KeyRecord): boolean => key.spec === 'SYMMETRIC_DEFAULT';

/** After the state. @throws UnsupportedOperationException where keys of this kind are never rotated */
export function requireRotatable(key: KeyRecord, scope: Scope): void {
  if (isRotatable(key)) return;
  const arn = keyArn(scope, key.id);
  throw leaveUntold(
    new UnsupportedOperationException(`${arn} key spec is ${key.spec} which is not valid for this operation.`),
  );
}

/** Before the state. @throws UnsupportedOperationException where the material was imported, or lies in a custom key store */
export function requireOwnMaterial(key: KeyRecord, scope: Scope): void {
  if (key.origin !== 'AWS_KMS') throw wrongOrigin(keyArn(scope, key.id), key.origin);
}

export const wrongOrigin = (arn: string, origin: string): UnsupportedOperationException =>
  new UnsupportedOperationException(`${arn} origin is ${origin} which is not valid for this operation.`);
