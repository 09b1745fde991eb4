// The rows of a Dexie table after its indexes have changed. An index reads members in clear, and rows of before have those of the
// indexes of then: by a new one they would not be found, and what a removed one read would stay in clear.
import type { Dexie } from 'dexie';
import type { RecordKey } from '../formats/record-key.ts';
import { DataKeyMissing, InvalidCiphertextException, StoreCorrupt } from '../model/errors/index.ts';
import { abort, answer, ended, type Soon } from './answer.ts';
import type { Connection } from './connection.ts';
import type { DexieRows } from './dexie-rows.ts';
import { Scope } from './scope.ts';

/** Rows in one transaction. */
const batch = 200;

/**
 * Seals the rows of a table anew whose members in clear are not those of its indexes. It is written down when that was done.
 * @throws DOMException `ConstraintError` where two rows have the same key of a new unique index
 */
export async function reindexTable(
  database: Dexie,
  name: string,
  rows: DexieRows,
  connection: Connection,
): Promise<void> {
  const note = `dexie-indexes/${name}`;
  if ((await connection.readNote(note)) === rows.layout) return;
  const walk: Walk = { after: undefined, isWhole: true };
  while (await step(database.backendDB(), name, rows, walk));
  // What cannot be opened now is looked at again when the database opens the next time.
  if (walk.isWhole) await connection.writeNote(note, rows.layout);
}

interface Walk {
  after: IDBValidKey | undefined;
  isWhole: boolean;
}

/** One transaction. @returns false where there was nothing left */
async function step(raw: IDBDatabase, name: string, rows: DexieRows, walk: Walk): Promise<boolean> {
  const transaction = raw.transaction([name], 'readwrite', { durability: 'strict' });
  const end = ended(transaction);
  try {
    const scope = new Scope(transaction);
    const store = transaction.objectStore(name);
    const range = walk.after === undefined ? undefined : IDBKeyRange.lowerBound(walk.after, true);
    const [keys, found] = await Promise.all([
      answer(store.getAllKeys(range, batch)),
      answer<unknown[]>(store.getAll(range, batch)),
    ]);
    for (const [i, key] of keys.entries()) {
      const opened = await openedOr(scope, () => rows.openMany([key as RecordKey], [found[i]]));
      if ('error' in opened) walk.isWhole &&= isForGood(opened.error);
      else if (!rows.isIndexed(found[i], opened.value))
        await scope.hold(rows.seal([key as RecordKey], [opened.value]), ([row]) =>
          answer(store.keyPath === null ? store.put(row, key) : store.put(row)),
        );
    }
    walk.after = keys.at(-1) ?? walk.after;
    await end;
    return keys.length === batch;
  } catch (error) {
    abort(transaction);
    throw transaction.error ?? error;
  }
}

type Opened = { readonly value: unknown } | { readonly error: unknown };

function openedOr(scope: Scope, call: () => Soon<unknown[]>): Soon<Opened> {
  try {
    const settled = Promise.resolve(call()).then(
      ([value]): Opened => ({ value }),
      (error: unknown): Opened => ({ error }),
    );
    return scope.hold(settled, (opened) => opened);
  } catch (error) {
    return { error };
  }
}

/** True for what no later opening would open. */
const isForGood = (error: unknown): boolean =>
  error instanceof InvalidCiphertextException || error instanceof DataKeyMissing || error instanceof StoreCorrupt;
