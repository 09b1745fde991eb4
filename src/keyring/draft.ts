// The keyring as an attempt at a change sees it: records of one account and Region, as they are now, and as they will be. `at` gives
// the same attempt in another, so that related keys change together or not at all.
import { copyOf, type Kept, twinOf } from '../keys/custody.ts';
import { newRequestId } from '../keys/request-id.ts';
import type { Scope } from '../model/arn.ts';
import { KeyUndecryptable } from '../model/errors/index.ts';
import type { GrantRecord } from '../model/grant-record.ts';
import { type AliasRecord, isDue, type KeyRecord } from '../model/key-record.ts';
import { lazily } from '../model/lazily.ts';
import { expiredMaterials, withoutImported } from '../model/material-expiry.ts';
import type { Check, Put, Ref, Row, Write } from '../store/port.ts';
import { type LoggedMembers, serviceContext, type TrailEvent } from '../trail/event.ts';
import { Attempt, type AttemptParts, type KeyPlace } from './attempt.ts';
import {
  aliasRef,
  cleared,
  copyRef,
  grantRef,
  type KeyringRecord,
  keyRef,
  keyringRef,
  materialRef,
  useRef,
} from './tables.ts';

const counting = lazily(() => import('./count-change.ts'));

/** Begins an attempt. */
export const newDraft = (parts: AttemptParts, scope: Scope): Draft => new Draft(new Attempt(parts), scope);

export class Draft {
  readonly scope: Scope;
  readonly #attempt: Attempt;

  /** @internal */
  constructor(attempt: Attempt, scope: Scope) {
    this.#attempt = attempt;
    this.scope = scope;
  }

  /** The same attempt in another account or Region. */
  at(scope: Scope): Draft {
    return new Draft(this.#attempt, scope);
  }

  /** The time of this change, in milliseconds since 1970. */
  get now(): number {
    return this.#attempt.now;
  }

  /** What the keyring remembers of itself. @throws StoreEvicted */
  async keyring(): Promise<KeyringRecord> {
    const record = await this.#attempt.get(keyringRef);
    if (record === undefined) throw cleared();
    return this.#attempt.trustsClock ? { ...record, latestTime: this.now } : record;
  }

  /** A key, or undefined where there is none, or its deletion date has passed. Imported material that has expired is removed. */
  async key(id: string): Promise<KeyRecord | undefined> {
    const ref = keyRef(this.scope, id);
    const record = await this.#attempt.get(ref);
    if (record === undefined) await this.keyring();
    if (record === undefined) return undefined;
    if (isDue(record, this.now)) {
      this.#attempt.noteDue({ scope: this.scope, id });
      return undefined;
    }
    await this.#noteDueRelated(record);
    const expired = expiredMaterials(record, this.now);
    if (expired.length === 0) return record;
    const settled = withoutImported(record, expired);
    for (const materialId of expired) {
      // The ids of other material stay inside, as in DescribeKey.
      const named = record.spec === 'SYMMETRIC_DEFAULT' ? { keyMaterialId: materialId } : {};
      this.recordOwn('DeleteExpiredKeyMaterial', id, { keyId: id, ...named });
      this.removeMaterial(id, materialId);
    }
    await this.putKey(settled);
    return settled;
  }

  /** A key of several Regions names the others, and its primary may wait for the last of them: those that are due go first. */
  async #noteDueRelated({ id, regions }: KeyRecord): Promise<void> {
    for (const region of regions ? [regions.primary, ...regions.replicas] : []) {
      const scope = { ...this.scope, region };
      const related = await this.#attempt.get(keyRef(scope, id));
      if (related !== undefined && isDue(related, this.now)) this.#attempt.noteDue({ scope, id });
    }
  }

  /** An alias whose key exists. */
  async alias(name: string): Promise<AliasRecord | undefined> {
    const record = await this.#attempt.get(aliasRef(this.scope, name));
    if (record === undefined) await this.keyring();
    return record && (await this.key(record.keyId)) ? record : undefined;
  }

  /** A key although its deletion date may have passed: for its removal. */
  keyEvenIfDue(id: string): Promise<KeyRecord | undefined> {
    return this.#attempt.get(keyRef(this.scope, id));
  }

  grant(keyId: string, id: string): Promise<GrantRecord | undefined> {
    return this.#attempt.get(grantRef(this.scope, keyId, id));
  }

  putKeyring(record: KeyringRecord): Promise<void> {
    return this.#attempt.put(keyringRef, { ...record, latestTime: Math.max(record.latestTime, this.now) });
  }

  putKey(record: KeyRecord): Promise<void> {
    return this.#attempt.put(keyRef(this.scope, record.id), record);
  }

  putAlias(record: AliasRecord): Promise<void> {
    return this.#attempt.put(aliasRef(this.scope, record.name), record);
  }

  /** The record of its key must change in the same attempt: see `grants` there. */
  putGrant(record: GrantRecord): Promise<void> {
    return this.#attempt.put(grantRef(this.scope, record.keyId, record.id), record);
  }

  putMaterial(keyId: string, materialId: string, kept: Kept): void {
    const ref = materialRef(this.scope, keyId, materialId);
    this.#attempt.write({ ...ref, value: kept.value, key: kept.key, twin: twinOf(kept) });
    const copy = copyOf(kept);
    if (copy !== undefined) this.#attempt.write({ ...copyRef(ref), value: copy });
  }

  /** What a row of material holds, with its copy. @throws KeyUndecryptable where there is none */
  async material(keyId: string, materialId: string): Promise<Kept> {
    const ref = materialRef(this.scope, keyId, materialId);
    const [row, copy] = await this.#attempt.store.read([ref, copyRef(ref)]);
    if (row === undefined) throw new KeyUndecryptable(`The material of key ${keyId} is missing from the store.`);
    return { value: row.value, key: row.key, twin: twinOf(row), copy: copy?.value };
  }

  removeKey(id: string): void {
    this.#attempt.remove(keyRef(this.scope, id));
  }

  removeAlias(name: string): void {
    this.#attempt.remove(aliasRef(this.scope, name));
  }

  /** The record of its key must change, or go, in the same attempt. */
  removeGrant(keyId: string, id: string): void {
    this.#attempt.remove(grantRef(this.scope, keyId, id));
  }

  removeUse(keyId: string): void {
    this.#attempt.remove(useRef(this.scope, keyId));
  }

  removeMaterial(keyId: string, materialId: string): void {
    const ref = materialRef(this.scope, keyId, materialId);
    this.#attempt.remove(ref);
    this.#attempt.remove(copyRef(ref));
  }

  /** Writes a row that is not a record, such as a slot. */
  putRow(put: Put): void {
    this.#attempt.write(put);
  }

  removeRow(ref: Ref): void {
    this.#attempt.remove(ref);
  }

  /** Makes it a condition of the commit that a row is as it was when it was read. */
  require(ref: Ref, row: Row | undefined): void {
    this.#attempt.require(ref, row);
  }

  /** Puts an event in the trail if the attempt is committed. */
  record(event: TrailEvent): void {
    this.#attempt.record(event);
  }

  /** The same for what the service does by itself with a key. */
  recordOwn(name: string, keyId: string, details: LoggedMembers | null): void {
    const { accountId, region } = this.scope;
    const by = serviceContext(accountId, region);
    // CloudTrail has this one as a call, which has an id.
    const requestId = name === 'SynchronizeMultiRegionKey' ? newRequestId() : null;
    const nothing = { requestId, parameters: null, error: null, elements: null, additional: null };
    this.record({ ...nothing, at: this.now, by, name, resources: [keyId], details });
  }

  /** What must hold for the attempt to be committed. */
  get checks(): readonly Check[] {
    return this.#attempt.checks;
  }

  get writes(): readonly Write[] {
    return this.#attempt.writes;
  }

  /** Keys that were looked for and whose deletion date has passed. */
  get due(): readonly KeyPlace[] {
    return this.#attempt.due;
  }

  /**
   * Writes the attempt.
   * @returns false, with nothing written, where what it read has changed since
   * @throws StoreNewer where the store was moved to a newer format meanwhile
   */
  async commit(): Promise<boolean> {
    if (this.#attempt.isCounted) await (await counting()).countChange(this, this.#attempt);
    return this.#attempt.commit();
  }
}
