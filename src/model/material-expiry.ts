// Imported material expires at a date of its own. As with deletion, nothing but the stored date decides.
import type { KeyRecord, MaterialEntry } from './key-record.ts';

const isExpired = ({ imported }: MaterialEntry, now: number): boolean =>
  typeof imported === 'object' && imported.expiresAt !== null && imported.expiresAt <= now;

/** Ids of imported material whose date has passed. */
export const expiredMaterials = (key: KeyRecord, now: number): readonly string[] =>
  key.origin !== 'EXTERNAL'
    ? []
    : [...key.materials, ...(key.next ? [key.next] : [])].filter((entry) => isExpired(entry, now)).map(({ id }) => id);

/** A key without some of its imported material, which can be imported again. */
export function withoutImported(key: KeyRecord, ids: readonly string[]): KeyRecord {
  const without = <T extends MaterialEntry>(entry: T): T =>
    ids.includes(entry.id) ? { ...entry, imported: false } : entry;
  return { ...key, materials: key.materials.map(without), ...(key.next ? { next: without(key.next) } : {}) };
}
