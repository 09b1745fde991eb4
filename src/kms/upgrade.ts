// Moving the keyring of a service to another mode: `kms.upgrade`.
import type { Access } from '../keyring/access.ts';
import { type Mode, modes } from '../keyring/root/mode.ts';
import { checkMethod } from '../keyring/root/slots.ts';
import { upgradeKeyring } from '../keyring/root/upgrade.ts';
import type { UnlockMethod } from '../keys/unlock-method.ts';
import { ValidationException } from '../model/errors/index.ts';
import { checkFunctions, optionsReader } from '../model/options.ts';
import { type Protection, protection } from './protection.ts';

export interface UpgradeOptions {
  /** The mode that the keyring is to have. */
  to: Mode;
  /** Methods that get a slot, beside those there are. */
  slots?: readonly UnlockMethod[] | undefined;
  /** Opens the root, of a locked keyring. */
  by?: UnlockMethod | undefined;
  onProgress?: ((progress: { done: number; total: number }) => void) | undefined;
}

export async function upgrade(access: Access, options: UpgradeOptions): Promise<Protection> {
  const own = optionsReader(options, { to: true, slots: true, by: true, onProgress: true });
  const [to, given, by] = [own('to'), own('slots') ?? [], own('by')];
  if (to === undefined || !modes.includes(to))
    throw new ValidationException("to must be 'device', 'recoverable' or 'locked'.");
  if (!Array.isArray(given)) throw new ValidationException('slots must be an array of unlock methods.');
  const slots = given.map((method, index) => checkMethod(method, `slots[${index}]`));
  checkFunctions({ onProgress: own('onProgress') });
  const plan = {
    to,
    slots,
    by: by === undefined ? undefined : checkMethod(by, 'by'),
    onProgress: own('onProgress') ?? (() => {}),
  };
  const since = access.lockCount;
  const custody = await upgradeKeyring(access.root(), plan);
  await access.reopen(since, { custody });
  return protection(access);
}
