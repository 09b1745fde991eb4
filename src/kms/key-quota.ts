// How many keys a keyring may hold.
import type { Keyring } from '../keyring/keyring.ts';
import type { KeyringRecord } from '../keyring/tables.ts';
import { LimitExceededException } from '../model/errors/index.ts';

/** @throws LimitExceededException where there is no room for another key */
export function requireRoom({ parts: { mostKeys } }: Keyring, { keyCount }: KeyringRecord): void {
  if (keyCount >= mostKeys) throw new LimitExceededException(`There can be no more than ${mostKeys} keys.`);
}
