// Taking leave of a device: what it has is rotated, and what the keys remember of it goes. Each step is a commit of its own, and all of
// them are taken up by beginning again: the device stays in the list until the last is done.
import { keyArn, keyNotFound, type Scope } from '../../model/arn.ts';
import type { DeviceRecord } from '../../model/device-record.ts';
import { elsewhereOf, type KeyRecord, type KeyState, keyState } from '../../model/key-record.ts';
import { isPrimary } from '../../model/multi-region.ts';
import type { Draft } from '../draft.ts';
import type { Keyring } from '../keyring.ts';
import { rotateNow } from '../rotation.ts';
import { allRows } from '../row-digest.ts';
import { splitId } from '../tables.ts';
import { withoutDevice } from './registry.ts';

const day = 86_400_000;

/** A key that the device has, as it lies here. */
export interface HeldKey {
  readonly scope: Scope;
  readonly key: KeyRecord;
}

/** Why a key has no new material, so that the device can go on using what is made with it. */
export type UnrotatedReason = 'KEY_SPEC' | 'IMPORTED' | KeyState;

export interface Unrotated extends HeldKey {
  readonly reason: UnrotatedReason;
}

/** The keys that a device has: its replicas, or all keys where it opens the root. */
export async function keysOfDevice(keyring: Keyring, device: DeviceRecord): Promise<readonly HeldKey[]> {
  const { store, codec } = keyring.parts;
  const held: HeldKey[] = [];
  for await (const row of allRows(store, 'keys')) {
    const { scope } = splitId(row.id);
    const key = await codec.decodeOnce({ table: 'keys', id: row.id }, row);
    if (device.slot !== undefined || isOn(key, scope, device)) held.push({ scope, key });
  }
  return held;
}

const isOn = (key: KeyRecord, { accountId }: Scope, device: DeviceRecord): boolean =>
  accountId === device.accountId && !!key.regions && elsewhereOf(key.regions).includes(device.region);

/**
 * Gives every key that the device has new material. Keys that have been rotated since the revoking began are left as they are.
 * @param since when it began, in milliseconds since 1970
 * @returns the ids of those that were rotated, and those that could not be
 */
export async function rotateHeld(
  keyring: Keyring,
  device: DeviceRecord,
  since: number,
): Promise<{ readonly rotated: readonly HeldKey[]; readonly unrotated: readonly Unrotated[] }> {
  const rotated: HeldKey[] = [];
  const unrotated: Unrotated[] = [];
  for (const held of await keysOfDevice(keyring, device)) {
    const { scope } = held;
    const there = keyring.at(scope);
    // Finishes a rotation that was begun, and removes a key that is due.
    const key = await there.find({ kind: 'key', id: held.key.id });
    if (key === undefined) continue;
    // The primary rotates for its replicas in this store.
    if (!isPrimary(key, scope) && !isPrimaryElsewhere(key)) continue;
    const reason = reasonAgainst(key);
    if (reason !== undefined) unrotated.push({ scope, key, reason });
    else {
      const { at = 0 } = key.materials.at(-1)?.rotated ?? {};
      // A date that is still to come is of a clock that was ahead, and says nothing.
      if (at < since || at > keyring.now)
        await rotateNow(
          there,
          (draft) => requireKey(draft, key),
          () => {},
        );
      rotated.push({ scope, key });
    }
  }
  return { rotated, unrotated };
}

const isPrimaryElsewhere = ({ regions }: KeyRecord): boolean =>
  !!regions && elsewhereOf(regions).includes(regions.primary);

function reasonAgainst(key: KeyRecord): UnrotatedReason | undefined {
  if (key.spec !== 'SYMMETRIC_DEFAULT') return 'KEY_SPEC';
  if (key.origin === 'EXTERNAL') return 'IMPORTED';
  const state = keyState(key);
  return state === 'Enabled' ? undefined : state;
}

async function requireKey(draft: Draft, { id }: KeyRecord): Promise<KeyRecord> {
  const key = await draft.key(id);
  if (key === undefined) throw keyNotFound(keyArn(draft.scope, id));
  return key;
}

/**
 * Forgets the device, in one commit. A key whose primary it had has its primary here from now on; one that waited for its replica to
 * be gone begins its waiting period.
 */
export async function detachDevice(keyring: Keyring, device: DeviceRecord): Promise<void> {
  const { slot: _, ...replicasOnly } = device;
  const held = await keysOfDevice(keyring, replicasOnly);
  await keyring.change(async (draft) => {
    let record = await draft.keyring();
    for (const { scope, key } of held) {
      const there = draft.at(scope);
      const now = await there.key(key.id);
      if (now === undefined || !isOn(now, scope, device)) continue;
      const detached = withoutRegion(now, scope, device.region, Math.max(draft.now, record.latestTime));
      await there.putKey(detached);
      const { deletionAt } = detached;
      if (deletionAt !== null && now.deletionAt === null)
        record = {
          ...record,
          nextDeletion: Math.min(record.nextDeletion ?? deletionAt, deletionAt),
          deletionCount: record.deletionCount + 1,
        };
    }
    await draft.putKeyring(withoutDevice(record, device.id));
  });
}

function withoutRegion(key: KeyRecord, scope: Scope, region: string, now: number): KeyRecord {
  const { primary, replicas } = key.regions ?? { primary: scope.region, replicas: [] };
  const elsewhere = (key.regions ? elsewhereOf(key.regions) : []).filter((each) => each !== region);
  // Where the primary is gone, the first Region of this store has it: all its rows say the same.
  const here = [primary, ...replicas].filter((each) => each !== region && !elsewhere.includes(each)).sort();
  const next = primary === region ? (here[0] ?? scope.region) : primary;
  const left = replicas.filter((each) => each !== region && each !== next);
  const begins = typeof key.deletionWindow === 'number' && left.length === 0 && next === scope.region;
  return {
    ...key,
    regions: left.length === 0 ? null : { primary: next, replicas: left, elsewhere },
    ...(begins ? { deletionAt: now + (key.deletionWindow ?? 0) * day, deletionWindow: null } : {}),
  };
}
