// One attempt at a change, row by row: what it reads becomes the checks of its commit, what it writes is kept back until then. It reads
// a row once, and sees its own writes.
import type { Scope } from '../model/arn.ts';
import type { Check, Ref, Row, Store, Write } from '../store/port.ts';
import type { TrailEvent } from '../trail/event.ts';
import type { Fence } from './fence.ts';
import { forgetRecent } from './recent-keys.ts';
import type { RowCodec } from './row-codec.ts';
import { keyRef, type Records } from './tables.ts';
import type { TrailLog } from './trail/log.ts';

export interface KeyPlace {
  readonly scope: Scope;
  readonly id: string;
}

export interface AttemptParts {
  readonly store: Store;
  readonly codec: RowCodec;
  /** The time of the change, in milliseconds since 1970. */
  readonly now: number;
  readonly trustsClock: boolean;
  /** True where the keyring counts its changes. */
  readonly isCounted: boolean;
  /** What changes are recorded in; undefined where the trail is off. */
  readonly log: TrailLog | undefined;
  readonly fence: Fence;
}

const nameOf = (ref: Ref): string => `${ref.table}/${ref.id}`;

export class Attempt {
  readonly store: Store;
  readonly codec: RowCodec;
  readonly now: number;
  readonly trustsClock: boolean;
  readonly isCounted: boolean;
  /** The rows that were read, by table and id. */
  readonly read: Map<string, { readonly ref: Ref; readonly row: Row | undefined }> = new Map();
  /** The rows that are to be written, by table and id. */
  readonly written: Map<string, Write> = new Map();
  /** What the rows are after the writes, decoded. */
  readonly #records = new Map<string, unknown>();
  readonly #due = new Map<string, KeyPlace>();
  readonly #events: TrailEvent[] = [];
  readonly #log: TrailLog | undefined;
  readonly #fence: Fence;

  constructor({ store, codec, now, trustsClock, isCounted, log, fence }: AttemptParts) {
    this.store = store;
    this.codec = codec;
    this.now = now;
    this.trustsClock = trustsClock;
    this.isCounted = isCounted;
    this.#log = log;
    this.#fence = fence;
  }

  async get<T extends keyof Records>(ref: Ref & { readonly table: T }): Promise<Records[T] | undefined> {
    const name = nameOf(ref);
    if (this.#records.has(name)) return this.#records.get(name) as Records[T] | undefined;
    const [row] = await this.store.read([ref]);
    this.require(ref, row);
    const record = row && (await this.codec.decode(ref, row));
    this.#records.set(name, record);
    return record;
  }

  async put<T extends keyof Records>(ref: Ref & { readonly table: T }, record: Records[T]): Promise<void> {
    this.#records.set(nameOf(ref), record);
    this.write({ table: ref.table, id: ref.id, value: await this.codec.encode(ref, record) });
  }

  /** Removes a row, read or not. */
  remove(ref: Ref): void {
    this.write({ table: ref.table, id: ref.id });
    this.#records.set(nameOf(ref), undefined);
  }

  write(write: Write): void {
    this.written.set(nameOf(write), write);
  }

  /** Makes it a condition of the commit that a row is as it was when it was read. */
  require(ref: Ref, row: Row | undefined): void {
    this.read.set(nameOf(ref), { ref, row });
  }

  /** Puts an event in the trail if the attempt is committed. */
  record(event: TrailEvent): void {
    this.#events.push(event);
  }

  /** Notes a key that was looked for and whose deletion date has passed. */
  noteDue(key: KeyPlace): void {
    this.#due.set(keyRef(key.scope, key.id).id, key);
  }

  get due(): readonly KeyPlace[] {
    return [...this.#due.values()];
  }

  /** What must hold for the attempt to be committed. */
  get checks(): readonly Check[] {
    return [...this.read.values()].map(({ ref, row }) => ({ table: ref.table, id: ref.id, version: row?.version }));
  }

  get writes(): readonly Write[] {
    return [...this.written.values()];
  }

  /** @returns false, with nothing written, where a check does not hold @throws StoreNewer */
  async commit(): Promise<boolean> {
    const checks = [...this.checks, this.#fence.check];
    try {
      const isWritten = this.#log
        ? await this.#log.commit(checks, this.writes, this.#events)
        : await this.store.commit(checks, this.writes, 'strict');
      if (!isWritten) await this.#fence.renew();
      return isWritten;
    } finally {
      forgetRecent(this.store);
    }
  }
}
