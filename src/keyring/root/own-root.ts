// Whether a root is that of a keyring. The slot of the device opens under a key that lies beside it, so whoever writes the store can make
// one of another root, also with the tag of the old (GCM does not commit to its key): where the keyring knows no hash of the slot's row,
// only what lies under the root can tell.
import { prfOf } from '../../keys/material.ts';
import { wrappedCustody } from '../../keys/wrapped-custody.ts';
import { KeyUndecryptable, StoreCorrupt } from '../../model/errors/index.ts';
import type { Row, Store } from '../../store/port.ts';
import { RowCodec } from '../row-codec.ts';
import { copyRef, keyringRef, macKeyLabel, macKeyRef } from '../tables.ts';

/** @param row the keyring's own, found genuine: the key that it has its MAC by lies under the root @throws StoreCorrupt */
export async function requireRootOf(root: CryptoKey, store: Store, row: Row): Promise<void> {
  const [copy] = await store.read([copyRef(macKeyRef)]);
  if (copy !== undefined && (await opensRow(root, copy, row))) return;
  throw new StoreCorrupt(
    "The slot of this device holds another root than the keyring's: kms.slots.rotate(id, device(), { by }) writes it anew, with another method as by.",
  );
}

async function opensRow(root: CryptoKey, copy: Row, row: Row): Promise<boolean> {
  try {
    const key = await wrappedCustody(root).recover(macKeyLabel, { value: copy.value });
    return await new RowCodec(prfOf(key)).isGenuine(keyringRef, row.value);
  } catch (error) {
    if (error instanceof KeyUndecryptable) return false;
    throw error;
  }
}
