// One attempt at a change: what it reads becomes the checks of its commit, what it writes is kept back until then.
import { type Kept, twinOf } from '../keys/custody.ts';
import { StoreEvicted } from '../model/errors/index.ts';
import { type AliasRecord, isDue, type KeyRecord } from '../model/key-record.ts';
import type { Check, Ref, Row, Store, Write } from '../store/port.ts';
import type { RowCodec } from './row-codec.ts';
import { aliasRef, type KeyringRecord, keyRef, keyringRef, materialRef, type Records } from './tables.ts';

const nameOf = (ref: Ref): string => `${ref.table}/${ref.id}`;

export class Draft {
  /** The time of this change, in milliseconds since 1970. */
  readonly now: number;
  /** Keys that were looked for and whose deletion date has passed. */
  readonly due: Set<string> = new Set<string>();
  readonly #store: Store;
  readonly #codec: RowCodec;
  readonly #read = new Map<string, { readonly ref: Ref; readonly row: Row | undefined }>();
  readonly #written = new Map<string, Write>();
  readonly #records = new Map<string, unknown>();

  constructor(store: Store, codec: RowCodec, now: number) {
    this.#store = store;
    this.#codec = codec;
    this.now = now;
  }

  /** What the keyring remembers of itself. @throws StoreEvicted */
  async keyring(): Promise<KeyringRecord> {
    const record = await this.#get(keyringRef);
    if (record === undefined) throw cleared();
    return record;
  }

  /** A key, or undefined where there is none, or its deletion date has passed. */
  async key(id: string): Promise<KeyRecord | undefined> {
    const record = await this.#get(keyRef(id));
    if (record === undefined) await this.keyring();
    if (record === undefined || !isDue(record, this.now)) return record;
    this.due.add(id);
    return undefined;
  }

  /** An alias whose key exists. */
  async alias(name: string): Promise<AliasRecord | undefined> {
    const record = await this.#get(aliasRef(name));
    if (record === undefined) await this.keyring();
    return record && (await this.key(record.keyId)) ? record : undefined;
  }

  /** A key although its deletion date may have passed: for its removal. */
  keyEvenIfDue(id: string): Promise<KeyRecord | undefined> {
    return this.#get(keyRef(id));
  }

  putKeyring(record: KeyringRecord): Promise<void> {
    return this.#put(keyringRef, { ...record, latestTime: Math.max(record.latestTime, this.now) });
  }

  putKey(record: KeyRecord): Promise<void> {
    return this.#put(keyRef(record.id), record);
  }

  putAlias(record: AliasRecord): Promise<void> {
    return this.#put(aliasRef(record.name), record);
  }

  putMaterial(keyId: string, materialId: string, kept: Kept): void {
    this.#write({ ...materialRef(keyId, materialId), value: kept.value, key: kept.key, twin: twinOf(kept) });
  }

  /** Removes a row, read or not. */
  remove(ref: Ref): void {
    this.#write({ table: ref.table, id: ref.id });
    this.#records.set(nameOf(ref), undefined);
  }

  get checks(): readonly Check[] {
    return [...this.#read.values()].map(({ ref, row }) => ({ table: ref.table, id: ref.id, version: row?.version }));
  }

  get writes(): readonly Write[] {
    return [...this.#written.values()];
  }

  async #get<T extends keyof Records>(ref: Ref & { readonly table: T }): Promise<Records[T] | undefined> {
    const name = nameOf(ref);
    if (this.#records.has(name)) return this.#records.get(name) as Records[T] | undefined;
    const [row] = await this.#store.read([ref]);
    this.#read.set(name, { ref, row });
    const record = row && (await this.#codec.decode(ref, row));
    this.#records.set(name, record);
    return record;
  }

  async #put<T extends keyof Records>(ref: Ref & { readonly table: T }, record: Records[T]): Promise<void> {
    this.#records.set(nameOf(ref), record);
    this.#write({ table: ref.table, id: ref.id, value: await this.#codec.encode(ref, record) });
  }

  #write(write: Write): void {
    this.#written.set(nameOf(write), write);
  }
}

/** The keyring's own row is gone while it is open. */
export const cleared = (): StoreEvicted =>
  new StoreEvicted('The storage was cleared while the keyring was open: by the browser, the user, or another program.');
