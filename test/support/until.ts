// Waiting for what happens by itself.
import type { Kms } from '../../src/index.ts';

export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await holds()) return;
    await pause(20);
  }
  throw new Error('It did not come to be within 4 s.');
}

export const isLocked = async (kms: Kms): Promise<boolean> => (await kms.protection()).isLocked;
