// An object store of records within a transaction.
import type { RecordKey } from '../formats/record-key.ts';
import { ValidationException } from '../model/errors/index.ts';
import type { Bytes } from '../model/shape.ts';
import { answer, isLater, type Soon } from './answer.ts';
import { copyKey, isKey, type KeyPath } from './key-path.ts';
import type { Draft } from './rows.ts';
import { RecordSource } from './source.ts';
import { type Target, writeRecord, writeWithNewKey } from './write.ts';

/** An index of an object store. */
export class RecordIndex<K, V, Q> extends RecordSource<K, V, Q> {
  get keyPath(): KeyPath {
    return this.parts.index?.keyPath as KeyPath;
  }

  get unique(): boolean {
    return this.parts.index?.unique === true;
  }

  get multiEntry(): boolean {
    return this.parts.index?.multiEntry === true;
  }

  /** True where the index answers equality only. */
  get blind(): boolean {
    return this.parts.index?.isBlind === true;
  }
}

/** @template Indexes the key types of the indexes by their names */
export class RecordStore<K, V, Indexes> extends RecordSource<K, V, K> {
  get keyPath(): KeyPath | null {
    return this.parts.plan.keyPath ?? null;
  }

  get autoIncrement(): boolean {
    return this.parts.plan.autoIncrement;
  }

  get indexNames(): readonly string[] {
    return this.parts.plan.indexes.map(({ name }) => name);
  }

  index<I extends keyof Indexes & string>(name: I): RecordIndex<K, V, Indexes[I]> {
    const { plan } = this.parts;
    const index = plan.indexes.find((each) => each.name === name);
    if (index === undefined) throw new DOMException(`${plan.name} has no index ${name}.`, 'NotFoundError');
    return new RecordIndex({ ...this.parts, index, raw: this.#store.index(name) });
  }

  /** Seals a value and writes it, in the place of the one with the same key. @returns its key */
  put(value: V, key?: K): Promise<K> {
    return this.#write('put', value, key);
  }

  /** The same, where there is none with this key. @throws DOMException `ConstraintError` where there is one */
  add(value: V, key?: K): Promise<K> {
    return this.#write('add', value, key);
  }

  /** Writes many values, sealed in one call of the core. @param keys where the store has no key path */
  putMany(values: readonly V[], keys?: readonly K[]): Promise<K[]> {
    const { scope, rows, plan } = this.parts;
    if (keys !== undefined && keys.length !== values.length)
      return Promise.reject(new ValidationException('keys must have one item for each value.'));
    if (plan.autoIncrement) return Promise.all(values.map((value, i) => this.put(value, keys?.[i])));
    const taken = this.#isNow ? values : structuredClone(values);
    return scope.turn(
      () => rows.ready(plan),
      () => this.#writeMany(taken.map((value, i) => rows.draft(plan, value, keys?.[i]))) as Soon<K[]>,
    );
  }

  /** Values in the order of `keys`; undefined for each that is not there. All or none, where one does not open. */
  getMany(keys: readonly K[]): Promise<(V | undefined)[]> {
    const { scope, rows, plan } = this.parts;
    const taken = keys.map((key) => (isKey(key) ? copyKey(key) : key));
    return scope.turn(
      () => rows.ready(plan),
      async () => {
        const asked = taken.map((key) => rows.query(plan, undefined, key) as RecordKey);
        const found = await Promise.all(asked.map((key) => answer<unknown>(this.#store.get(key as IDBValidKey))));
        const there = found.flatMap((row, i) => (row === undefined ? [] : [i]));
        const opening = rows.openMany(
          plan,
          there.map((i) => asked[i] as RecordKey),
          there.map((i) => found[i]),
        );
        const values = await scope.hold(opening, (opened) => opened);
        const results = new Array<V | undefined>(keys.length).fill(undefined);
        there.forEach((i, at) => {
          results[i] = values[at] as V;
        });
        return results;
      },
    );
  }

  delete(query: K | IDBKeyRange): Promise<void> {
    const { scope, rows, plan } = this.parts;
    return scope.turn(
      () => rows.ready(plan),
      () => answer(this.#store.delete(rows.query(plan, undefined, query) as IDBValidKey)).then(() => {}),
    );
  }

  clear(): Promise<void> {
    return this.parts.scope.turn(
      () => undefined,
      () => answer(this.#store.clear()).then(() => {}),
    );
  }

  get #store(): IDBObjectStore {
    return this.parts.raw as IDBObjectStore;
  }

  get #target(): Target {
    const { scope, rows, plan } = this.parts;
    return { scope, rows, plan, store: this.#store };
  }

  /** True where values are read at once, and need no copy. */
  get #isNow(): boolean {
    const { scope, rows, plan } = this.parts;
    return scope.isFree && (!plan.needsBlindKey || rows.blindKeys.isLoaded);
  }

  #write(method: 'put' | 'add', value: V, key: K | undefined): Promise<K> {
    const { scope, rows, plan } = this.parts;
    let taken: V;
    try {
      taken = this.#isNow && !(plan.autoIncrement && plan.keyPath !== undefined) ? value : structuredClone(value);
    } catch (error) {
      return Promise.reject(error);
    }
    return scope.turn(
      () => rows.ready(plan),
      () => {
        const draft = rows.draft(plan, taken, key);
        return (
          draft.key === undefined ? writeWithNewKey(this.#target, taken) : writeRecord(this.#target, method, draft)
        ) as Soon<K>;
      },
    );
  }

  #writeMany(drafts: readonly Draft[]): Soon<RecordKey[]> {
    const { scope, rows, plan } = this.parts;
    const keys = drafts.map(({ key }) => key as RecordKey);
    const stored = keys.map((key) => rows.stored(plan, key));
    const later = drafts.some(({ bytes }) => isLater(bytes));
    const bytes: Soon<Bytes[]> = later
      ? Promise.all(drafts.map((draft) => draft.bytes))
      : drafts.map((draft) => draft.bytes as Bytes);
    return scope.hold(bytes, (all) =>
      scope.hold(rows.sealMany(plan, drafts, all, stored), (sealed) => {
        const written = sealed.map((row, i) => answer(this.#store.put(row, stored[i] as IDBValidKey)));
        return Promise.all(written).then(() => keys);
      }),
    );
  }
}
