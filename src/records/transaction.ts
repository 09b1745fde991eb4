// A transaction over stores of records: the database's own, atomic and isolated as it is.
import type { DBSchema, IndexKey, IndexNames, StoreKey, StoreNames, StoreValue } from 'idb';
import { ended } from './answer.ts';
import { RecordStore } from './object-store.ts';
import type { Rows } from './rows.ts';
import type { StorePlan } from './schema.ts';
import { Scope } from './scope.ts';

/** The key types of a store's indexes, by name. */
export type IndexKeys<S extends DBSchema | unknown, N extends StoreNames<S>> = {
  [I in IndexNames<S, N> & string]: IndexKey<S, N, I>;
};

/** The store of a schema with its types. */
export type StoreOf<S extends DBSchema | unknown, N extends StoreNames<S>> = RecordStore<
  StoreKey<S, N>,
  StoreValue<S, N>,
  IndexKeys<S, N>
>;

/** @template S the schema @template N names of the stores in it */
export class RecordTransaction<S extends DBSchema | unknown, N extends StoreNames<S> = StoreNames<S>> {
  /** Resolves when all is committed; rejects, with nothing written, where it was aborted. */
  readonly done: Promise<void>;
  readonly #raw: IDBTransaction;
  readonly #scope: Scope;
  readonly #rows: Rows;
  readonly #planOf: (name: string) => StorePlan;

  /** @internal */
  constructor(raw: IDBTransaction, rows: Rows, planOf: (name: string) => StorePlan, done?: Promise<void>) {
    this.#raw = raw;
    this.#scope = new Scope(raw);
    this.#rows = rows;
    this.#planOf = planOf;
    this.done = done ?? ended(raw);
  }

  get mode(): IDBTransactionMode {
    return this.#raw.mode;
  }

  get error(): DOMException | null {
    return this.#raw.error;
  }

  get objectStoreNames(): readonly string[] {
    return Array.from(this.#raw.objectStoreNames);
  }

  /** The store, where there is one only. */
  get store(): StoreOf<S, N> {
    const [name, other] = this.objectStoreNames;
    if (name === undefined || other !== undefined)
      throw new DOMException('The transaction has several stores: say which with objectStore().', 'NotFoundError');
    return this.objectStore(name as N);
  }

  objectStore<M extends N>(name: M): StoreOf<S, M> {
    const plan = this.#planOf(name as string);
    const raw = this.#raw.objectStore(name as string);
    return new RecordStore({ scope: this.#scope, rows: this.#rows, plan, index: undefined, raw });
  }

  /** Undoes all of it. */
  abort(): void {
    this.#raw.abort();
  }

  /** Commits without waiting for what was asked last. It happens by itself too, when nothing more is asked. */
  commit(): void {
    const { idle } = this.#scope;
    if (idle === undefined) this.#raw.commit();
    else idle.then(() => this.#raw.commit()).catch(() => {});
  }
}
