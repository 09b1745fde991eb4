// Removing all keys that are due, in any account and Region, and finding the next date.
import type { Scope } from '../model/arn.ts';
import { isDue } from '../model/key-record.ts';
import type { Store } from '../store/port.ts';
import type { Draft } from './draft.ts';
import type { RowCodec } from './row-codec.ts';
import { splitId } from './tables.ts';

/** What is needed of a keyring. */
interface Ring {
  readonly now: number;
  readonly parts: { readonly store: Store; readonly codec: RowCodec };
  at(scope: Scope): { purgeIfDue(id: string): Promise<void> };
  change<T>(attempt: (draft: Draft) => Promise<T>): Promise<T>;
}

export async function sweep(keyring: Ring): Promise<void> {
  const { store, codec } = keyring.parts;
  for (;;) {
    const before = await keyring.change((draft) => draft.keyring());
    if (before.nextDeletion === null || before.nextDeletion > keyring.now) return;
    let next: number | null = null;
    let after: string | undefined;
    do {
      const rows = await store.list('keys', { after, limit: 1000 });
      for (const row of rows) {
        const key = await codec.decode({ table: 'keys', id: row.id }, row);
        if (isDue(key, keyring.now)) await keyring.at(splitId(row.id).scope).purgeIfDue(key.id);
        else if (key.deletionAt !== null) next = Math.min(next ?? key.deletionAt, key.deletionAt);
      }
      after = rows.at(-1)?.id;
    } while (after !== undefined);
    await keyring.change(async (draft) => {
      const record = await draft.keyring();
      // A deletion that was scheduled meanwhile may have been missed: look again then.
      if (record.deletionCount === before.deletionCount) await draft.putKeyring({ ...record, nextDeletion: next });
    });
  }
}
