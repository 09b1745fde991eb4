// One record on its way into an object store.
import type { RecordKey } from '../formats/record-key.ts';
import type { Bytes } from '../model/shape.ts';
import { answer, isLater, type Soon } from './answer.ts';
import { hasPlaceFor, injectKey } from './key-path.ts';
import type { Draft, Rows } from './rows.ts';
import type { StorePlan } from './schema.ts';
import type { Scope } from './scope.ts';

export interface Target {
  readonly scope: Scope;
  readonly rows: Rows;
  readonly plan: StorePlan;
  readonly store: IDBObjectStore;
}

/** @param draft with its key @returns the key as the caller knows it */
export function writeRecord(target: Target, method: 'put' | 'add', draft: Draft): Soon<RecordKey> {
  const { scope, rows, plan } = target;
  const key = draft.key as RecordKey;
  const stored = rows.stored(plan, key);
  return scope.hold(draft.bytes, (bytes) =>
    scope.hold(rows.seal(plan, draft, bytes, stored), (row) =>
      answer(target.store[method](row, stored as IDBValidKey)).then(() => key),
    ),
  );
}

/**
 * A record whose key the database makes. Its key is needed to seal it: a row without anything in it takes the place until then,
 * within the same transaction.
 * @param value the caller's value, or a copy that the key goes into
 */
export function writeWithNewKey(target: Target, value: unknown): Promise<RecordKey> {
  const { scope, rows, plan, store } = target;
  // Before the database makes a key: one that is given out is used up.
  if (plan.keyPath !== undefined && !hasPlaceFor(value, plan.keyPath as string))
    throw new DOMException('The value has no place for its key.', 'DataError');
  const early = plan.keyPath === undefined ? rows.draft(plan, value, undefined) : undefined;
  return scope.await(answer(store.add({ version: plan.version })), (made) => {
    const key = made as RecordKey;
    const giveUp = (error: unknown): never => {
      store.delete(made);
      throw error;
    };
    try {
      if (early === undefined) injectKey(value, plan.keyPath as string, key);
      const draft = early ?? rows.draft(plan, value, undefined);
      const put = (bytes: Bytes): Soon<RecordKey> =>
        scope.hold(rows.seal(plan, draft, bytes, key), (row) => answer(store.put(row, made)).then(() => key));
      const written = scope.hold(draft.bytes, put);
      return isLater(written) ? written.catch(giveUp) : written;
    } catch (error) {
      return giveUp(error);
    }
  });
}
