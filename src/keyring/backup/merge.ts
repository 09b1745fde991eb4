// Taking from a backup what is missing here: keys, their grants and the aliases whose names are free. Each key is whole or absent, so a
// merge that was cut off is done again from the start.

import type { Kept } from '../../keys/custody.ts';
import { rekeep } from '../../keys/rekeep.ts';
import type { Scope } from '../../model/arn.ts';
import { BackupOutdated, KeyUndecryptable } from '../../model/errors/index.ts';
import { elsewhereOf, type KeyRecord } from '../../model/key-record.ts';
import { deviceOf, devicesOf, withDevice } from '../devices/registry.ts';
import type { Draft } from '../draft.ts';
import { Grants } from '../grants.ts';
import { keptOf, materialsOf } from '../key-materials.ts';
import type { Keyring } from '../keyring.ts';
import { allRows } from '../row-digest.ts';
import { aliasRef, type KeyringRecord, materialRef, splitId } from '../tables.ts';
import { isBehind, isSame } from './outdated.ts';
import type { OpenBackup } from './read.ts';
import type { RestorePlan } from './restore.ts';

export interface Merged {
  /** Keys that were taken. */
  added: number;
  /** Keys that were here: they stay as they are, and get back material that was missing. */
  kept: number;
}

/** @throws BackupOutdated where the backup is of an older generation of this keyring: keys that were deleted would be back */
export async function mergeBackup(
  keyring: Keyring,
  backup: OpenBackup,
  plan: Pick<RestorePlan, 'allowRollback' | 'onProgress'>,
): Promise<Merged> {
  const here = await keyring.change((draft) => draft.keyring());
  if (!plan.allowRollback && isBehind(backup.record, here) && !isSame(backup.record, here))
    throw new BackupOutdated(
      `The backup is of generation ${backup.record.generation}, and the keyring here of ${here.generation}: keys that were deleted since would be back. Pass allowRollback: true to take it.`,
    );
  const total = await backup.store.count('keys');
  const merged: Merged = { added: 0, kept: 0 };
  for await (const row of allRows(backup.store, 'keys')) {
    const { scope } = splitId(row.id);
    const key = await backup.codec.decodeOnce({ table: 'keys', id: row.id }, row);
    if (await mergeKey(keyring.at(scope), backup, scope, key)) merged.added++;
    else merged.kept++;
    plan.onProgress({ done: merged.added + merged.kept, total });
  }
  return merged;
}

/**
 * With the devices that have replicas of a key: without them nobody could revoke one, and a key that waits for its replica to be gone
 * would wait for ever. A slot that such a device has is of the root of the backup, and not of this one.
 */
function withHolders(here: KeyringRecord, there: KeyringRecord, { accountId }: Scope, key: KeyRecord): KeyringRecord {
  const regions = key.regions ? elsewhereOf(key.regions) : [];
  return devicesOf(there)
    .filter((device) => device.accountId === accountId && regions.includes(device.region))
    .filter(({ id }) => id !== here.id && deviceOf(here, id) === undefined)
    .reduce((record, { id, name, region, addedAt }) => {
      return withDevice(record, { id, name, accountId, region, addedAt, state: 'added' });
    }, here);
}

interface Moved {
  readonly id: string;
  readonly kept: Kept;
}

/** @returns false where the key is here */
async function mergeKey(keyring: Keyring, backup: OpenBackup, scope: Scope, key: KeyRecord): Promise<boolean> {
  const materials = await movedMaterials(keyring, backup, scope, key);
  const grants = await new Grants(backup.store, backup.codec, scope).of(key);
  return keyring.change(async (draft) => {
    const existing = await draft.keyEvenIfDue(key.id);
    if (existing !== undefined) {
      await putMissing(draft, existing, materials);
      return false;
    }
    const record = withHolders(await draft.keyring(), backup.record, scope, key);
    const aliases = await freeAliases(draft, backup, key);
    await draft.putKey({ ...key, aliases });
    for (const { id, kept } of materials) draft.putMaterial(key.id, id, kept);
    for (const grant of grants) await draft.putGrant(grant);
    const { deletionAt } = key;
    await draft.putKeyring({
      ...record,
      keyCount: record.keyCount + 1,
      nextDeletion: deletionAt === null ? record.nextDeletion : Math.min(record.nextDeletion ?? deletionAt, deletionAt),
      deletionCount: record.deletionCount + (deletionAt === null ? 0 : 1),
    });
    return true;
  });
}

async function movedMaterials(
  keyring: Keyring,
  { store, custody }: OpenBackup,
  scope: Scope,
  key: KeyRecord,
): Promise<readonly Moved[]> {
  const moved: Moved[] = [];
  for (const known of materialsOf(key)) {
    const [row] = await store.read([materialRef(scope, key.id, known.id)]);
    const kept = row && (await rekeep(custody, keyring.parts.custody, known, keptOf(row, undefined)));
    if (kept !== undefined) moved.push({ id: known.id, kept });
  }
  return moved;
}

/** Gives a key back what its record names and the store has lost. */
async function putMissing(draft: Draft, key: KeyRecord, materials: readonly Moved[]): Promise<void> {
  for (const { id, kept } of materials) {
    if (!materialsOf(key).some((known) => known.id === id)) continue;
    const isHere = await draft.material(key.id, id).then(
      () => true,
      (error: unknown) => {
        if (error instanceof KeyUndecryptable) return false;
        throw error;
      },
    );
    if (!isHere) draft.putMaterial(key.id, id, kept);
  }
}

/** Aliases of the backup whose names nobody has here. */
async function freeAliases(draft: Draft, { store, codec }: OpenBackup, key: KeyRecord): Promise<readonly string[]> {
  const free: string[] = [];
  for (const name of key.aliases) {
    const ref = aliasRef(draft.scope, name);
    const [row] = await store.read([ref]);
    if (row === undefined || (await draft.alias(name)) !== undefined) continue;
    await draft.putAlias(await codec.decodeOnce(ref, row));
    free.push(name);
  }
  return free;
}
