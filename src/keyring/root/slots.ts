// The slots of a keyring: rows that hold its root, each under the wrapping key of one unlock method.
import { toBase64, toHex } from '../../formats/bytes.ts';
import { parseSlot, type Slot, type SlotKind, slotKinds } from '../../formats/root-slot.ts';
import { sha256 } from '../../keys/digest.ts';
import { randomBytes } from '../../keys/random.ts';
import { isSlotKey, openSlot, sealSlot, unwrapSlot } from '../../keys/root.ts';
import type { ClosedSlot, UnlockMethod } from '../../keys/unlock-method.ts';
import { StoreCorrupt, UnlockFailed, ValidationException } from '../../model/errors/index.ts';
import type { Bytes } from '../../model/shape.ts';
import type { Put, Row, Store } from '../../store/port.ts';
import { type SlotMark, slotRef } from '../tables.ts';
import { mostSlots } from './slots-of-mode.ts';

/** A slot as it lies in the store. Nothing of it is authenticated before it was opened. */
export interface StoredSlot {
  readonly row: Row;
  readonly slot: Slot;
}

/** @param name of the argument, for the message @throws ValidationException */
export function checkMethod(value: unknown, name: string): UnlockMethod {
  const method = value as UnlockMethod | undefined;
  const isMethod =
    typeof method === 'object' &&
    method !== null &&
    slotKinds.includes(method.kind) &&
    typeof method.label === 'string' &&
    typeof method.enrol === 'function' &&
    typeof method.slotKey === 'function';
  if (!isMethod)
    throw new ValidationException(`${name} must be an unlock method: passphrase(...) or another of keyhaven/unlock.`);
  if (method.label.length > 256)
    throw new ValidationException(`The label of ${name} must have at most 256 characters.`);
  return method;
}

/** All slots, oldest first. Rows that are no slots are left out: nothing opens them. */
export async function readSlots(store: Store): Promise<readonly StoredSlot[]> {
  const found = (await store.list('slots', { limit: mostSlots })).flatMap((row) => {
    const slot = parseSlot(row.value);
    // A slot is bound to its place by its header.
    return slot && slot.header.slot === row.id ? [{ row, slot }] : [];
  });
  return found.sort((a, b) => a.slot.header.createdAt - b.slot.header.createdAt);
}

export const newSlotId = (): string => toHex(randomBytes(16));

/** What a slot is made of. */
export interface SlotPlan {
  readonly keyring: string;
  readonly slot: string;
  readonly createdAt: number;
}

/** Enrols a method. Nothing is kept until the caller commits it. @param root its bytes, which the caller wipes */
export async function makeSlot(
  method: UnlockMethod,
  plan: SlotPlan,
  root: Bytes,
): Promise<{ readonly put: Put; readonly mark: SlotMark }> {
  const { keyring, slot, createdAt } = plan;
  const { key, parameters, handle } = await method.enrol({ keyring, slot });
  if (!isSlotKey(key)) throw new TypeError(`The method ${method.kind} made a key that cannot wrap a root.`);
  const header = { keyring, slot, kind: method.kind, label: method.label, createdAt, parameters };
  const value = await sealSlot(key, header, root);
  const mark = { ...markOf(slot, method.kind, value), hash: await hashOf(value) };
  return { put: { ...slotRef(slot), value, key: handle }, mark };
}

export const markOf = (id: string, kind: SlotKind, value: Bytes): SlotMark => ({
  id,
  kind,
  tag: toBase64(value.subarray(value.length - 16)),
});

const hashOf = async (value: Bytes): Promise<string> => toBase64(await sha256(value));

/** Whether a row is the one that a mark names, all of it: also the header, of which nobody here may be able to open the wrap. */
export const isUnchanged = async ({ hash }: SlotMark, { value }: Row): Promise<boolean> =>
  hash === undefined || hash === (await hashOf(value));

/** The root, as a handle that nobody can read, and the slot that gave it. @throws UnlockFailed */
export async function unlockWith(
  slots: readonly StoredSlot[],
  method: UnlockMethod,
): Promise<{ readonly root: CryptoKey; readonly used: StoredSlot }> {
  return firstThatOpens(slots, method, async (key, used) => {
    const root = await unwrapSlot(key, used.slot);
    return root && { root, used };
  });
}

/** The bytes of the root, to write another slot; the caller wipes them. @throws UnlockFailed */
export async function rootBytes(slots: readonly StoredSlot[], method: UnlockMethod): Promise<Bytes> {
  return firstThatOpens(slots, method, (key, { slot }) => openSlot(key, slot));
}

async function firstThatOpens<T>(
  slots: readonly StoredSlot[],
  method: UnlockMethod,
  open: (key: CryptoKey, slot: StoredSlot) => Promise<T | undefined>,
): Promise<T> {
  const ofKind = slots.filter(({ slot }) => slot.header.kind === method.kind);
  if (ofKind.length === 0)
    throw new UnlockFailed(`There is no slot of the kind ${method.kind}: slots.list() says which there are.`);
  const picked = ofKind.length > 1 && method.pick ? await method.pick(ofKind.map(closed)) : undefined;
  for (const each of ofKind) {
    if (picked && picked.slot !== each.slot.header.slot) continue;
    const key = picked?.key ?? (await method.slotKey(closed(each)));
    const opened = key && (await open(key, each));
    if (opened !== undefined) return opened;
  }
  throw new UnlockFailed(
    `No slot of the kind ${method.kind} opens: the secret is another one, or the slot was changed from outside.`,
  );
}

const closed = ({ row, slot: { header } }: StoredSlot): ClosedSlot => ({
  place: { keyring: header.keyring, slot: header.slot },
  parameters: header.parameters,
  handle: row.key,
});

/** @throws StoreCorrupt where a slot is not one that the keyring knows: an old or strange one was put back, or it was changed */
export async function requireKnown(marks: readonly SlotMark[], { row }: StoredSlot): Promise<void> {
  const tag = toBase64(row.value.subarray(row.value.length - 16));
  const mark = marks.find(({ id }) => id === row.id);
  if (mark?.tag === tag && (await isUnchanged(mark, row))) return;
  if (mark?.kind === 'device') throw deviceSlotLost(mark.id);
  throw new StoreCorrupt(
    mark?.tag === tag
      ? `The slot ${row.id} was changed from outside: kms.slots.remove('${row.id}') removes it, or restore a backup.`
      : `The slot ${row.id} was removed or changed, and an old copy of it was put back from outside: kms.slots.remove('${row.id}') removes it, or restore a backup.`,
  );
}

/** What the slot of the device cannot do any more another slot can: it is written anew from there. */
export const deviceSlotLost = (id: string): StoreCorrupt =>
  new StoreCorrupt(
    `The slot of this device, ${id}, is gone or was changed from outside: kms.slots.rotate('${id}', device(), { by }) writes it anew, with another method as by.`,
  );
