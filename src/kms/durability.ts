// How likely the keys of a service are here tomorrow: `kms.durability`.
import type { Access } from '../keyring/access.ts';
import { modeWhileLocked } from '../keyring/root/locked-mode.ts';
import { type Mode, modeOf } from '../keyring/root/mode.ts';
import { readSlots } from '../keyring/root/slots.ts';
import { unwrappedKeys } from '../keyring/root/unwrapped.ts';
import type { SlotKind } from '../keys/unlock-method.ts';
import { type EvictionRisk, storageState } from '../store/persistence.ts';

export interface Durability {
  /** Whether the browser promised not to clear the storage; undefined where it cannot say. */
  persisted: boolean | undefined;
  /** Bytes that this origin may use, and uses. */
  quota: number | undefined;
  usage: number | undefined;
  /** How likely this browser clears the storage by itself, and why. */
  evictionRisk: EvictionRisk;
  reason: string;
  /** Whether the page runs as an installed app. */
  installed: boolean;
  mode: Mode;
  /** Kinds of the slots that open the root. */
  slots: readonly SlotKind[];
  /** When the last backup was written, and how often the keyring changed since. Undefined: never, or the keyring is locked. */
  lastBackup: { at: Date; changesSince: number } | undefined;
  /** Whether there are keys, or versions of keys, on this device and nowhere else. Undefined while the keyring is locked. */
  isOnlyCopy: boolean | undefined;
}

export async function durability(access: Access): Promise<Durability> {
  const { isPersisted, quota, usage, risk, reason, isInstalled } = await storageState();
  const slots = (await readSlots(access.store)).map(({ slot }) => slot.header.kind);
  const storage = { persisted: isPersisted, quota, usage, evictionRisk: risk, reason, installed: isInstalled, slots };
  if (access.isLocked)
    return { ...storage, mode: await modeWhileLocked(access.store), lastBackup: undefined, isOnlyCopy: undefined };
  const keyring = access.root();
  const record = await keyring.change((draft) => draft.keyring());
  const { backup, generation = 0, keyCount } = record;
  // That a backup was written is a change of the keyring, and none of its keys.
  const changesSince = backup === undefined ? generation : Math.max(0, generation - backup.generation - 1);
  const hasUnwrapped = record.slots !== undefined && (await unwrappedKeys(keyring)).length > 0;
  const isSaved =
    record.slots === undefined ? record.custody === 'wrapped' : backup !== undefined && changesSince === 0;
  return {
    ...storage,
    mode: modeOf(record),
    lastBackup: backup && { at: new Date(backup.at), changesSince },
    isOnlyCopy: keyCount > 0 && (!isSaved || hasUnwrapped),
  };
}
