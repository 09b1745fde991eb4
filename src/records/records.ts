// An encrypted database with the face of `idb`: what openRecords gives.
import type { DBSchema, IndexKey, IndexNames, StoreKey, StoreNames, StoreValue } from 'idb';
import { optionsReader } from '../model/options.ts';
import { abort } from './answer.ts';
import type { Connection } from './connection.ts';
import type { RecordIndex } from './object-store.ts';
import { type RewrapOptions, type RewrapResult, rewrapAll } from './rewrap.ts';
import type { Rows } from './rows.ts';
import { RecordTransaction, type StoreOf } from './transaction.ts';

export interface TransactionOptions {
  /** As in IndexedDB. Default `default`, which is the browser's choice. */
  readonly durability?: IDBTransactionDurability | undefined;
}

/** Made by `openRecords`. @template S the schema, as for `idb` */
export class Records<S extends DBSchema | unknown = unknown> {
  readonly #connection: Connection;
  readonly #rows: Rows;

  /** @internal */
  constructor(connection: Connection, rows: Rows) {
    this.#connection = connection;
    this.#rows = rows;
  }

  get name(): string {
    return this.#connection.name;
  }

  get version(): number {
    return this.#connection.version;
  }

  get objectStoreNames(): readonly (StoreNames<S> & string)[] {
    return this.#connection.storeNames as (StoreNames<S> & string)[];
  }

  /** Begins a transaction. It commits by itself when nothing more is asked of it; await `done` to know that it did. */
  transaction<N extends StoreNames<S> & string>(
    names: N | readonly N[],
    mode: 'readonly' | 'readwrite' = 'readonly',
    options: TransactionOptions = {},
  ): RecordTransaction<S, N> {
    const durability = optionsReader(options, { durability: true })('durability') ?? 'default';
    const wanted = typeof names === 'string' ? [names] : [...names];
    return new RecordTransaction(this.#connection.begin(wanted, mode, durability), this.#rows, this.#connection.planOf);
  }

  get<N extends StoreNames<S> & string>(
    name: N,
    query: StoreKey<S, N> | IDBKeyRange,
  ): Promise<StoreValue<S, N> | undefined> {
    return this.#read(name, (store) => store.get(query));
  }

  getKey<N extends StoreNames<S> & string>(
    name: N,
    query: StoreKey<S, N> | IDBKeyRange,
  ): Promise<StoreKey<S, N> | undefined> {
    return this.#read(name, (store) => store.getKey(query));
  }

  getAll<N extends StoreNames<S> & string>(
    name: N,
    query?: StoreKey<S, N> | IDBKeyRange | null,
    count?: number,
  ): Promise<StoreValue<S, N>[]> {
    return this.#read(name, (store) => store.getAll(query, count));
  }

  getAllKeys<N extends StoreNames<S> & string>(
    name: N,
    query?: StoreKey<S, N> | IDBKeyRange | null,
    count?: number,
  ): Promise<StoreKey<S, N>[]> {
    return this.#read(name, (store) => store.getAllKeys(query, count));
  }

  /** Values in the order of `keys`; undefined for each that is not there. */
  getMany<N extends StoreNames<S> & string>(
    name: N,
    keys: readonly StoreKey<S, N>[],
  ): Promise<(StoreValue<S, N> | undefined)[]> {
    return this.#read(name, (store) => store.getMany(keys));
  }

  count<N extends StoreNames<S> & string>(name: N, query?: StoreKey<S, N> | IDBKeyRange | null): Promise<number> {
    return this.#read(name, (store) => store.count(query));
  }

  getFromIndex<N extends StoreNames<S> & string, I extends IndexNames<S, N> & string>(
    name: N,
    index: I,
    query: IndexKey<S, N, I> | IDBKeyRange,
  ): Promise<StoreValue<S, N> | undefined> {
    return this.#readIndex(name, index, (source) => source.get(query));
  }

  getKeyFromIndex<N extends StoreNames<S> & string, I extends IndexNames<S, N> & string>(
    name: N,
    index: I,
    query: IndexKey<S, N, I> | IDBKeyRange,
  ): Promise<StoreKey<S, N> | undefined> {
    return this.#readIndex(name, index, (source) => source.getKey(query));
  }

  getAllFromIndex<N extends StoreNames<S> & string, I extends IndexNames<S, N> & string>(
    name: N,
    index: I,
    query?: IndexKey<S, N, I> | IDBKeyRange | null,
    count?: number,
  ): Promise<StoreValue<S, N>[]> {
    return this.#readIndex(name, index, (source) => source.getAll(query, count));
  }

  getAllKeysFromIndex<N extends StoreNames<S> & string, I extends IndexNames<S, N> & string>(
    name: N,
    index: I,
    query?: IndexKey<S, N, I> | IDBKeyRange | null,
    count?: number,
  ): Promise<StoreKey<S, N>[]> {
    return this.#readIndex(name, index, (source) => source.getAllKeys(query, count));
  }

  countFromIndex<N extends StoreNames<S> & string, I extends IndexNames<S, N> & string>(
    name: N,
    index: I,
    query?: IndexKey<S, N, I> | IDBKeyRange | null,
  ): Promise<number> {
    return this.#readIndex(name, index, (source) => source.count(query));
  }

  /** Seals a value and writes it, in the place of the one with the same key. @param key where the store has no key path */
  put<N extends StoreNames<S> & string>(
    name: N,
    value: StoreValue<S, N>,
    key?: StoreKey<S, N>,
  ): Promise<StoreKey<S, N>> {
    return this.#write(name, (store) => store.put(value, key));
  }

  /** The same, where there is none with this key. @throws DOMException `ConstraintError` where there is one */
  add<N extends StoreNames<S> & string>(
    name: N,
    value: StoreValue<S, N>,
    key?: StoreKey<S, N>,
  ): Promise<StoreKey<S, N>> {
    return this.#write(name, (store) => store.add(value, key));
  }

  /** Writes many values in one transaction, sealed in one call of the core. */
  putMany<N extends StoreNames<S> & string>(
    name: N,
    values: readonly StoreValue<S, N>[],
    keys?: readonly StoreKey<S, N>[],
  ): Promise<StoreKey<S, N>[]> {
    return this.#write(name, (store) => store.putMany(values, keys));
  }

  /**
   * Reads a record, changes it and writes it, in one transaction: no other tab comes in between.
   * @param change must answer at once; undefined leaves the record as it is
   * @returns what `change` gave
   */
  update<N extends StoreNames<S> & string>(
    name: N,
    key: StoreKey<S, N>,
    change: (value: StoreValue<S, N> | undefined) => StoreValue<S, N>,
  ): Promise<StoreValue<S, N>>;
  update<N extends StoreNames<S> & string>(
    name: N,
    key: StoreKey<S, N>,
    change: (value: StoreValue<S, N> | undefined) => StoreValue<S, N> | undefined,
  ): Promise<StoreValue<S, N> | undefined>;
  update<N extends StoreNames<S> & string>(
    name: N,
    key: StoreKey<S, N>,
    change: (value: StoreValue<S, N> | undefined) => StoreValue<S, N> | undefined,
  ): Promise<StoreValue<S, N> | undefined> {
    return this.#write(name, async (store) => {
      const next = change(await store.get(key));
      if ((next as unknown) instanceof Promise)
        throw new TypeError('change must answer at once: a transaction waits for nothing else.');
      if (next !== undefined) await store.put(next, store.keyPath === null ? key : undefined);
      return next;
    });
  }

  delete<N extends StoreNames<S> & string>(name: N, query: StoreKey<S, N> | IDBKeyRange): Promise<void> {
    return this.#write(name, (store) => store.delete(query));
  }

  clear<N extends StoreNames<S> & string>(name: N): Promise<void> {
    return this.#write(name, (store) => store.clear());
  }

  /**
   * The same database, whose new records are sealed under another KMS key: that of a user, say. Everything that is there can be
   * read through either.
   * @param keyId id, ARN, alias name or alias ARN
   */
  under(keyId: string): Records<S> {
    const { rows } = this.#connection.under(keyId);
    return new Records(this.#connection, rows);
  }

  /**
   * Seals all records anew under fresh data keys: after a rotation, or to move them to another KMS key. In small transactions;
   * others read and write meanwhile. A walk that was interrupted goes on where it was.
   */
  rewrap(options: RewrapOptions = {}): Promise<RewrapResult> {
    return rewrapAll(this.#connection, options);
  }

  /** Wipes all data keys from memory; they are asked of the KMS again when they are needed. */
  wipe(): void {
    this.#connection.wipe();
  }

  /** Ends the connection and wipes all data keys. Transactions that are running come to their end. */
  close(): void {
    this.#connection.close();
  }

  #read<N extends StoreNames<S> & string, T>(name: N, call: (store: StoreOf<S, N>) => Promise<T>): Promise<T> {
    return new Promise((resolve) => resolve(call(this.transaction(name, 'readonly').objectStore(name))));
  }

  #readIndex<N extends StoreNames<S> & string, I extends IndexNames<S, N> & string, T>(
    name: N,
    index: I,
    call: (source: RecordIndex<StoreKey<S, N>, StoreValue<S, N>, IndexKey<S, N, I>>) => Promise<T>,
  ): Promise<T> {
    return this.#read(name, (store) => call(store.index(index)));
  }

  async #write<N extends StoreNames<S> & string, T>(name: N, call: (store: StoreOf<S, N>) => Promise<T>): Promise<T> {
    const transaction = this.transaction(name, 'readwrite');
    let result: T;
    try {
      result = await call(transaction.objectStore(name));
    } catch (error) {
      abort(transaction);
      throw error;
    }
    await transaction.done;
    return result;
  }
}
