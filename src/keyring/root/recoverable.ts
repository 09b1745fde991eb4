// The custody of a recoverable keyring: the device's own slot opens the root where a key is made.
import type { Custody } from '../../keys/custody.ts';
import { deviceMethod } from '../../keys/device-method.ts';
import { recoverableCustody } from '../../keys/recoverable-custody.ts';
import { StoreCorrupt, UnlockFailed } from '../../model/errors/index.ts';
import type { Store } from '../../store/port.ts';
import type { RowCodec } from '../row-codec.ts';
import { cleared, keyringRef } from '../tables.ts';
import { requireRootOf } from './own-root.ts';
import { deviceSlotLost, readSlots, requireKnown, unlockWith } from './slots.ts';

/** @param codec of the keyring: its row says which slots there are */
export function recoverable(store: Store, codec: RowCodec): Custody {
  let opening: Promise<CryptoKey> | undefined;
  return recoverableCustody(() => {
    opening ??= open(store, codec);
    // What failed once may work later.
    opening.catch(() => {
      opening = undefined;
    });
    return opening;
  });
}

async function open(store: Store, codec: RowCodec): Promise<CryptoKey> {
  const [row] = await store.read([keyringRef]);
  if (row === undefined) throw cleared();
  const { slots: marks = [] } = await codec.decode(keyringRef, row);
  const mark = marks.find(({ kind }) => kind === 'device');
  if (mark === undefined) throw new StoreCorrupt('The keyring has no slot of this device: open it again.');
  const slot = (await readSlots(store)).find(({ row: { id } }) => id === mark.id);
  if (slot === undefined) throw deviceSlotLost(mark.id);
  await requireKnown(marks, slot);
  try {
    const { root } = await unlockWith([slot], deviceMethod);
    if (mark.hash === undefined) await requireRootOf(root, store, row);
    return root;
  } catch (error) {
    throw error instanceof UnlockFailed ? deviceSlotLost(mark.id) : error;
  }
}
