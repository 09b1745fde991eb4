// A cursor of an encrypted Dexie table. Dexie asks it for a value where nothing can be awaited; so a record whose data key is not in
// memory is opened before the walk gets to it, with the transaction kept open.
import type { DBCoreCursor } from 'dexie';
import type { RecordKey } from '../formats/record-key.ts';
import type { DexieRows } from './dexie-rows.ts';
import { keepAlive } from './keep-alive.ts';

type Opened = { readonly value: unknown } | { readonly error: unknown };

export function encryptedCursor(cursor: DBCoreCursor, rows: DexieRows): DBCoreCursor {
  let opened: Opened | undefined;
  const open = async (key: RecordKey, row: unknown): Promise<Opened> => {
    try {
      return { value: (await rows.openMany([key], [row]))[0] };
    } catch (error) {
      return { error };
    }
  };
  const outcomeOf = (found: Opened): unknown => {
    if ('error' in found) throw found.error;
    return found.value;
  };
  const start = (onNext: () => void): Promise<unknown> =>
    cursor.start(() => {
      opened = undefined;
      if (rows.canOpenNow(cursor.value)) return onNext();
      keepAlive(cursor.trans as unknown as IDBTransaction, open(cursor.primaryKey as RecordKey, cursor.value))
        .then((found) => {
          opened = found;
          onNext();
        })
        .catch((error) => cursor.fail(error));
    });
  // The cursor's own accessors answer to the cursor itself only.
  return Object.create(cursor, {
    key: { get: () => cursor.key },
    primaryKey: { get: () => cursor.primaryKey },
    value: {
      get: () =>
        opened === undefined ? rows.openNow(cursor.primaryKey as RecordKey, cursor.value) : outcomeOf(opened),
    },
    start: { value: start },
  }) as DBCoreCursor;
}
