// The slot that the device itself opens: its wrapping key is a non-extractable CryptoKey beside it. Nobody has to do anything,
// and whoever can read the profile on the disk can open it.
import { generateSlotKey, isSlotKey } from './root.ts';
import type { UnlockMethod } from './unlock-method.ts';

export const deviceMethod: UnlockMethod = {
  kind: 'device',
  label: 'this device',
  async enrol() {
    const key = await generateSlotKey();
    return { key, parameters: {}, handle: key };
  },
  async slotKey({ handle }) {
    return isSlotKey(handle) ? handle : undefined;
  },
};
