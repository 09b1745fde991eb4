// The copies of a recoverable keyring: what backups are made of. Nothing else reads them, so a damaged one would be found when all else is lost.
import { isIntact } from '../keys/rekeep.ts';
import { StoreCorrupt } from '../model/errors/index.ts';
import type { KeyRecord } from '../model/key-record.ts';
import type { Ref } from '../store/port.ts';
import { isOwnKey } from './backup/sound-rows.ts';
import { keptOf, materialsOf } from './key-materials.ts';
import type { Keyring } from './keyring.ts';
import { copyRef, macKeyRef, materialRef, type SlotMark, slotRef, splitId } from './tables.ts';

interface Fault {
  readonly what: 'changed' | 'missing';
  readonly ref: Ref;
}

/** @param keys by the ids of their rows @param marks the slots that the keyring knows */
export async function faultyCopies(
  keyring: Keyring,
  keys: ReadonlyMap<string, KeyRecord>,
  marks: readonly SlotMark[],
): Promise<readonly Fault[]> {
  const { store, custody } = keyring.parts;
  const faults: Fault[] = [];
  try {
    const [own, ownCopy] = await store.read([macKeyRef, copyRef(macKeyRef)]);
    if (own && !(await isOwnKey(keyring, keptOf(own, ownCopy))))
      faults.push({ what: ownCopy ? 'changed' : 'missing', ref: copyRef(macKeyRef) });
    for (const [id, key] of keys)
      for (const known of materialsOf(key)) {
        const ref = materialRef(splitId(id).scope, key.id, known.id);
        const [row, copy] = await store.read([ref, copyRef(ref)]);
        // There is none of what the platform made.
        if (copy === undefined) continue;
        const kept = { value: row?.value ?? new Uint8Array(0), key: row?.key, copy: copy.value };
        if (!(await isIntact(custody, known, kept))) faults.push({ what: 'changed', ref: copyRef(ref) });
      }
  } catch (error) {
    // Without the slot of the device none of them can be read.
    if (!(error instanceof StoreCorrupt)) throw error;
    const device = marks.find(({ kind }) => kind === 'device');
    if (device) faults.push({ what: 'changed', ref: slotRef(device.id) });
  }
  return faults;
}
