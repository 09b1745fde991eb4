// Rotating a key: new material is written beside the old, read back in every Region of the key, and only then made current.
// Each of the two commits is a compare-and-swap, so of many tabs one begins a rotation, and any of them may finish it, also
// after a crash between the two.
import type { Scope } from '../model/arn.ts';
import { KeysNotKept } from '../model/errors/index.ts';
import type { KeyRecord, NextMaterial, RotationType } from '../model/key-record.ts';
import { isPrimary } from '../model/multi-region.ts';
import { isRotationDue, withNextCurrent } from '../model/rotation.ts';
import type { Draft } from './draft.ts';
import type { Materials } from './materials.ts';
import { changeRelated, type RelatedKey, recordSynchronization, relatedKeys } from './related.ts';

/** What a rotation needs of a keyring. */
interface Ring {
  readonly scope: Scope;
  readonly materials: Materials;
  at(scope: Scope): { readonly materials: Materials };
  change<T>(attempt: (draft: Draft) => Promise<T>): Promise<T>;
}

/** Rotates a key where its date has passed, and finishes a rotation that was begun. */
export async function rotateIfDue(ring: Ring, keyId: string): Promise<void> {
  const next = await ring.change(async (draft) => {
    const key = await draft.key(keyId);
    if (key?.next?.rotation) return key.next;
    const related = key && (await relatedKeys(draft, key));
    const primary = related?.find(({ draft, key }) => isPrimary(key, draft.scope))?.key;
    if (related === undefined || primary === undefined || !isRotationDue(primary, draft.now)) return undefined;
    return begin(ring, related, 'AUTOMATIC', draft.now);
  });
  if (next === undefined) return;
  try {
    await finish(ring, keyId, next);
  } catch (error) {
    // The old material stays current, and the rotation due: a key that can be used is not lost to one that cannot be made.
    if (!(error instanceof KeysNotKept)) throw error;
  }
}

/**
 * Rotates a key at once.
 * @param requireAllowed throws where the key may not be rotated now
 * @throws KeysNotKept where the new material cannot be read back; nothing was changed then
 */
export async function rotateNow(
  ring: Ring,
  resolve: (draft: Draft) => Promise<KeyRecord>,
  requireAllowed: (keys: readonly RelatedKey[], now: number) => void,
): Promise<void> {
  const begun = await ring.change(async (draft) => {
    const key = await resolve(draft);
    const related = await relatedKeys(draft, key);
    requireAllowed(related, draft.now);
    if (key.origin === 'AWS_KMS') return { key, next: await begin(ring, related, 'ON_DEMAND', draft.now) };
    // Imported material was read back when it was imported.
    for (const each of related) {
      recordRotation(each.draft, each.key, 'ON_DEMAND');
      await each.draft.putKey(withNextCurrent(each.key, draft.now));
    }
    recordSynchronization(related);
    return undefined;
  });
  if (begun !== undefined) await finish(ring, begun.key.id, begun.next);
}

function recordRotation(draft: Draft, key: KeyRecord, rotationType: RotationType): void {
  draft.recordOwn('RotateKey', key.id, {
    rotationType,
    keyOrigin: key.origin,
    previousKeyMaterialId: key.materials.at(-1)?.id ?? null,
    currentKeyMaterialId: key.next?.id ?? null,
    keyId: key.id,
  });
}

async function begin(
  ring: Ring,
  related: readonly RelatedKey[],
  type: RotationType,
  now: number,
): Promise<NextMaterial> {
  const keyId = related[0]?.key.id ?? '';
  const { id, kept } = await ring.materials.make(keyId);
  const next: NextMaterial = { id, createdAt: now, rotation: { startedAt: now, type } };
  for (const { draft, key } of related) {
    draft.putMaterial(keyId, id, kept);
    await draft.putKey({ ...key, next });
  }
  return next;
}

/** Does nothing where another tab finished it. */
async function finish(ring: Ring, keyId: string, next: NextMaterial): Promise<void> {
  const isStill = (key: KeyRecord | undefined): key is KeyRecord => key?.next?.id === next.id;
  const scopes = await ring.change(async (draft) => {
    const key = await draft.key(keyId);
    return isStill(key) ? (await relatedKeys(draft, key)).map((each) => each.draft.scope) : [];
  });
  try {
    for (const scope of scopes) {
      const { materials } = ring.at(scope);
      await materials.confirm(keyId, () => materials.prf(keyId, next.id));
    }
  } catch (error) {
    await ring.change(async (draft) => {
      const key = await draft.key(keyId);
      if (!isStill(key)) return;
      await changeRelated(draft, key, (each, there) => {
        there.removeMaterial(keyId, next.id);
        return { ...each, next: null };
      });
    });
    throw error;
  }
  await ring.change(async (draft) => {
    const key = await draft.key(keyId);
    if (!isStill(key)) return;
    const related = await relatedKeys(draft, key);
    for (const each of related) {
      recordRotation(each.draft, each.key, next.rotation?.type ?? 'ON_DEMAND');
      await each.draft.putKey(withNextCurrent(each.key, draft.now));
    }
    recordSynchronization(related);
  });
}
