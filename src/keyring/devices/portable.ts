// What of a key can go to another device: its record as a replica has it, and the bytes of its material.
import type { PortableKey, PortableMaterial } from '../../formats/device-parcel.ts';
import type { Kept } from '../../keys/custody.ts';
import { KeyUndecryptable } from '../../model/errors/index.ts';
import type { KeyRecord } from '../../model/key-record.ts';
import { keptOf, materialsOf } from '../key-materials.ts';
import type { Keyring } from '../keyring.ts';
import { copyRef, materialRef } from '../tables.ts';

export interface Released {
  /** Oldest first; the caller wipes them. Of imported material there are the entries alone. */
  readonly materials: readonly PortableMaterial[];
  /** Ids of older material that the platform made and gives to nobody: what was sealed under it opens on this device only. */
  readonly missing: readonly string[];
}

/**
 * The material of a key.
 * @returns undefined where the platform made the current one and gives it to nobody
 * @throws KeyUndecryptable
 */
export async function releaseMaterials(keyring: Keyring, key: KeyRecord): Promise<Released | undefined> {
  if (key.origin === 'EXTERNAL')
    return { materials: key.materials.map((entry) => ({ entry, bytes: undefined })), missing: [] };
  const released: PortableMaterial[] = [];
  const missing: string[] = [];
  for (const [index, { id, kind }] of materialsOf({ ...key, next: null }).entries()) {
    const entry = key.materials[index];
    const kept = await keptMaterial(keyring, key.id, id);
    const bytes = await keyring.parts.custody.release(key.id, kept, kind === undefined ? 'material' : 'secret');
    if (bytes === undefined) missing.push(id);
    else if (entry !== undefined) released.push({ entry, bytes });
  }
  if (missing.includes(key.materials.at(-1)?.id ?? '')) {
    wipeMaterials(released);
    return undefined;
  }
  return { materials: released, missing };
}

async function keptMaterial({ parts: { store }, scope }: Keyring, keyId: string, id: string): Promise<Kept> {
  const ref = materialRef(scope, keyId, id);
  const [row, copy] = await store.read([ref, copyRef(ref)]);
  if (row === undefined) throw new KeyUndecryptable(`The material of key ${keyId} is missing from the store.`);
  return keptOf(row, copy);
}

export function wipeMaterials(materials: readonly PortableMaterial[]): void {
  for (const { bytes } of materials) bytes?.fill(0);
}

export const portableKey = (key: KeyRecord, materials: readonly PortableMaterial[]): PortableKey => ({
  id: key.id,
  spec: key.spec,
  usage: key.usage,
  origin: key.origin,
  regions: { primary: key.regions?.primary ?? '', replicas: key.regions?.replicas ?? [] },
  description: key.description,
  policy: key.policy,
  tags: key.tags,
  rotation: key.rotation ?? null,
  materials,
});
