// Where the root of a keyring is, and which slots go with that.
import { deviceMethod } from '../keys/device-method.ts';
import type { UnlockMethod } from '../keys/unlock-method.ts';
import { ValidationException } from '../model/errors/index.ts';
import type { KeyringRecord } from './tables.ts';

/**
 * `device`: there is no root, keys are CryptoKeys of the device. `recoverable`: keys are CryptoKeys of the device, each with a copy
 * under a root that lies in slots. `locked`: keys lie under that root only.
 */
export type Mode = 'device' | 'recoverable' | 'locked';

export const modes: readonly Mode[] = ['device', 'recoverable', 'locked'];

/** The mode that a record says. Keys under a root that the caller gives are locked without it. */
export const modeOf = ({ custody }: Pick<KeyringRecord, 'custody'>): Mode =>
  custody === 'wrapped' ? 'locked' : custody;

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
