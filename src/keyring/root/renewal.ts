// A new root in place of the old one: what wrapped keys lie under, and every slot, are written anew in one commit, so that who has
// the old root, and a copy of a slot, opens nothing that is written from now on.
import type { Custody } from '../../keys/custody.ts';
import { recoverableCustody } from '../../keys/recoverable-custody.ts';
import { importRoot, newRoot } from '../../keys/root.ts';
import type { UnlockMethod } from '../../keys/unlock-method.ts';
import { wrappedCustody } from '../../keys/wrapped-custody.ts';
import { ValidationException } from '../../model/errors/index.ts';
import type { Keyring } from '../keyring.ts';
import type { KeyringRecord } from '../tables.ts';
import { modeOf } from './mode.ts';
import { openRoot } from './slot-changes.ts';
import { makeSlot, newSlotId } from './slots.ts';
import { slotsFor } from './slots-of-mode.ts';
import { moveKeyring } from './upgrade.ts';

export interface RenewalPlan {
  /** The methods that open the new root. */
  readonly slots: readonly UnlockMethod[];
  /** Slots that are written anew under their ids: nobody has to be asked for them. */
  readonly again: readonly { readonly id: string; readonly method: UnlockMethod }[];
  /** Opens the old root, of a locked keyring. */
  readonly by: UnlockMethod | undefined;
  /** What else changes in the keyring's own row. */
  readonly adjust: (record: KeyringRecord) => KeyringRecord;
}

/** @returns what the keyring is opened with from now on @throws ValidationException, UnlockFailed, UnlockUnavailable */
export async function renewRoot(keyring: Keyring, plan: RenewalPlan): Promise<Custody> {
  const record = await keyring.change((draft) => draft.keyring());
  const mode = modeOf(record);
  if (record.slots === undefined || mode === 'device')
    throw new ValidationException('This keyring has no root in slots that could be renewed.');
  const methods = slotsFor(mode, plan.slots);
  // Nothing of the old root is needed, but leave to write slots: whoever could not open one must not make one.
  (await openRoot(keyring, plan.by)).fill(0);
  const bytes = newRoot();
  try {
    const made = [];
    for (const { id, method } of [...methods.map((method) => ({ id: newSlotId(), method })), ...plan.again])
      made.push(await makeSlot(method, { keyring: record.id, slot: id, createdAt: keyring.now }, bytes));
    const root = await importRoot(bytes);
    const kept = new Set(plan.again.map(({ id }) => id));
    const rooted = {
      custody: mode === 'locked' ? wrappedCustody(root) : recoverableCustody(async () => root),
      marks: made.map(({ mark }) => mark),
      puts: made.map(({ put }) => put),
      gone: record.slots.map(({ id }) => id).filter((id) => !kept.has(id)),
    };
    return await moveKeyring(keyring, rooted, { isRekeyed: true, adjust: plan.adjust, onProgress: () => {} });
  } finally {
    bytes.fill(0);
  }
}
