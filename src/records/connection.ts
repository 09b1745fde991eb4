// The connection behind Records: the database, its plans, its data keys, and the sealers by KMS key.
import { loadSyncCiphers } from '../cipher/wasm-engine.ts';
import { utf8 } from '../formats/bytes.ts';
import { ValidationException } from '../model/errors/index.ts';
import { mostLoaded } from '../sealer/loaded-keys.ts';
import { makeSealer } from '../sealer/open.ts';
import type { Sealer } from '../sealer/sealer.ts';
import type { SealerKms } from '../sealer/service.ts';
import { indexedDbStore } from '../store/indexeddb.ts';
import type { Store, Witness } from '../store/port.ts';
import { BlindKeys } from './blind-keys.ts';
import { DataKeyRows } from './data-key-rows.ts';
import { isCoreThere, RowCipher } from './row-cipher.ts';
import { Rows, type StoredRow } from './rows.ts';
import type { StorePlan } from './schema.ts';

export interface ConnectionParts {
  readonly name: string;
  readonly version: number;
  readonly kms: SealerKms;
  readonly keyId: string;
  readonly plans: ReadonlyMap<string, StorePlan>;
  readonly encryptionContext: Readonly<Record<string, string>>;
  readonly maxAge: number | undefined;
  readonly wipeOnPageHide: boolean;
  readonly deadline: number;
  readonly clock: () => number;
}

const notes = 'notes';

/** What seals under one KMS key. */
export interface Under {
  readonly sealer: Sealer;
  readonly rows: Rows;
}

export class Connection {
  readonly name: string;
  readonly version: number;
  readonly keyId: string;
  readonly plans: ReadonlyMap<string, StorePlan>;
  readonly dataKeys: DataKeyRows;
  readonly clock: () => number;
  readonly rows: Rows;
  readonly #parts: ConnectionParts;
  readonly #keyStore: Store;
  readonly #main: Sealer;
  readonly #unders = new Map<string, Under>();
  readonly #channel: BroadcastChannel | undefined;
  #database: IDBDatabase | undefined;
  #isClosed = false;

  private constructor(parts: ConnectionParts, isSync: boolean) {
    this.#parts = parts;
    this.name = parts.name;
    this.version = parts.version;
    this.keyId = parts.keyId;
    this.plans = parts.plans;
    this.clock = parts.clock;
    this.#keyStore = indexedDbStore(`records/${parts.name}`, { deadline: parts.deadline });
    this.dataKeys = new DataKeyRows(this.#keyStore, parts.clock);
    this.#main = this.#sealer(parts.keyId);
    const cipher = new RowCipher(this.#main, this.#main, isSync);
    this.rows = new Rows(cipher, new BlindKeys(cipher, this.#keyStore));
    this.#unders.set(parts.keyId, { sealer: this.#main, rows: this.rows });
    this.#channel = channelOf(parts.name, () => this.renew());
  }

  static async make(parts: ConnectionParts): Promise<Connection> {
    return new Connection(parts, await isCoreThere(loadSyncCiphers));
  }

  /** Takes the database, and loads what the first transactions need. @param canMake whether blind keys may begin anew */
  async attach(database: IDBDatabase, canMake: boolean): Promise<void> {
    this.#database = database;
    await this.loadDataKeys();
    if (this.needsBlindKey) await this.rows.blindKeys.load(canMake);
  }

  /** Loads the latest data keys, as far as they can be had; one that does not open is told when a record of it is read. */
  async loadDataKeys(): Promise<void> {
    const latest = [...(await this.dataKeys.list())].sort(([, a], [, b]) => b.createdAt - a.createdAt);
    await Promise.allSettled(latest.slice(0, mostLoaded).map(([id]) => this.#main.load(id)));
  }

  get needsBlindKey(): boolean {
    return [...this.plans.values()].some((plan) => plan.needsBlindKey);
  }

  /** Remembers, beside the databases, that there was one. */
  get witness(): Witness {
    return this.#keyStore.witness as Witness;
  }

  /** The plan of a declared store. */
  readonly planOf = (name: string): StorePlan => {
    const plan = this.plans.get(name);
    if (plan === undefined) throw new DOMException(`There is no store ${name} in the schema.`, 'NotFoundError');
    return plan;
  };

  get storeNames(): readonly string[] {
    return [...this.plans.keys()];
  }

  /** The database itself. @throws DOMException `InvalidStateError` where it was closed */
  get database(): IDBDatabase {
    if (this.#database === undefined || this.#isClosed)
      throw new DOMException('The connection to the database is closed: open it again.', 'InvalidStateError');
    return this.#database;
  }

  begin(names: readonly string[], mode: IDBTransactionMode, durability: IDBTransactionDurability): IDBTransaction {
    for (const name of names) this.planOf(name);
    return this.database.transaction([...names], mode, { durability });
  }

  /** What seals under this KMS key; made when first asked for. */
  under(keyId: string): Under {
    if (typeof keyId !== 'string' || keyId === '') throw new ValidationException('keyId must name a KMS key.');
    let under = this.#unders.get(keyId);
    if (under === undefined) {
      const sealer = this.#sealer(keyId);
      under = { sealer, rows: new Rows(this.rows.cipher.under(sealer), this.rows.blindKeys) };
      this.#unders.set(keyId, under);
    }
    return under;
  }

  /** What seals under the KMS key that a row is under already. */
  rowsFor(row: StoredRow): Rows {
    return this.under(this.dataKeys.keyIdOf(row.sealed) ?? this.keyId).rows;
  }

  /** A text that is kept beside the data keys. Whoever can write to the disk can change it. */
  async readNote(id: string): Promise<string | undefined> {
    const [row] = await this.#keyStore.read([{ table: notes, id }]);
    return row && new TextDecoder().decode(row.value);
  }

  async writeNote(id: string, text: string): Promise<void> {
    await this.#keyStore.commit([], [{ table: notes, id, value: utf8(text) }], 'strict');
  }

  /** Lets every sealer here make a new data key before it seals again. */
  renew(): void {
    for (const { sealer } of this.#unders.values()) sealer.retire();
  }

  /** The same in every tab. */
  renewEverywhere(): void {
    this.renew();
    this.#channel?.postMessage('renew');
  }

  wipe(): void {
    for (const { sealer } of this.#unders.values()) sealer.wipe();
    this.rows.blindKeys.wipe();
  }

  /** Holds nothing while nobody uses it: data keys and its connection come back when they are asked for. */
  rest(): void {
    this.wipe();
    this.#keyStore.disconnect().catch(() => {});
  }

  close(): void {
    this.#isClosed = true;
    this.#channel?.close();
    this.#database?.close();
    this.#keyStore.disconnect().catch(() => {});
    for (const { sealer } of this.#unders.values()) sealer.close();
    this.rows.blindKeys.wipe();
  }

  #sealer(KeyId: string): Sealer {
    const { kms, name, encryptionContext, maxAge, wipeOnPageHide, clock } = this.#parts;
    const EncryptionContext = { ...encryptionContext, 'keyhaven:records': name };
    return makeSealer(kms, { KeyId, EncryptionContext, maxAge, wipeOnPageHide, clock }, this.dataKeys.of(KeyId));
  }
}

/** Tabs tell each other to renew their data keys. Where there is no channel, they do by themselves within `maxAge`. */
function channelOf(name: string, renew: () => void): BroadcastChannel | undefined {
  if (typeof BroadcastChannel === 'undefined') return undefined;
  const channel = new BroadcastChannel(`keyhaven:records:${name}`);
  channel.onmessage = ({ data }) => {
    if (data === 'renew') renew();
  };
  return channel;
}
