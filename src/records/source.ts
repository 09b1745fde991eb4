// What object stores and indexes have in common: reading by key, by range, in order.
import type { RecordKey } from '../formats/record-key.ts';
import { answer, type Soon } from './answer.ts';
import { RecordCursor, RecordKeyCursor } from './cursor.ts';
import { copyKey, isKey } from './key-path.ts';
import type { SourceParts } from './source-parts.ts';

/** Rows that are read in one go. */
const partLength = 1000;

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
      const { scope, index, raw } = this.parts;
      // Of an index all rows at once: its keys say nothing of where a part ends.
      const most = index === undefined ? Math.min(count || partLength, partLength) : count;
      const begun = Promise.all([answer(raw.getAllKeys(asked, count)), answer<unknown[]>(raw.getAll(asked, most))]);
      const read = ([keys, first]: [IDBValidKey[], unknown[]]) => this.#openAll(keys as RecordKey[], first);
      // More rows are asked for when the keys are there: a write that is called for meanwhile must not come in between.
      return scope.transaction.mode === 'readonly' ? begun.then(read) : scope.await(begun, read);
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
    const first = await this.openCursor(query, direction);
    if (first !== null) yield* first;
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

  /**
   * The values under `keys`. Of many, the database reads the next part while this one is opened here.
   * @param first the rows of the first keys, or of all
   */
  async #openAll(keys: readonly RecordKey[], first: readonly unknown[]): Promise<V[]> {
    const { scope, rows, plan, raw } = this.parts;
    const open = (own: readonly RecordKey[], found: readonly unknown[]): Promise<V[]> =>
      Promise.resolve(scope.hold(rows.openMany(plan, own, found), (values) => values as V[]));
    const parts: Promise<V[]>[] = [];
    for (let start = first.length; start < keys.length; start += partLength) {
      const own = keys.slice(start, start + partLength);
      const range = IDBKeyRange.bound(own[0], own.at(-1));
      parts.push(answer<unknown[]>(raw.getAll(range)).then((found) => open(own, found)));
    }
    // Asked for before the first part is opened, which takes its time.
    const values = await Promise.all([open(keys.slice(0, first.length), first), ...parts]);
    return values.length === 1 ? (values[0] as V[]) : values.flat();
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
