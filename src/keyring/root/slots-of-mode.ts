// Which slots go with a mode.
import { deviceMethod } from '../../keys/device-method.ts';
import type { UnlockMethod } from '../../keys/unlock-method.ts';
import { ValidationException } from '../../model/errors/index.ts';
import type { Mode } from './mode.ts';

/** Most slots of a keyring. */
export const mostSlots = 64;

/**
 * The methods that get a slot in a mode with a root: a recoverable keyring has the device's own, a locked one must not.
 * @throws ValidationException
 */
export function slotsFor(mode: Mode, given: readonly UnlockMethod[]): readonly UnlockMethod[] {
  const others = given.filter(({ kind }) => kind !== 'device');
  if (mode === 'locked' && others.length < given.length)
    throw new ValidationException(
      'slots must not have device() in the mode locked: it would open the keys on the disk.',
    );
  if (others.length === 0)
    throw new ValidationException(
      `slots must name at least one method that is not this device, such as recoveryCode(...): nothing else opens the keys when ${mode === 'locked' ? 'they are locked' : 'the device is lost'}.`,
    );
  if (others.length >= mostSlots) throw new ValidationException(`slots must be fewer than ${mostSlots} methods.`);
  return mode === 'locked' ? others : [deviceMethod, ...others];
}
