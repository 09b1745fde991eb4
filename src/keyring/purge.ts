// Removing a key whose deletion date has come: its record, its material, its aliases and its grants, in one commit.
import { isDue, type KeyRecord } from '../model/key-record.ts';
import { regionsOf } from '../model/multi-region.ts';
import type { Store } from '../store/port.ts';
import type { Draft } from './draft.ts';
import { grantIds } from './grants.ts';

const day = 86_400_000;

/** Does nothing where another tab was faster, or the deletion was cancelled. */
export async function purge(
  store: Store,
  newDraft: () => Promise<Draft>,
  materialNames: () => Promise<readonly string[]>,
  keyId: string,
): Promise<void> {
  for (;;) {
    const draft = await newDraft();
    const key = await draft.keyEvenIfDue(keyId);
    if (key === undefined || !isDue(key, draft.now)) return;
    for (const name of await materialNames()) draft.removeMaterial(keyId, name);
    for (const name of key.aliases) draft.removeAlias(name);
    if (key.grants?.count) for (const id of await grantIds(store, draft.scope, keyId)) draft.removeGrant(keyId, id);
    draft.removeUse(keyId);
    draft.removeKey(keyId);
    draft.recordOwn('DeleteKey', keyId, null);
    const { nextDeletion, deletionCount, keyCount, ...keyring } = await draft.keyring();
    const followingAt = await leaveRelated(draft, key);
    await draft.putKeyring({
      ...keyring,
      keyCount: keyCount - 1,
      nextDeletion: followingAt === null ? nextDeletion : Math.min(nextDeletion ?? followingAt, followingAt),
      deletionCount: followingAt === null ? deletionCount : deletionCount + 1,
    });
    if (await draft.commit()) return;
  }
}

/**
 * Takes a replica out of the records of its related keys. Where it was the last, and the primary waits for that, the primary's
 * waiting period began at the replica's deletion date.
 * @returns the primary's deletion date, or null
 */
async function leaveRelated(draft: Draft, key: KeyRecord): Promise<number | null> {
  const { primary, replicas } = regionsOf(key, draft.scope);
  const left = replicas.filter((region) => region !== draft.scope.region);
  let followingAt: number | null = null;
  for (const region of [primary, ...left]) {
    const there = draft.at({ ...draft.scope, region });
    const related = region === draft.scope.region ? undefined : await there.keyEvenIfDue(key.id);
    if (related === undefined) continue;
    const begins = region === primary && left.length === 0 && typeof related.deletionWindow === 'number';
    if (begins) followingAt = (key.deletionAt ?? draft.now) + (related.deletionWindow ?? 0) * day;
    await there.putKey({
      ...related,
      regions: { ...related.regions, primary, replicas: left },
      ...(begins ? { deletionAt: followingAt, deletionWindow: null } : {}),
    });
  }
  return followingAt;
}
