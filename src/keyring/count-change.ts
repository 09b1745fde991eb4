// Counts a change of a keyring that has a root in slots, and adds what it writes to the digest of all records.
import type { Ref, Row, Store, Write } from '../store/port.ts';
import type { RowCodec } from './row-codec.ts';
import { advanceDigest, digestedTables, emptyDigest } from './row-digest.ts';
import type { KeyringRecord } from './tables.ts';

/** What is needed of a draft. */
interface Counted {
  keyring(): Promise<KeyringRecord>;
  putKeyring(record: KeyringRecord): Promise<void>;
  require(ref: Ref, row: Row | undefined): void;
}

/** @param attempt the rows of the draft, before they are committed */
export async function countChange(
  draft: Counted,
  attempt: {
    readonly store: Store;
    readonly codec: RowCodec;
    readonly read: ReadonlyMap<string, { readonly row: Row | undefined }>;
    readonly written: ReadonlyMap<string, Write>;
  },
): Promise<void> {
  const written = [...attempt.written].filter(([, { table }]) => digestedTables.includes(table));
  const unread = written.filter(([name]) => !attempt.read.has(name)).map(([, write]) => write);
  const rows = await attempt.store.read(unread);
  for (const [index, ref] of unread.entries()) draft.require(ref, rows[index]);
  const changes = written.map(([name, write]) => ({
    ref: { table: write.table, id: write.id },
    before: attempt.read.get(name)?.row?.value,
    after: write.value,
  }));
  const record = await draft.keyring();
  await draft.putKeyring({
    ...record,
    generation: (record.generation ?? 0) + 1,
    digest: await advanceDigest(attempt.codec, record.digest ?? emptyDigest(), changes),
  });
}
