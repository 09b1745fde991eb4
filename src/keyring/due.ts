// Doing at once what is due: for a process that can wake itself. Nothing depends on it, because whoever looks at a key settles
// what is due before; it only keeps dates from passing unnoticed where nobody looks.
import { isDue, type KeyRecord } from '../model/key-record.ts';
import { ifKnown } from './format.ts';
import type { Keyring } from './keyring.ts';
import { allRows } from './row-digest.ts';
import { splitId } from './tables.ts';

/** When something becomes due for a key next, in milliseconds since 1970; undefined where nothing does. */
function nextDate(key: KeyRecord): number | undefined {
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
const earlier = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);

/** True where looking at the key would change it. */
const needsSettling = (key: KeyRecord, now: number): boolean =>
  isDue(key, now) || key.next?.rotation !== undefined || (nextDate(key) ?? Number.POSITIVE_INFINITY) <= now;

/**
 * Does what is due for any key of any account and Region.
 * @returns when something is due next, in milliseconds since 1970; undefined where nothing is
 */
export async function settleAll(keyring: Keyring): Promise<number | undefined> {
  const { store, codec } = keyring.parts;
  await keyring.sweep();
  let next: number | undefined;
  for await (const row of allRows(store, 'keys')) {
    const found: KeyRecord | undefined = await ifKnown(codec.decodeOnce({ table: 'keys', id: row.id }, row));
    if (found === undefined) continue;
    const { scope } = splitId(row.id);
    const isLate = needsSettling(found, keyring.now);
    const key = isLate ? await keyring.at(scope).find({ kind: 'key', id: found.id }) : found;
    next = earlier(next, key && nextDate(key));
  }
  return next;
}
