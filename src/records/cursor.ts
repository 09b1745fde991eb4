// Cursors. The record under a cursor is opened when the cursor gets there; where it does not open, reading `value` throws and the
// walk goes on.
import { KeyWriter, type RecordKey } from '../formats/record-key.ts';
import { ValidationException } from '../model/errors/index.ts';
import { answer, isLater, type Soon } from './answer.ts';
import { keyAt, keysAt } from './key-path.ts';
import type { SourceParts } from './source-parts.ts';
import { writeRecord } from './write.ts';

type Asked = IDBValidKey | IDBKeyRange | undefined;
type Move = (cursor: IDBCursor) => void;

/** Keys alone. */
export class RecordKeyCursor<K, Q> {
  /** @internal */
  protected readonly parts: SourceParts;
  /** @internal */
  protected readonly raw: IDBCursor;
  #next: Promise<this | null> | undefined;

  /** @internal */
  constructor(parts: SourceParts, raw: IDBCursor) {
    this.parts = parts;
    this.raw = raw;
  }

  /** @internal */
  static open<K, Q>(
    parts: SourceParts,
    asked: Asked,
    direction: IDBCursorDirection,
  ): Promise<RecordKeyCursor<K, Q> | null> {
    if (parts.index === undefined ? parts.plan.isBlind : parts.index.isBlind || parts.plan.isBlind)
      throw new ValidationException('The keys are blind, so there is nothing to see in a key cursor: use openCursor.');
    return answer(parts.raw.openKeyCursor(asked, direction)).then(
      (raw) => raw && new RecordKeyCursor<K, Q>(parts, raw),
    );
  }

  get direction(): IDBCursorDirection {
    return this.raw.direction;
  }

  /** The key that the cursor walks by: the primary key, or that of the index. */
  get key(): Q {
    return this.raw.key as Q;
  }

  get primaryKey(): K {
    return this.raw.primaryKey as K;
  }

  /** The next record, or the next from `key` on. @returns null behind the last */
  continue(key?: Q): Promise<this | null> {
    return this.move((raw) => {
      if (key === undefined) return raw.continue();
      this.#refuseBlind(this.parts.index ?? this.parts.plan);
      raw.continue(key as IDBValidKey);
    });
  }

  continuePrimaryKey(key: Q, primaryKey: K): Promise<this | null> {
    return this.move((raw) => {
      for (const each of [this.parts.index ?? this.parts.plan, this.parts.plan]) this.#refuseBlind(each);
      raw.continuePrimaryKey(key as IDBValidKey, primaryKey as IDBValidKey);
    });
  }

  advance(count: number): Promise<this | null> {
    return this.move((raw) => raw.advance(count));
  }

  /** Walks on from here: `for await (const each of cursor)`. */
  async *[Symbol.asyncIterator](): AsyncGenerator<this, void, undefined> {
    let cursor: this | null = this;
    while (cursor !== null) {
      yield cursor;
      cursor = await cursor.moved();
    }
  }

  /** Where the walk has gone since the cursor was given out, or one step on. @internal */
  protected moved(): Promise<this | null> {
    const next = this.#next ?? this.continue();
    this.#next = undefined;
    return next;
  }

  /** @internal */
  protected move(how: Move): Promise<this | null> {
    this.#next = this.parts.scope.turn(
      () => undefined,
      () => {
        const { raw } = this;
        how(raw);
        return answer(raw.request as IDBRequest<IDBCursor | null>).then((at) => (at === null ? null : this.arrive()));
      },
    );
    return this.#next;
  }

  /** @internal */
  protected arrive(): Soon<this> {
    return this;
  }

  #refuseBlind({ name, isBlind }: { readonly name: string; readonly isBlind: boolean }): void {
    if (isBlind)
      throw new ValidationException(`The keys of ${name} are blind and in no order: there is no way to one.`);
  }
}

type Read = { readonly value: unknown; readonly key: RecordKey } | { readonly error: unknown };

/** Keys and values. */
export class RecordCursor<K, V, Q> extends RecordKeyCursor<K, Q> {
  #read: Read | undefined;

  /** @internal */
  static override open<K, V, Q>(
    parts: SourceParts,
    asked: Asked,
    direction: IDBCursorDirection,
  ): Promise<RecordCursor<K, V, Q> | null> {
    return answer(parts.raw.openCursor(asked, direction)).then(
      (raw) => raw && new RecordCursor<K, V, Q>(parts, raw).arrive(),
    );
  }

  /** @throws where the record does not open; the cursor can go on */
  get value(): V {
    return this.#opened().value as V;
  }

  override get primaryKey(): K {
    return (this.parts.plan.isBlind ? this.#opened().key : this.raw.primaryKey) as K;
  }

  /** Of a blind index: the key in the record that the index was asked for; undefined where it walks over all of a multiEntry index. */
  override get key(): Q {
    const { index, plan, rows } = this.parts;
    if (index === undefined) return this.primaryKey as unknown as Q;
    if (!index.isBlind) return this.raw.key as Q;
    const { value } = this.#opened();
    if (!index.multiEntry) return keyAt(value, index.keyPath) as Q;
    const here = hex(this.raw.key as RecordKey);
    return keysAt(value, index.keyPath).find(
      (key) => hex(rows.blindKeys.blind(plan.name, index.name, key)) === here,
    ) as Q;
  }

  /** Seals another value in the place of this one. Its primary key must be the same. */
  update(value: V): Promise<K> {
    const { scope, rows, plan } = this.parts;
    const key = this.primaryKey;
    const store = this.#store();
    const taken = scope.isFree ? value : structuredClone(value);
    return scope.turn(
      () => rows.ready(plan),
      () => {
        const draft = rows.draft(plan, taken, plan.keyPath === undefined ? key : undefined);
        if (draft.key === undefined || hex(draft.key) !== hex(key as RecordKey))
          throw new DOMException('The value has another primary key than the cursor.', 'DataError');
        return writeRecord({ scope, rows, plan, store }, 'put', draft) as Soon<K>;
      },
    );
  }

  delete(): Promise<void> {
    const store = this.#store();
    const key = this.raw.primaryKey;
    return this.parts.scope.turn(
      () => undefined,
      () => answer(store.delete(key)).then(() => {}),
    );
  }

  /** @internal */
  protected override arrive(): Soon<this> {
    const { scope, rows, plan } = this.parts;
    const settle = (read: Read): this => {
      this.#read = read;
      return this;
    };
    try {
      const raw = this.raw as IDBCursorWithValue;
      const opened = rows.openPair(plan, raw.primaryKey as RecordKey, raw.value);
      if (!isLater(opened)) return settle(opened);
      const settled = opened.then(settle, (error) => settle({ error }));
      return scope.hold(settled, () => this);
    } catch (error) {
      return settle({ error });
    }
  }

  #opened(): { readonly value: unknown; readonly key: RecordKey } {
    const read = this.#read;
    if (read === undefined || 'error' in read) throw read?.error;
    return read;
  }

  #store(): IDBObjectStore {
    const { raw, index } = this.parts;
    return index === undefined ? (raw as IDBObjectStore) : (raw as IDBIndex).objectStore;
  }
}

function hex(key: RecordKey): string {
  const writer = new KeyWriter();
  writer.key(key);
  return writer.since(0).join();
}
