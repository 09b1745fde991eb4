// Work on all keys of a keyring: what is due for any of them, and wrapping all of them anew.
import type { Access } from '../keyring/access.ts';
import { settleAll } from '../keyring/due.ts';
import { type RewrapProgress, rewrapAll } from '../keyring/root/rewrap.ts';
import { checkFunctions, optionsReader } from '../model/options.ts';

export interface RewrapOptions {
  /** Called now and then. */
  onProgress?: ((progress: RewrapProgress) => void) | undefined;
  /** Ends the walk between two rows. */
  signal?: AbortSignal | undefined;
}

export async function settle(access: Access): Promise<Date | undefined> {
  const next = await settleAll(access.root());
  return next === undefined ? undefined : new Date(next);
}

export async function rewrap(access: Access, options: RewrapOptions): Promise<RewrapProgress> {
  const own = optionsReader(options, { onProgress: true, signal: true });
  checkFunctions({ onProgress: own('onProgress') });
  return rewrapAll(access.root(), own('onProgress') ?? (() => {}), own('signal'));
}
