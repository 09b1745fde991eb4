// What a service offers for the whole of its keyring, its root above all, loaded at the first use of any of it.
import type { Access } from '../keyring/access.ts';
import { checkKeyring, type IntegrityReport } from '../keyring/check.ts';
import { checkMethod } from '../keyring/root/slots.ts';
import type { UnlockMethod } from '../keys/unlock-method.ts';
import { persist as persistStorage } from '../store/persistence.ts';
import { type Durability, durability } from './durability.ts';

export { exportBackup, importBackup } from './backup.ts';
export { durability } from './durability.ts';
export { protection } from './protection.ts';
export { rewrap, settle } from './rewrap.ts';
export { addSlot, listSlots, removeSlot, rotateSlot } from './slots.ts';
export { explain } from './stale.ts';
export { upgrade } from './upgrade.ts';

/** @param since the number of locks when the call was made */
export async function unlock(access: Access, method: UnlockMethod, since: number): Promise<void> {
  await access.unlock(checkMethod(method, 'method'), since);
}

export const check = async (access: Access): Promise<IntegrityReport> => checkKeyring(access.root());

export const persist = async (_: Access): Promise<boolean> => persistStorage();

/** Tells a listener where keys are on this device and nowhere else. */
export async function tellOnlyCopy(access: Access, listener: (found: Durability) => void): Promise<void> {
  const found = await durability(access);
  if (found.isOnlyCopy) listener(found);
}
