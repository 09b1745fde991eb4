// Taking a backup in place of everything that is here: the store is the old one until it is the new one.

import { deviceMethod } from '../../keys/device-method.ts';
import { recoverableCustody } from '../../keys/recoverable-custody.ts';
import { rekeep } from '../../keys/rekeep.ts';
import type { UnlockMethod } from '../../keys/unlock-method.ts';
import { DependencyTimeoutException, KeysNotKept } from '../../model/errors/index.ts';
import type { Ref, Store, Write } from '../../store/port.ts';
import { keptOf, materialsOf, materialWrites } from '../key-materials.ts';
import { makeSlot, markOf, newSlotId, rootBytes } from '../root/slots.ts';
import { isWrapped } from '../root/unwrapped.ts';
import { allRows, digestedTables } from '../row-digest.ts';
import {
  copyRef,
  type KeyringRecord,
  keyringRef,
  macKeyLabel,
  macKeyRef,
  materialRef,
  type SlotMark,
  splitId,
} from '../tables.ts';
import { trailAfterRestore } from '../trail/rekey.ts';
import { WholeStore } from '../whole-store.ts';
import { hereOf, requireNewer } from './outdated.ts';
import type { OpenBackup } from './read.ts';

export interface RestorePlan {
  readonly by: UnlockMethod;
  readonly now: number;
  /** Take it although that undoes changes, or removes keys. */
  readonly allowRollback: boolean;
  readonly onProgress: (progress: { readonly done: number; readonly total: number }) => void;
}

/** @throws BackupOutdated, KeysNotKept, StoreNewer; nothing was changed then */
export async function restoreBackup(store: Store, backup: OpenBackup, plan: RestorePlan): Promise<void> {
  if (backup.mode === 'recoverable' && !store.holdsCryptoKeys)
    throw new KeysNotKept(
      "This store cannot hold a CryptoKey, as a recoverable keyring must: use mode 'merge' into a locked one.",
    );
  let restored: Restored | undefined;
  for (let tries = 0; tries < 20; tries++) {
    const whole = await WholeStore.read(store);
    if (!plan.allowRollback) requireNewer(whole, backup);
    restored ??= await restoredFrom(backup, plan);
    const { trailSince = plan.now, ...rest } = restored.record;
    const trail = await trailAfterRestore(store, backup.codec);
    const before = Math.max(restored.record.generation ?? 0, hereOf(whole.get(keyringRef))?.generation ?? 0);
    const record = {
      ...rest,
      ...(trail.isKept ? { trailSince } : {}),
      generation: before + 1,
      // All that is here now is in the file.
      backup: { at: backup.createdAt, generation: before },
    };
    const own = { ...keyringRef, value: await backup.codec.encode(keyringRef, record) };
    const held = heldHere(whole, restored.named);
    const writes = [...whole.replacedBy([...restored.writes, own, ...held]), ...trail.writes];
    if (!(await store.commit([...whole.checks, ...trail.checks], writes, 'strict'))) continue;
    // What pages left goes with the trail that it belonged to.
    if (!trail.isKept) for (const { id, text } of store.leavings?.list() ?? []) store.leavings?.remove(id, text);
    return;
  }
  throw new DependencyTimeoutException('Other tabs changed the keyring all the time. Nothing was changed; try again.');
}

/** Material that only this device has, of keys that the backup names: no file can give it back. */
const heldHere = (whole: WholeStore, named: readonly Ref[]): readonly Write[] =>
  named.flatMap((ref) => {
    const row = whole.get(ref);
    const kept = row && keptOf(row, whole.get(copyRef(ref)));
    return kept === undefined || isWrapped(kept) ? [] : materialWrites(ref, kept);
  });

interface Restored {
  readonly record: KeyringRecord;
  readonly writes: readonly Write[];
  /** Material that the keys name, and the backup has not. */
  readonly named: readonly Ref[];
}

async function restoredFrom(backup: OpenBackup, plan: RestorePlan): Promise<Restored> {
  const { store, record } = backup;
  const writes: Write[] = [];
  for (const table of [...digestedTables, 'uses'])
    for await (const { id, value } of allRows(store, table)) writes.push({ table, id, value });
  for (const { row } of backup.slots) writes.push({ table: 'slots', id: row.id, value: row.value });
  // The hashes are those that the keyring knew: nobody has opened all of the slots.
  const marks = backup.slots.map(({ row, slot }): SlotMark => {
    const hash = record.slots?.find(({ id }) => id === row.id)?.hash;
    return { ...markOf(row.id, slot.header.kind, row.value), ...(hash === undefined ? {} : { hash }) };
  });
  if (backup.mode === 'locked') {
    for await (const { table, id, value } of allRows(store, 'materials')) writes.push({ table, id, value });
  } else {
    writes.push(...(await heldMaterials(backup, plan)));
    const device = await deviceSlot(backup, plan);
    writes.push(device.put);
    marks.unshift(device.mark);
  }
  const written = new Set(writes.filter(({ table }) => table === 'materials').map(({ id }) => id));
  const named = (await namedMaterials(backup)).filter(({ id }) => !written.has(id));
  return { record: { ...record, slots: marks }, writes, named };
}

async function namedMaterials({ store, codec }: OpenBackup): Promise<readonly Ref[]> {
  const refs: Ref[] = [];
  for await (const row of allRows(store, 'keys')) {
    const key = await codec.decodeOnce({ table: 'keys', id: row.id }, row);
    for (const known of materialsOf(key)) refs.push(materialRef(splitId(row.id).scope, key.id, known.id));
  }
  return refs;
}

/** Material as the device holds it, each with the copy that the backup had. */
async function heldMaterials(
  { store, codec, custody: from, root }: OpenBackup,
  plan: RestorePlan,
): Promise<readonly Write[]> {
  const to = recoverableCustody(async () => root);
  const [macRow] = await store.read([macKeyRef]);
  const writes: Write[] = [];
  const bytes = macRow && (await from.release(macKeyLabel, macRow, 'material'));
  if (bytes) {
    writes.push(...materialWrites(macKeyRef, (await to.keep(macKeyLabel, bytes)).kept));
    bytes.fill(0);
  }
  const total = await store.count('keys');
  let done = 0;
  for await (const each of allRows(store, 'keys')) {
    const key = await codec.decodeOnce({ table: 'keys', id: each.id }, each);
    for (const known of materialsOf(key)) {
      const ref = materialRef(splitId(each.id).scope, key.id, known.id);
      const [row] = await store.read([ref]);
      const kept = row && (await rekeep(from, to, known, keptOf(row, undefined)));
      if (kept) writes.push(...materialWrites(ref, kept));
    }
    plan.onProgress({ done: ++done, total });
  }
  return writes;
}

async function deviceSlot({ slots, record }: OpenBackup, { by, now }: RestorePlan) {
  const bytes = await rootBytes(slots, by);
  try {
    return await makeSlot(deviceMethod, { keyring: record.id, slot: newSlotId(), createdAt: now }, bytes);
  } finally {
    bytes.fill(0);
  }
}
