// Doing at once what is due: for a process that can wake itself. Nothing depends on it, because whoever looks at a key settles
// what is due before; it only keeps dates from passing unnoticed where nobody looks.
import { isDue, type KeyRecord } from '../model/key-record.ts';

/** When something becomes due for a key next, in milliseconds since 1970; undefined where nothing does. */
export function nextDate(key: KeyRecord): number | undefined {
  const dates = [
    key.deletionAt,
    // A key that is disabled or pending deletion is not rotated, whatever its date.
    key.isEnabled && key.deletionAt === null ? key.rotation?.nextAt : null,
    ...[...key.materials, ...(key.next ? [key.next] : [])].map(({ imported }) =>
      typeof imported === 'object' ? imported.expiresAt : null,
    ),
  ].filter((date) => typeof date === 'number');
  return dates.length === 0 ? undefined : Math.min(...dates);
}

/** The earlier of two dates, either of which may be missing. */
export const earlier = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);

/** True where looking at the key would change it. */
export const needsSettling = (key: KeyRecord, now: number): boolean =>
  isDue(key, now) || key.next?.rotation !== undefined || (nextDate(key) ?? Number.POSITIVE_INFINITY) <= now;
