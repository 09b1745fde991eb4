// What object stores and indexes have in common: reading by key, by range, in order.
import type { RecordKey } from '../formats/record-key.ts';
import { answer, type Soon } from './answer.ts';
import { RecordCursor, RecordKeyCursor } from './cursor.ts';
import { copyKey, isKey } from './key-path.ts';
import type { Rows } from './rows.ts';
import type { IndexPlan, StorePlan } from './schema.ts';
import type { Scope } from './scope.ts';

/** Parts that a source is made of. @internal */
export interface SourceParts {
  readonly scope: Scope;
  readonly rows: Rows;
  readonly plan: StorePlan;
  readonly index: IndexPlan | undefined;
  readonly raw: IDBObjectStore | IDBIndex;
}

/** @template K primary key @template V value @template Q what it is asked for: the primary key, or the key of an index */
export class RecordSource<K, V, Q> {
  /** @internal */
  readonly parts: SourceParts;

  /** @internal */
  constructor(parts: SourceParts) {
    this.parts = parts;
  }

  get name(): string {
    return this.parts.raw.name;
  }

  /** The value of the first record that matches, or undefined where there is none. @throws where it is there and does not open */
  get(query: Q | IDBKeyRange): Promise<V | undefined> {
    return this.#call(query, (asked) => {
      const { scope, rows, plan } = this.parts;
      return this.#first(asked).then((found) =>
        found === undefined ? undefined : scope.hold(rows.open(plan, found.key, found.row), (value) => value as V),
      );
    });
  }

  /** The primary key of the first record that matches. */
  getKey(query: Q | IDBKeyRange): Promise<K | undefined> {
    return this.#call(query, (asked) => {
      const { scope, rows, plan, raw } = this.parts;
      if (!plan.isBlind) return answer(raw.getKey(asked as IDBValidKey)) as Promise<K | undefined>;
      return this.#first(asked).then((found) =>
        found === undefined
          ? undefined
          : scope.hold(rows.openPair(plan, found.key, found.row), ({ key }) => key as K | undefined),
      );
    });
  }

  /**
   * All values that match, in order. Where one does not open, none is returned: walk with a cursor to get the others.
   * @param count at most so many
   */
  getAll(query?: Q | IDBKeyRange | null, count?: number): Promise<V[]> {
    return this.#call(query, (asked) => {
      const { scope, rows, plan } = this.parts;
      return this.#all(asked, count).then(([keys, found]) =>
        scope.hold(rows.openMany(plan, keys, found), (values) => values as V[]),
      );
    });
  }

  getAllKeys(query?: Q | IDBKeyRange | null, count?: number): Promise<K[]> {
    return this.#call(query, (asked) => {
      const { scope, rows, plan, raw } = this.parts;
      if (!plan.isBlind) return answer(raw.getAllKeys(asked, count)) as Promise<K[]>;
      return this.#all(asked, count).then(([keys, found]) =>
        scope.hold(rows.openKeys(plan, keys, found), (own) => own as K[]),
      );
    });
  }

  count(query?: Q | IDBKeyRange | null): Promise<number> {
    return this.#call(query, (asked) => answer(this.parts.raw.count(asked)));
  }

  openCursor(
    query?: Q | IDBKeyRange | null,
    direction: IDBCursorDirection = 'next',
  ): Promise<RecordCursor<K, V, Q> | null> {
    return this.#call(query, (asked) => RecordCursor.open<K, V, Q>(this.parts, asked, direction));
  }

  /** @throws ValidationException where the keys are blind */
  openKeyCursor(
    query?: Q | IDBKeyRange | null,
    direction: IDBCursorDirection = 'next',
  ): Promise<RecordKeyCursor<K, Q> | null> {
    return this.#call(query, (asked) => RecordKeyCursor.open<K, Q>(this.parts, asked, direction));
  }

  /** Walks in order: `for await (const cursor of store.iterate())`. */
  async *iterate(
    query?: Q | IDBKeyRange | null,
    direction: IDBCursorDirection = 'next',
  ): AsyncGenerator<RecordCursor<K, V, Q>, void, undefined> {
    let cursor = await this.openCursor(query, direction);
    while (cursor !== null) {
      yield cursor;
      cursor = await cursor.moved();
    }
  }

  [Symbol.asyncIterator](): AsyncGenerator<RecordCursor<K, V, Q>, void, undefined> {
    return this.iterate();
  }

  #call<T>(query: unknown, call: (asked: IDBValidKey | IDBKeyRange | undefined) => Soon<T>): Promise<T> {
    const { scope, rows, plan, index } = this.parts;
    // Taken now: the caller may change an array or a date right after the call.
    const taken = isKey(query) ? copyKey(query) : query;
    return scope.turn(
      () => rows.ready(plan),
      () => call(rows.query(plan, index, taken)),
    );
  }

  async #first(asked: IDBValidKey | IDBKeyRange | undefined): Promise<{ key: RecordKey; row: unknown } | undefined> {
    const { raw, index } = this.parts;
    if (index === undefined && isKey(asked)) {
      const row: unknown = await answer(raw.get(asked as IDBValidKey));
      return row === undefined ? undefined : { key: asked, row };
    }
    const [row, key] = await Promise.all([
      answer<unknown>(raw.get(asked as IDBValidKey)),
      answer(raw.getKey(asked as IDBValidKey)),
    ]);
    return row === undefined ? undefined : { key: key as RecordKey, row };
  }

  async #all(
    asked: IDBValidKey | IDBKeyRange | undefined,
    count: number | undefined,
  ): Promise<[keys: RecordKey[], rows: unknown[]]> {
    const { raw } = this.parts;
    const [keys, rows] = await Promise.all([answer(raw.getAllKeys(asked, count)), answer(raw.getAll(asked, count))]);
    return [keys as RecordKey[], rows];
  }
}
