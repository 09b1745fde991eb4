// The options of openKms that concern a root, held against each other. Loaded where one of them is given.
import { type Mode, modes } from '../keyring/root/mode.ts';
import { checkMethod } from '../keyring/root/slots.ts';
import { ValidationException } from '../model/errors/index.ts';

/** @throws ValidationException */
export function checkRootOptions(read: {
  readonly root: unknown;
  readonly mode: Mode | undefined;
  readonly slots: readonly unknown[];
  readonly unlock: unknown;
}): void {
  const { root, mode, slots, unlock } = read;
  const hasSlots = mode === 'recoverable' || mode === 'locked';
  require(mode === undefined || modes.includes(mode), "mode must be 'device', 'recoverable' or 'locked'.");
  require(root === undefined ||
    (!hasSlots &&
      slots.length === 0 &&
      unlock === undefined), 'root goes without mode, slots and unlock: it is the root.');
  require(slots.length === 0 || hasSlots, "slots go with the modes 'recoverable' and 'locked' only.");
  for (const [index, method] of slots.entries()) checkMethod(method, `slots[${index}]`);
  if (unlock !== undefined) checkMethod(unlock, 'unlock');
}

function require(holds: boolean, message: string): void {
  if (!holds) throw new ValidationException(message);
}
