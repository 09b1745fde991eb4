// The custody of a recoverable keyring: the device's own slot opens the root where a key is made.
import type { Custody } from '../../keys/custody.ts';
import { deviceMethod } from '../../keys/device-method.ts';
import { recoverableCustody } from '../../keys/recoverable-custody.ts';
import type { Store } from '../../store/port.ts';
import type { SlotMark } from '../tables.ts';
import { readSlots, requireKnown, unlockWith } from './slots.ts';

/** @param marks the slots that the keyring knows */
export function recoverable(store: Store, marks: readonly SlotMark[]): Custody {
  let opening: Promise<CryptoKey> | undefined;
  return recoverableCustody(() => {
    opening ??= open(store, marks);
    // What failed once may work later.
    opening.catch(() => {
      opening = undefined;
    });
    return opening;
  });
}

async function open(store: Store, marks: readonly SlotMark[]): Promise<CryptoKey> {
  const { root, used } = await unlockWith(await readSlots(store), deviceMethod);
  requireKnown(marks, used);
  return root;
}
