// One attempt at a change: what it reads becomes the checks of its commit, what it writes is kept back until then. It sees one
// account and Region; `at` gives the same attempt in another, so that related keys change together or not at all.
import { copyOf, type Kept, twinOf } from '../keys/custody.ts';
import type { Scope } from '../model/arn.ts';
import { KeyUndecryptable } from '../model/errors/index.ts';
import type { GrantRecord } from '../model/grant-record.ts';
import { type AliasRecord, isDue, type KeyRecord } from '../model/key-record.ts';
import { lazily } from '../model/lazily.ts';
import { expiredMaterials, withoutImported } from '../model/material-expiry.ts';
import type { Check, Put, Ref, Row, Store, Write } from '../store/port.ts';
import { type LoggedMembers, serviceContext, type TrailEvent } from '../trail/event.ts';
import type { Fence } from './fence.ts';
import { forgetRecent } from './recent-keys.ts';
import type { RowCodec } from './row-codec.ts';
import {
  aliasRef,
  cleared,
  copyRef,
  grantRef,
  type KeyringRecord,
  keyRef,
  keyringRef,
  materialRef,
  type Records,
  useRef,
} from './tables.ts';
import type { TrailLog } from './trail/log.ts';

const counting = lazily(() => import('./count-change.ts'));

const nameOf = (ref: Ref): string => `${ref.table}/${ref.id}`;

export interface KeyPlace {
  readonly scope: Scope;
  readonly id: string;
}

/** What all views of one attempt share: `now` is in milliseconds since 1970. */
interface Work {
  readonly store: Store;
  /** True where the keyring counts its changes. */
  readonly isCounted: boolean;
  readonly codec: RowCodec;
  readonly now: number;
  readonly trustsClock: boolean;
  /** What changes are recorded in; undefined where the trail is off. */
  readonly log: TrailLog | undefined;
  readonly fence: Fence;
  readonly due: Map<string, KeyPlace>;
  readonly read: Map<string, { readonly ref: Ref; readonly row: Row | undefined }>;
  readonly written: Map<string, Write>;
  readonly records: Map<string, unknown>;
  readonly events: TrailEvent[];
}

/** Begins an attempt. */
export function newDraft(
  from: Pick<Work, 'store' | 'codec' | 'now' | 'trustsClock' | 'isCounted' | 'log' | 'fence'>,
  scope: Scope,
): Draft {
  const [due, read, written, records] = [new Map(), new Map(), new Map(), new Map()];
  return new Draft({ ...from, due, read, written, records, events: [] }, scope);
}

export class Draft {
  readonly scope: Scope;
  readonly #work: Work;

  /** @internal */
  constructor(work: Work, scope: Scope) {
    this.#work = work;
    this.scope = scope;
  }

  /** The same attempt in another account or Region. */
  at(scope: Scope): Draft {
    return new Draft(this.#work, scope);
  }

  /** The time of this change, in milliseconds since 1970. */
  get now(): number {
    return this.#work.now;
  }

  /** What the keyring remembers of itself. @throws StoreEvicted */
  async keyring(): Promise<KeyringRecord> {
    const record = await this.#get(keyringRef);
    if (record === undefined) throw cleared();
    return this.#work.trustsClock ? { ...record, latestTime: this.now } : record;
  }

  /** A key, or undefined where there is none, or its deletion date has passed. Imported material that has expired is removed. */
  async key(id: string): Promise<KeyRecord | undefined> {
    const ref = keyRef(this.scope, id);
    const record = await this.#get(ref);
    if (record === undefined) await this.keyring();
    if (record === undefined) return undefined;
    if (isDue(record, this.now)) {
      this.#work.due.set(nameOf(ref), { scope: this.scope, id });
      return undefined;
    }
    const expired = expiredMaterials(record, this.now);
    if (expired.length === 0) return record;
    const settled = withoutImported(record, expired);
    this.recordOwn('DeleteExpiredKeyMaterial', id, { keyMaterialIds: expired });
    for (const materialId of expired) this.removeMaterial(id, materialId);
    await this.putKey(settled);
    return settled;
  }

  /** An alias whose key exists. */
  async alias(name: string): Promise<AliasRecord | undefined> {
    const record = await this.#get(aliasRef(this.scope, name));
    if (record === undefined) await this.keyring();
    return record && (await this.key(record.keyId)) ? record : undefined;
  }

  /** A key although its deletion date may have passed: for its removal. */
  keyEvenIfDue(id: string): Promise<KeyRecord | undefined> {
    return this.#get(keyRef(this.scope, id));
  }

  grant(keyId: string, id: string): Promise<GrantRecord | undefined> {
    return this.#get(grantRef(this.scope, keyId, id));
  }

  putKeyring(record: KeyringRecord): Promise<void> {
    return this.#put(keyringRef, { ...record, latestTime: Math.max(record.latestTime, this.now) });
  }

  putKey(record: KeyRecord): Promise<void> {
    return this.#put(keyRef(this.scope, record.id), record);
  }

  putAlias(record: AliasRecord): Promise<void> {
    return this.#put(aliasRef(this.scope, record.name), record);
  }

  /** The record of its key must change in the same attempt: see `grants` there. */
  putGrant(record: GrantRecord): Promise<void> {
    return this.#put(grantRef(this.scope, record.keyId, record.id), record);
  }

  putMaterial(keyId: string, materialId: string, kept: Kept): void {
    const ref = materialRef(this.scope, keyId, materialId);
    this.#write({ ...ref, value: kept.value, key: kept.key, twin: twinOf(kept) });
    const copy = copyOf(kept);
    if (copy !== undefined) this.#write({ ...copyRef(ref), value: copy });
  }

  /** What a row of material holds, with its copy. @throws KeyUndecryptable where there is none */
  async material(keyId: string, materialId: string): Promise<Kept> {
    const ref = materialRef(this.scope, keyId, materialId);
    const [row, copy] = await this.#work.store.read([ref, copyRef(ref)]);
    if (row === undefined) throw new KeyUndecryptable(`The material of key ${keyId} is missing from the store.`);
    return { value: row.value, key: row.key, twin: twinOf(row), copy: copy?.value };
  }

  removeKey(id: string): void {
    this.#remove(keyRef(this.scope, id));
  }

  removeAlias(name: string): void {
    this.#remove(aliasRef(this.scope, name));
  }

  /** The record of its key must change, or go, in the same attempt. */
  removeGrant(keyId: string, id: string): void {
    this.#remove(grantRef(this.scope, keyId, id));
  }

  removeUse(keyId: string): void {
    this.#remove(useRef(this.scope, keyId));
  }

  removeMaterial(keyId: string, materialId: string): void {
    const ref = materialRef(this.scope, keyId, materialId);
    this.#remove(ref);
    this.#remove(copyRef(ref));
  }

  /** Writes a row that is not a record, such as a slot. */
  putRow(put: Put): void {
    this.#write(put);
  }

  removeRow(ref: Ref): void {
    this.#remove(ref);
  }

  /** Makes it a condition of the commit that a row is as it was when it was read. */
  require(ref: Ref, row: Row | undefined): void {
    this.#work.read.set(nameOf(ref), { ref, row });
  }

  /** Puts an event in the trail if the attempt is committed. */
  record(event: TrailEvent): void {
    this.#work.events.push(event);
  }

  /** The same for what the service does by itself with a key. */
  recordOwn(name: string, keyId: string, details: LoggedMembers | null): void {
    const { accountId, region } = this.scope;
    const by = serviceContext(accountId, region);
    const nothing = { requestId: null, parameters: null, error: null, elements: null, additional: null };
    this.record({ ...nothing, at: this.now, by, name, resources: [keyId], details });
  }

  /** What must hold for the attempt to be committed. */
  get checks(): readonly Check[] {
    return [...this.#work.read.values()].map(({ ref, row }) => ({
      table: ref.table,
      id: ref.id,
      version: row?.version,
    }));
  }

  get writes(): readonly Write[] {
    return [...this.#work.written.values()];
  }

  /**
   * Writes the attempt.
   * @returns false, with nothing written, where what it read has changed since
   * @throws StoreNewer where the store was moved to a newer format meanwhile
   */
  async commit(): Promise<boolean> {
    if (this.#work.isCounted) await (await counting()).countChange(this, this.#work);
    const { store, log, events, fence } = this.#work;
    const checks = [...this.checks, fence.check];
    try {
      const isWritten = log
        ? await log.commit(checks, this.writes, events)
        : await store.commit(checks, this.writes, 'strict');
      if (!isWritten) await fence.renew();
      return isWritten;
    } finally {
      forgetRecent(store);
    }
  }

  /** Keys that were looked for and whose deletion date has passed. */
  get due(): readonly KeyPlace[] {
    return [...this.#work.due.values()];
  }

  /** Removes a row, read or not. */
  #remove(ref: Ref): void {
    this.#write({ table: ref.table, id: ref.id });
    this.#work.records.set(nameOf(ref), undefined);
  }

  async #get<T extends keyof Records>(ref: Ref & { readonly table: T }): Promise<Records[T] | undefined> {
    const { store, codec, read, records } = this.#work;
    const name = nameOf(ref);
    if (records.has(name)) return records.get(name) as Records[T] | undefined;
    const [row] = await store.read([ref]);
    read.set(name, { ref, row });
    const record = row && (await codec.decode(ref, row));
    records.set(name, record);
    return record;
  }

  async #put<T extends keyof Records>(ref: Ref & { readonly table: T }, record: Records[T]): Promise<void> {
    this.#work.records.set(nameOf(ref), record);
    this.#write({ table: ref.table, id: ref.id, value: await this.#work.codec.encode(ref, record) });
  }

  #write(write: Write): void {
    this.#work.written.set(nameOf(write), write);
  }
}
