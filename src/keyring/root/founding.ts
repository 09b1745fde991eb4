// A new root, with a slot for each method that is to open it. Loaded on the first run of a keyring that has one.
import type { Custody } from '../../keys/custody.ts';
import { recoverableCustody } from '../../keys/recoverable-custody.ts';
import { importRoot, newRoot } from '../../keys/root.ts';
import type { UnlockMethod } from '../../keys/unlock-method.ts';
import { wrappedCustody } from '../../keys/wrapped-custody.ts';
import type { Put } from '../../store/port.ts';
import { emptyDigest } from '../row-digest.ts';
import type { KeyringRecord } from '../tables.ts';
import type { Mode } from './mode.ts';
import { makeSlot, newSlotId } from './slots.ts';
import { slotsFor } from './slots-of-mode.ts';

export interface Founded {
  readonly custody: Custody;
  /** What the record of the keyring says of its root. */
  readonly members: Required<Pick<KeyringRecord, 'slots' | 'generation' | 'digest'>>;
  readonly writes: readonly Put[];
}

/** @throws ValidationException where the methods do not fit the mode; the errors of the methods */
export async function found(plan: {
  readonly id: string;
  readonly mode: Mode;
  readonly slots: readonly UnlockMethod[];
  readonly now: number;
}): Promise<Founded> {
  const { id, mode, now } = plan;
  const methods = slotsFor(mode, plan.slots);
  const bytes = newRoot();
  try {
    const made = [];
    for (const method of methods)
      made.push(await makeSlot(method, { keyring: id, slot: newSlotId(), createdAt: now }, bytes));
    const root = await importRoot(bytes);
    return {
      custody: mode === 'locked' ? wrappedCustody(root) : recoverableCustody(async () => root),
      members: { slots: made.map(({ mark }) => mark), generation: 0, digest: emptyDigest() },
      writes: made.map(({ put }) => put),
    };
  } finally {
    bytes.fill(0);
  }
}
