// One connection to an IndexedDB database, made when first needed and again whenever the browser closed it.
import { type IDBPDatabase, openDB } from 'idb';
import { StoreUnavailable } from '../model/errors/index.ts';
import { within } from './deadline.ts';

/** Version of the database's schema. */
const schema = 1;

export class Connection {
  readonly #name: string;
  readonly #storeName: string;
  readonly #deadline: number;
  #database: Promise<IDBPDatabase> | undefined;
  readonly #lost = new WeakSet<IDBPDatabase>();

  constructor(name: string, storeName: string, deadline: number) {
    this.#name = name;
    this.#storeName = storeName;
    this.#deadline = deadline;
  }

  /** @throws StoreUnavailable within the deadline where there is no database to be had */
  open(): Promise<IDBPDatabase> {
    if (this.#database === undefined) {
      const opening = this.#connect();
      this.#database = opening;
      opening.catch(() => {
        if (this.#database === opening) this.#database = undefined;
      });
    }
    return this.#database;
  }

  /** True where this connection was closed since it was made: by the browser, another version, or `close`. */
  hasLost(database: IDBPDatabase): boolean {
    return this.#lost.has(database);
  }

  async close(): Promise<void> {
    const opening = this.#database;
    this.#database = undefined;
    const database = await opening?.catch(() => undefined);
    if (database) this.#drop(database);
  }

  #drop(database: IDBPDatabase): void {
    this.#lost.add(database);
    this.#database = undefined;
    database.close();
  }

  async #connect(): Promise<IDBPDatabase> {
    let isGivenUp = false;
    const opening = this.#openDatabase();
    opening.then(
      (late) => isGivenUp && late.close(),
      () => {},
    );
    try {
      return await within(opening, this.#deadline, `Opening the IndexedDB database ${this.#name}`, () => {
        isGivenUp = true;
      });
    } catch (error) {
      throw error instanceof StoreUnavailable ? error : unavailable(error);
    }
  }

  async #openDatabase(): Promise<IDBPDatabase> {
    // Reading the global itself throws in some sandboxed frames.
    if (typeof globalThis.indexedDB === 'undefined')
      throw new StoreUnavailable('There is no IndexedDB here. Pass a `store`, such as memoryStore().');
    let opened: IDBPDatabase | undefined;
    const lose = () => {
      if (opened) this.#drop(opened);
    };
    opened = await openDB(this.#name, schema, {
      upgrade: (database) => {
        database.createObjectStore(this.#storeName, { keyPath: null, autoIncrement: false });
      },
      // Another connection wants to delete or upgrade the database: let it. The next use connects again.
      blocking: lose,
      // The browser closed it: storage cleared, disk error, or the page was frozen.
      terminated: lose,
      blocked: () => {},
    });
    return opened;
  }
}

function unavailable(cause: unknown): StoreUnavailable {
  const name = cause instanceof Error || cause instanceof DOMException ? cause.name : 'unknown error';
  if (name === 'VersionError') {
    return new StoreUnavailable(
      'The database was made by a newer version of keyhaven. Reload the page to get that version.',
      { cause },
    );
  }
  return new StoreUnavailable(
    `IndexedDB cannot be opened (${name}). Private windows and blocked cookies have this effect.`,
    { cause },
  );
}
