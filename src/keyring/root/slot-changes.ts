// Adding, removing and replacing slots. Each is one commit of the slot's row and of the keyring's own, which knows all slots; the root
// and all other slots stay as they are.
import { deviceMethod } from '../../keys/device-method.ts';
import type { UnlockMethod } from '../../keys/unlock-method.ts';
import { StoreCorrupt, ValidationException } from '../../model/errors/index.ts';
import type { Bytes } from '../../model/shape.ts';
import { devicesOf } from '../devices/registry.ts';
import type { Draft } from '../draft.ts';
import type { Keyring } from '../keyring.ts';
import { type KeyringRecord, type SlotMark, slotRef } from '../tables.ts';
import { isUnchanged, makeSlot, newSlotId, readSlots, requireKnown, rootBytes, type StoredSlot } from './slots.ts';
import { mostSlots } from './slots-of-mode.ts';

/** @param by opens the root to write it into the new slot; undefined: the device's own slot @returns the id of the slot */
export async function addSlot(keyring: Keyring, method: UnlockMethod, by: UnlockMethod | undefined): Promise<string> {
  return write(keyring, newSlotId(), method, by, (marks, mark) => {
    if (marks.length >= mostSlots) throw new ValidationException(`A keyring has at most ${mostSlots} slots.`);
    return [...marks, mark];
  });
}

/** Gives a slot another method, such as a new passphrase. Its id stays. */
export async function replaceSlot(
  keyring: Keyring,
  id: string,
  method: UnlockMethod,
  by: UnlockMethod | undefined,
): Promise<void> {
  await keyring.change(async (draft) => requireOfNoDevice((await slotted(draft)).record, id));
  await write(keyring, id, method, by, (marks, mark) => {
    if (find(marks, id).kind === 'device') throw new ValidationException('The slot of the device cannot be replaced.');
    return marks.map((each) => (each.id === id ? mark : each));
  });
}

export async function removeSlot(keyring: Keyring, id: string): Promise<void> {
  await keyring.change(async (draft) => {
    const { record, marks } = await slotted(draft);
    requireOfNoDevice(record, id);
    if (find(marks, id).kind === 'device')
      throw new ValidationException(
        "The slot of the device cannot be removed from a recoverable keyring: kms.upgrade({ to: 'locked' }) does.",
      );
    const rest = marks.filter((mark) => mark.id !== id);
    if (rest.every(({ kind }) => kind === 'device'))
      throw new ValidationException(
        'The last slot cannot be removed: nothing would open the keys any more. Add another first.',
      );
    draft.removeRow(slotRef(id));
    await draft.putKeyring({ ...record, slots: rest });
  });
}

/** The slots that the keyring knows, as they lie in the store. @throws StoreCorrupt where one was put back, or changed, from outside */
export async function knownSlots(keyring: Keyring): Promise<readonly StoredSlot[]> {
  const { marks } = await keyring.change((draft) => slotted(draft));
  const slots = await readSlots(keyring.parts.store);
  for (const slot of slots) {
    requireKnown(marks, slot);
    const mark = find(marks, slot.row.id);
    if (!(await isUnchanged(mark, slot.row)))
      throw new StoreCorrupt(
        `The slot ${mark.id} was changed from outside: kms.slots.remove('${mark.id}') removes it, or restore a backup.`,
      );
  }
  return slots;
}

async function write(
  keyring: Keyring,
  id: string,
  method: UnlockMethod,
  by: UnlockMethod | undefined,
  marksWith: (marks: readonly SlotMark[], mark: SlotMark) => readonly SlotMark[],
): Promise<string> {
  if (method.kind === 'device')
    throw new ValidationException(
      "device() is the slot of recoverable keyrings, which have it already: kms.upgrade({ to: 'recoverable' }) makes one.",
    );
  const before = (await knownSlots(keyring)).find(({ row }) => row.id === id);
  const { record } = await keyring.change((draft) => slotted(draft));
  const root = await openRoot(keyring, by);
  try {
    const plan = { keyring: record.id, slot: id, createdAt: keyring.now };
    // Before the change, because people are asked for their finger once.
    const { put, mark } = await makeSlot(method, plan, root);
    await keyring.change(async (draft) => {
      const now = await slotted(draft);
      const slots = marksWith(now.marks, mark);
      draft.require(slotRef(id), before?.row);
      draft.putRow(put);
      await draft.putKeyring({ ...now.record, slots });
    });
    return id;
  } finally {
    root.fill(0);
  }
}

/** The bytes of the root; the caller wipes them. @throws ValidationException where nothing was given to open it with */
export async function openRoot(keyring: Keyring, by: UnlockMethod | undefined): Promise<Bytes> {
  const slots = await knownSlots(keyring);
  if (by === undefined && !slots.some(({ slot }) => slot.header.kind === 'device'))
    throw new ValidationException('by must be a method that opens one of the slots: the root is written from there.');
  return rootBytes(slots, by ?? deviceMethod);
}

async function slotted(draft: Draft): Promise<{ readonly record: KeyringRecord; readonly marks: readonly SlotMark[] }> {
  const record = await draft.keyring();
  if (record.slots !== undefined) return { record, marks: record.slots };
  throw new ValidationException(
    record.custody === 'wrapped'
      ? 'This keyring has no slots: its root was given to openKms as `root`.'
      : "This keyring has no root: kms.upgrade({ to: 'recoverable' }) or 'locked' makes one.",
  );
}

/** @throws ValidationException for the slot of a device that has keys: without it the device still has the root */
function requireOfNoDevice(record: KeyringRecord, id: string): void {
  const device = devicesOf(record).find(({ slot }) => slot === id);
  if (device !== undefined)
    throw new ValidationException(
      `The slot is that of the device ${device.name}, which has the root: kms.devices.revoke('${device.id}') removes it and renews the root.`,
    );
}

function find(marks: readonly SlotMark[], id: string): SlotMark {
  const mark = marks.find((each) => each.id === id);
  if (mark === undefined) throw new ValidationException(`There is no slot ${id}: slots.list() says which there are.`);
  return mark;
}
