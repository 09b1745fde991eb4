// Unlocking with the device itself.
import { deviceMethod } from '../keys/device-method.ts';
import type { UnlockMethod } from '../keys/unlock-method.ts';

/** The slot that this browser profile opens without asking anyone. Recoverable keyrings have it; locked ones cannot. */
export const device = (): UnlockMethod => deviceMethod;
