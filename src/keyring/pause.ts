// Waiting before another try, for a random part of a time, so that those who met do not meet again.
import { randomBytes } from '../keys/random.ts';

/** @param most milliseconds */
export const pause = (most: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, (most * (randomBytes(1)[0] ?? 0)) / 256));
