// What the stores of servers and edge workers have in common: they hold bytes only, and their failures are StoreUnavailable.
import { KeysNotKept, KmsError, StoreUnavailable } from '../model/errors/index.ts';
import type { Write } from './port.ts';

/** Copies what a commit writes, before anything is awaited. @throws KeysNotKept where a row has a CryptoKey */
export function copyWrites(writes: readonly Write[], place: string): Write[] {
  return writes.map((write) => {
    if (write.key !== undefined || (Object.hasOwn(write, 'twin') && write.twin !== undefined))
      throw new KeysNotKept(`${place} cannot hold a CryptoKey. Give a \`root\` secret to keep keys wrapped under it.`);
    const { table, id } = write;
    return write.value === undefined ? { table, id } : { table, id, value: new Uint8Array(write.value) };
  });
}

/** Anything that a platform throws, as an error of the port; the platform's own is its cause. */
export const asStoreUnavailable = (error: unknown, place: string): KmsError =>
  error instanceof KmsError
    ? error
    : new StoreUnavailable(`${place} failed (${error instanceof Error ? error.message : 'unknown error'}).`, {
        cause: error,
      });
