// Removing a key whose deletion date has come: its record, its material, its aliases and its grants, in one commit.
import { isDue } from '../model/key-record.ts';
import type { Store } from '../store/port.ts';
import type { Draft } from './draft.ts';
import { grantIds } from './grants.ts';

/** Does nothing where another tab was faster, or the deletion was cancelled. */
export async function purge(store: Store, newDraft: () => Draft, keyId: string): Promise<void> {
  for (;;) {
    const draft = newDraft();
    const key = await draft.keyEvenIfDue(keyId);
    if (key === undefined || !isDue(key, draft.now)) return;
    for (const material of key.materials) draft.removeMaterial(keyId, material.id);
    for (const name of key.aliases) draft.removeAlias(name);
    if (key.grants?.count) for (const id of await grantIds(store, draft.scope, keyId)) draft.removeGrant(keyId, id);
    draft.removeUse(keyId);
    draft.removeKey(keyId);
    const keyring = await draft.keyring();
    await draft.putKeyring({ ...keyring, keyCount: keyring.keyCount - 1 });
    if (await store.commit(draft.checks, draft.writes, 'strict')) return;
  }
}
