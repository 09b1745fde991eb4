// What a service offers for the whole of its keyring, its root above all, loaded at the first use of any of it.

export { checkKeyring } from '../keyring/check.ts';
export { settleAll } from '../keyring/due.ts';
export { rewrapAll } from '../keyring/rewrap.ts';
export { checkMethod } from '../keyring/slots.ts';
export { persist } from '../store/persistence.ts';
export { exportBackup, importBackup } from './backup.ts';
export { durabilityOf } from './durability.ts';
export { protectionOf } from './protection.ts';
export { addSlot, listSlots, removeSlot, rotateSlot } from './slots.ts';
export { upgrade } from './upgrade.ts';
