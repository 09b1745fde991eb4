// A keyring whose rows are more or fewer than it counted: something was done to them from outside.
import { type KmsError, StoreCorrupt, StoreEvicted } from '../model/errors/index.ts';
import { acceptRows } from './check.ts';
import type { Keyring } from './keyring.ts';
import { keyringRef } from './tables.ts';

/**
 * Counts the keys again, and takes what is there for right where that is asked for.
 * @throws StoreEvicted, StoreCorrupt
 */
export async function recount(keyring: Keyring, onEvicted: 'refuse' | 'continue'): Promise<void> {
  const { store, isCounted } = keyring.parts;
  await keyring.change(async (draft) => {
    const record = await draft.keyring();
    const count = await store.count('keys');
    const [again] = await store.read([keyringRef]);
    const isSteady = draft.checks.every(({ version }) => version === again?.version);
    if (isSteady && count !== record.keyCount) {
      if (onEvicted === 'refuse') throw miscounted(count, record.keyCount);
      await draft.putKeyring({ ...record, keyCount: count });
    }
  });
  if (onEvicted === 'continue' && isCounted) await acceptRows(keyring);
}

const miscounted = (count: number, expected: number): KmsError =>
  count < expected
    ? new StoreEvicted(
        `The store holds ${count} keys and should hold ${expected}: some were removed from outside. Pass onEvicted: 'continue' to go on with the rest.`,
      )
    : new StoreCorrupt(
        `The store holds ${count} keys and should hold ${expected}: some were put back from outside. Pass onEvicted: 'continue' to accept them.`,
      );
