// Adding, removing and replacing slots. Each is one commit of the slot's row and of the keyring's own, which knows all slots; the root
// and all other slots stay as they are.
import { deviceMethod } from '../../keys/device-method.ts';
import { importRoot } from '../../keys/root.ts';
import type { UnlockMethod } from '../../keys/unlock-method.ts';
import { StoreCorrupt, ValidationException } from '../../model/errors/index.ts';
import type { Bytes } from '../../model/shape.ts';
import { devicesOf } from '../devices/registry.ts';
import type { Draft } from '../draft.ts';
import type { Keyring } from '../keyring.ts';
import { cleared, type KeyringRecord, keyringRef, type SlotMark, slotRef } from '../tables.ts';
import { requireRootOf } from './own-root.ts';
import { makeSlot, newSlotId, readSlots, requireKnown, rootBytes, type StoredSlot } from './slots.ts';
import { mostSlots } from './slots-of-mode.ts';

/** @param by opens the root to write it into the new slot; undefined: the device's own slot @returns the id of the slot */
export async function addSlot(keyring: Keyring, method: UnlockMethod, by: UnlockMethod | undefined): Promise<string> {
  if (method.kind === 'device') throw noSecondDevice();
  return write(keyring, newSlotId(), method, by, (marks, mark) => {
    if (marks.length >= mostSlots) throw new ValidationException(`A keyring has at most ${mostSlots} slots.`);
    return [...marks, mark];
  });
}

const noSecondDevice = (): ValidationException =>
  new ValidationException(
    "device() is the slot of recoverable keyrings, which have it already: kms.upgrade({ to: 'recoverable' }) makes one.",
  );

/** Gives a slot another method, such as a new passphrase, also one that was damaged or is gone. Its id stays. */
export async function replaceSlot(
  keyring: Keyring,
  id: string,
  method: UnlockMethod,
  by: UnlockMethod | undefined,
): Promise<void> {
  await keyring.change(async (draft) => {
    const { record, marks } = await slotted(draft);
    requireOfNoDevice(record, id);
    const isDevice = find(marks, id).kind === 'device';
    if (method.kind === 'device' && !isDevice) throw noSecondDevice();
    if (method.kind !== 'device' && isDevice)
      throw new ValidationException('The slot of the device takes no method but device().');
  });
  await write(keyring, id, method, by, (marks, mark) => {
    find(marks, id);
    return marks.map((each) => (each.id === id ? mark : each));
  });
}

export async function removeSlot(keyring: Keyring, id: string): Promise<void> {
  await keyring.change(async (draft) => {
    const { record, marks } = await slotted(draft);
    requireOfNoDevice(record, id);
    // One that was put there from outside, or put back.
    const [strange] = marks.some((mark) => mark.id === id) ? [] : await keyring.parts.store.read([slotRef(id)]);
    if (strange !== undefined) return draft.removeRow(slotRef(id));
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

/**
 * The slots that the keyring knows, as they lie in the store.
 * @param but one that is about to be replaced: it is given where it is as it was
 * @throws StoreCorrupt where another was put back, or changed, from outside
 */
export async function knownSlots(keyring: Keyring, but?: string): Promise<readonly StoredSlot[]> {
  const { marks } = await keyring.change((draft) => slotted(draft));
  const known: StoredSlot[] = [];
  for (const slot of await readSlots(keyring.parts.store)) {
    try {
      await requireKnown(marks, slot);
      known.push(slot);
    } catch (error) {
      if (slot.row.id !== but || !(error instanceof StoreCorrupt)) throw error;
    }
  }
  return known;
}

async function write(
  keyring: Keyring,
  id: string,
  method: UnlockMethod,
  by: UnlockMethod | undefined,
  marksWith: (marks: readonly SlotMark[], mark: SlotMark) => readonly SlotMark[],
): Promise<string> {
  // The one that is replaced may be damaged, or gone.
  const [before] = await keyring.parts.store.read([slotRef(id)]);
  const { record } = await keyring.change((draft) => slotted(draft));
  const root = await openRoot(keyring, by, id);
  try {
    const plan = { keyring: record.id, slot: id, createdAt: keyring.now };
    // Before the change, because people are asked for their finger once.
    const { put, mark } = await makeSlot(method, plan, root);
    await keyring.change(async (draft) => {
      const now = await slotted(draft);
      const slots = marksWith(now.marks, mark);
      draft.require(slotRef(id), before);
      draft.putRow(put);
      await draft.putKeyring({ ...now.record, slots });
    });
    return id;
  } finally {
    root.fill(0);
  }
}

/**
 * The bytes of the root; the caller wipes them.
 * @param but a slot that is about to be replaced, and may be damaged
 * @throws ValidationException where nothing was given to open it with
 */
export async function openRoot(keyring: Keyring, by: UnlockMethod | undefined, but?: string): Promise<Bytes> {
  const slots = await knownSlots(keyring, but);
  if (by === undefined && !slots.some(({ slot }) => slot.header.kind === 'device'))
    throw new ValidationException('by must be a method that opens one of the slots: the root is written from there.');
  const method = by ?? deviceMethod;
  const bytes = await rootBytes(slots, method);
  try {
    if (method.kind === 'device') await requireOwn(keyring, bytes);
    return bytes;
  } catch (error) {
    bytes.fill(0);
    throw error;
  }
}

/** @throws StoreCorrupt where no hash vouches for the slot of the device, and it holds another root */
async function requireOwn({ parts: { store, codec } }: Keyring, bytes: Bytes): Promise<void> {
  const [row] = await store.read([keyringRef]);
  if (row === undefined) throw cleared();
  const { slots = [] } = await codec.decode(keyringRef, row);
  if (slots.some(({ kind, hash }) => kind === 'device' && hash === undefined))
    await requireRootOf(await importRoot(bytes), store, row);
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
