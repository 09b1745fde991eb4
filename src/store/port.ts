// The store port: a read set and a write set. `read -> compute (await what you like) -> commit(checks, writes)`, with optimistic
// versions. No callback ever runs inside a database transaction, so nothing can be awaited in one by mistake. Every backend
// passes one conformance suite: test/store/conformance.ts.
import type { Bytes } from '../model/shape.ts';

/** The name of a row. Tables are few and fixed; ids are ordered by their UTF-16 units. */
export interface Ref {
  readonly table: string;
  readonly id: string;
}

/** A row as it was when it was read. */
export interface Row extends Ref {
  /** Chosen by the store at every write and never used twice, also after a delete. */
  readonly version: string;
  readonly value: Bytes;
  /** A platform key that lies beside the bytes, where the backend can hold one. */
  readonly key?: CryptoKey | undefined;
  /** The same key for a second algorithm: WebCrypto binds each handle to one. */
  readonly twin?: CryptoKey | undefined;
}

/** What must hold for a commit to happen: the row has this version, or (undefined) does not exist. */
export interface Check extends Ref {
  readonly version: string | undefined;
}

export interface Put extends Ref {
  readonly value: Bytes;
  readonly key?: CryptoKey | undefined;
  readonly twin?: CryptoKey | undefined;
}

export interface Delete extends Ref {
  readonly value?: undefined;
  readonly key?: undefined;
  readonly twin?: undefined;
}

export type Write = Put | Delete;

/** `strict`: on the medium before the promise resolves. `relaxed`: handed to the operating system. */
export type Durability = 'strict' | 'relaxed';

export interface ListOptions {
  /** Rows with a greater id only. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/** Remembers, beside the store and not inside it, that the store held something: a cleared store is told from a new one. */
export interface Witness {
  read(): Promise<string | undefined>;
  write(text: string): Promise<void>;
}

/** Texts that a page which is about to end hands over at once, since it cannot wait for a commit. */
export interface Leavings {
  /** Puts a text under an id of 32 hexadecimal digits, before it returns, as far as it goes. */
  put(id: string, text: string): void;
  list(): readonly { readonly id: string; readonly text: string }[];
  /** Takes a text away, unless there is another under its id by now. */
  remove(id: string, text: string): void;
}

/**
 * Where rows are kept. Every method rejects with `StoreUnavailable` where the storage is blocked, broken, or does not answer
 * within its deadline; none hangs. Values are copied on the way in and on the way out.
 */
export interface Store {
  /**
   * Milliseconds that a record of a key may be used again without reading it: for stores that are shared with other processes
   * and slow to read. What others change counts here after that time at the latest. Absent: every call reads.
   */
  readonly freshFor?: number | undefined;
  /** True where rows can hold a CryptoKey, non-extractable keys included. */
  readonly holdsCryptoKeys: boolean;
  /** Reads rows as they were at one moment; undefined for each that does not exist. */
  read(refs: readonly Ref[]): Promise<readonly (Row | undefined)[]>;
  /** Reads rows of a table in the order of their ids. */
  list(table: string, options: ListOptions): Promise<readonly Row[]>;
  /** Number of rows of a table. */
  count(table: string): Promise<number>;
  /**
   * Writes all or nothing.
   * @returns false, with nothing written, where a check does not hold
   * @throws KeysNotKept where the backend cannot hold the CryptoKey of a row
   */
  commit(checks: readonly Check[], writes: readonly Write[], durability: Durability): Promise<boolean>;
  /** Lets go of connections. Later calls may connect again. */
  disconnect(): Promise<void>;
  /** Absent where the backend has no second place. */
  readonly witness?: Witness | undefined;
  /** Absent where nothing can be handed over at once. */
  readonly leavings?: Leavings | undefined;
}
