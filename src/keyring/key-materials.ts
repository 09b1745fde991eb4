// All material that the records of keys name, for what moves whole keyrings: upgrades and backups.
import { fromBase64 } from '../formats/bytes.ts';
import { copyOf, type Kept, twinOf } from '../keys/custody.ts';
import type { KnownMaterial } from '../keys/rekeep.ts';
import { type KeyRecord, publicKeyOf } from '../model/key-record.ts';
import { isMacSpec, isPairSpec } from '../model/key-spec.ts';
import type { Ref, Row, Write } from '../store/port.ts';
import { copyRef } from './tables.ts';

/** Every material of a key: those it had, and the one that is to become current. */
export function materialsOf(key: KeyRecord): readonly KnownMaterial[] {
  const { spec, usage } = key;
  const kind = isMacSpec(spec) || isPairSpec(spec) ? { spec, usage } : undefined;
  return [...key.materials, ...(key.next ? [key.next] : [])].map((entry) => {
    const publicKey = publicKeyOf(entry);
    return { keyId: key.id, id: entry.id, kind, spki: publicKey === undefined ? undefined : fromBase64(publicKey) };
  });
}

/** What the row of a material and that of its copy hold together. */
export const keptOf = (row: Row, copy: Row | undefined): Kept => ({
  value: row.value,
  key: row.key,
  twin: twinOf(row),
  copy: copy?.value,
});

/** The rows of a material: its own, and that of its copy, which is removed where there is none. */
export function materialWrites(ref: Ref, kept: Kept): readonly Write[] {
  const copy = copyOf(kept);
  return [
    { ...ref, value: kept.value, key: kept.key, twin: twinOf(kept) },
    copy === undefined ? copyRef(ref) : { ...copyRef(ref), value: copy },
  ];
}
