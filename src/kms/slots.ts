// The slots of a keyring with a root: `kms.slots`. Listing works while the keyring is locked, so that a page can say what unlocks it.
import type { Access } from '../keyring/access.ts';
import * as changes from '../keyring/root/slot-changes.ts';
import { checkMethod, readSlots, type StoredSlot } from '../keyring/root/slots.ts';
import type { SlotKind, UnlockMethod } from '../keys/unlock-method.ts';
import { optionsReader } from '../model/options.ts';

export interface SlotReport {
  /** 32 hex digits. */
  id: string;
  kind: SlotKind;
  label: string;
  createdAt: Date;
}

export interface SlotOptions {
  /** Opens the root to write it into the slot. Recoverable keyrings need none: their device's own slot does. */
  by?: UnlockMethod | undefined;
}

/** The slots that the root of a keyring lies in. */
export interface Slots {
  /** All slots, oldest first. While the keyring is locked nothing vouches for them. @throws StoreCorrupt */
  list(): Promise<readonly SlotReport[]>;
  /**
   * Adds a slot. A passkey is verified by a second assertion before it counts.
   * @returns its id
   * @throws UnlockFailed where `by` opens no slot; UnlockUnavailable; KeyLocked
   */
  add(method: UnlockMethod, options?: SlotOptions): Promise<string>;
  /**
   * Gives a slot another method, such as a new passphrase: one row is written anew, no key is. The slot may be damaged or gone; that of
   * the device takes `device()` only. @throws as `add` does
   */
  rotate(id: string, method: UnlockMethod, options?: SlotOptions): Promise<void>;
  /**
   * Removes a slot, also one that was put there from outside. Whoever has an old copy of the store, and what opened the slot, still has the root.
   * @throws ValidationException for the last slot
   */
  remove(id: string): Promise<void>;
}

export async function listSlots(access: Access): Promise<readonly SlotReport[]> {
  const slots = access.isLocked ? await readSlots(access.store) : await known(access);
  return slots.map(({ slot: { header } }) => ({
    id: header.slot,
    kind: header.kind,
    label: header.label,
    createdAt: new Date(header.createdAt),
  }));
}

export async function addSlot(access: Access, method: UnlockMethod, options: SlotOptions = {}): Promise<string> {
  return changes.addSlot(access.root(), checkMethod(method, 'method'), byOf(options));
}

export async function rotateSlot(
  access: Access,
  id: string,
  method: UnlockMethod,
  options: SlotOptions = {},
): Promise<void> {
  await changes.replaceSlot(access.root(), id, checkMethod(method, 'method'), byOf(options));
}

export async function removeSlot(access: Access, id: string): Promise<void> {
  await changes.removeSlot(access.root(), id);
}

async function known(access: Access): Promise<readonly StoredSlot[]> {
  const keyring = access.root();
  const record = await keyring.change((draft) => draft.keyring());
  return record.slots === undefined ? [] : changes.knownSlots(keyring);
}

function byOf(options: SlotOptions): UnlockMethod | undefined {
  const by = optionsReader(options, { by: true })('by');
  return by === undefined ? undefined : checkMethod(by, 'by');
}
