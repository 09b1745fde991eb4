// Keys that only this device has: their material was made inside the platform, before the keyring had a root, and no root can wrap it.
import { copyOf, type Kept } from '../../keys/custody.ts';
import type { Scope } from '../../model/arn.ts';
import type { Keyring } from '../keyring.ts';
import { allRows } from '../row-digest.ts';
import { macKeyRef, splitId } from '../tables.ts';

export interface UnwrappedKey {
  readonly scope: Scope;
  readonly keyId: string;
  /** Ids of the material that no root wraps. */
  readonly materials: readonly string[];
}

/** True where a root, or another device with it, could open what a row holds. */
export const isWrapped = (kept: Kept): boolean =>
  copyOf(kept) !== undefined || (kept.value.length > 0 && kept.key === undefined);

/** The row of a material by its id, in parts; undefined for the keyring's own key, and for wrapping keys of imports. */
export function splitMaterialId(
  id: string,
): { readonly scope: Scope; readonly keyId: string; readonly materialId: string } | undefined {
  if (id === macKeyRef.id) return undefined;
  const { scope, rest } = splitId(id);
  const [keyId = '', materialId = ''] = rest.split('/');
  return materialId.startsWith('import-') ? undefined : { scope, keyId, materialId };
}

/** @param damaged ids of rows whose material does not open under the root: it is as good as not wrapped */
export async function unwrappedKeys(
  { parts: { store } }: Keyring,
  damaged: ReadonlySet<string> = new Set(),
): Promise<readonly UnwrappedKey[]> {
  const copies = new Set<string>();
  for await (const { id } of allRows(store, 'copies')) copies.add(id);
  const found = new Map<string, { scope: Scope; keyId: string; materials: string[] }>();
  for await (const row of allRows(store, 'materials')) {
    const place = splitMaterialId(row.id);
    if (place === undefined) continue;
    const isInBackups = copies.has(row.id) || isWrapped({ value: row.value, key: row.key });
    if (isInBackups && !damaged.has(row.id)) continue;
    const { scope, keyId, materialId } = place;
    const name = `${scope.accountId}/${scope.region}/${keyId}`;
    const key = found.get(name) ?? { scope, keyId, materials: [] };
    key.materials.push(materialId);
    found.set(name, key);
  }
  return [...found.values()];
}
