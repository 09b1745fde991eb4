// Keys, aliases and key material of one account and Region over a store that holds any number of them. Whatever is found was settled
// before: what is due by its dates was done.

import type { Custody } from '../keys/custody.ts';
import type { KeyReference, Scope } from '../model/arn.ts';
import { isDue, isRotationLate, type KeyRecord } from '../model/key-record.ts';
import { lazily } from '../model/lazily.ts';
import { expiredMaterials } from '../model/material-expiry.ts';
import type { Bytes } from '../model/shape.ts';
import type { Ref, Row, Store } from '../store/port.ts';
import { Changes } from './changes.ts';
import type { Draft } from './draft.ts';
import type { Fence } from './fence.ts';
import type { Grants } from './grants.ts';
import { LastUses } from './last-uses.ts';
import { Materials } from './materials.ts';
import { forgetRecent, type RecentKeys, recentKeys } from './recent-keys.ts';
import { remember } from './remember.ts';
import type { RowCodec } from './row-codec.ts';
import { aliasRef, cleared, keyRef, keyringRef, prefixOf } from './tables.ts';
import type { TrailDigests } from './trail/digests.ts';
import type { TrailLog } from './trail/log.ts';
import type { TrailReader } from './trail/reader.ts';

const drafting = lazily(() => import('./draft.ts'));
const granting = lazily(() => import('./grants.ts'));
const listing = lazily(() => import('./listing.ts'));
const purging = lazily(() => import('./purge.ts'));
const rotation = lazily(() => import('./rotation.ts'));

export interface KeyringParts {
  readonly store: Store;
  readonly codec: RowCodec;
  readonly custody: Custody;
  readonly clock: () => number;
  /** True where the keyring counts its changes: those with a root in slots do. */
  readonly isCounted: boolean;
  readonly trustsClock: boolean;
  /** The keyrings of other accounts and Regions that were asked for. */
  readonly siblings: Map<string, Keyring>;
  /** What changes are recorded in; undefined where the trail is off. */
  readonly log: TrailLog | undefined;
  /** How many keys there may be, in all accounts and Regions. */
  readonly mostKeys: number;
  /** What every change must fit to. */
  readonly fence: Fence;
}

export class Keyring {
  readonly scope: Scope;
  readonly materials: Materials;
  readonly uses: LastUses;
  readonly #parts: KeyringParts;
  #grants: Grants | undefined;
  /** Where aliases pointed last, so that alias and key are read at once. Only a guess: the alias row decides. */
  readonly #aliasHints = new Map<string, string>();
  readonly #recent: RecentKeys;
  readonly #changes: Changes;

  constructor(parts: KeyringParts, scope: Scope) {
    this.#parts = parts;
    this.scope = scope;
    this.materials = new Materials(parts.store, parts.custody, scope);
    this.uses = new LastUses(parts.store, parts.codec, scope);
    this.#recent = recentKeys(parts.store, prefixOf(scope));
    this.#changes = new Changes(
      () => this.#newDraft(),
      ({ scope, id }) => this.at(scope).#purgeNow(id),
    );
    remember(parts.siblings, prefixOf(scope), this);
  }

  /** The keys of another account or Region in the same store. */
  at(scope: Scope): Keyring {
    return this.#parts.siblings.get(prefixOf(scope)) ?? new Keyring(this.#parts, scope);
  }

  /** What works on all rows of the keyring needs: backups, upgrades, checks. */
  get parts(): KeyringParts {
    return this.#parts;
  }

  /** The grants of its keys. */
  async grants(): Promise<Grants> {
    const { Grants } = await granting();
    this.#grants ??= new Grants(this.#parts.store, this.#parts.codec, this.scope);
    return this.#grants;
  }

  /** The other accounts that were asked for, of which a ciphertext may name a key. */
  get otherAccounts(): readonly string[] {
    const accounts = new Set([...this.#parts.siblings.values()].map(({ scope }) => scope.accountId));
    return [...accounts].filter((accountId) => accountId !== this.scope.accountId);
  }

  /** The time by the keyring's clock, in milliseconds since 1970. */
  get now(): number {
    return this.#parts.clock();
  }

  /** Finds a key by id or alias; undefined where there is none, or its deletion date has passed. */
  find(reference: KeyReference): Promise<KeyRecord | undefined> {
    return this.#findNow(reference);
  }

  /** The same for uses of a key: of a store that is slow to read, the record may be one that was read a moment ago. */
  async findRecent(reference: KeyReference): Promise<KeyRecord | undefined> {
    const recent = this.#recent.get(reference, () => {
      this.#findAndRemember(reference).catch(() => {});
    });
    return recent !== undefined && this.#isSettled(recent) ? recent : this.#findAndRemember(reference);
  }

  async #findAndRemember(reference: KeyReference): Promise<KeyRecord | undefined> {
    const [generation, readAt] = [this.#recent.generation, performance.now()];
    const found = await this.#findNow(reference);
    if (found !== undefined) this.#recent.set(reference, found, generation, readAt);
    return found;
  }

  async #findNow(reference: KeyReference): Promise<KeyRecord | undefined> {
    if (reference.kind === 'key')
      return this.#keyOf((await this.#parts.store.read([this.#keyRef(reference.id)]))[0], reference.id);
    const hint = this.#aliasHints.get(reference.name);
    const ref = aliasRef(this.scope, reference.name);
    const refs = hint === undefined ? [ref] : [ref, this.#keyRef(hint)];
    const [aliasRow, hintRow] = await this.#parts.store.read(refs);
    if (aliasRow === undefined) return this.#absent();
    const alias = await this.#parts.codec.decode(ref, aliasRow);
    if (alias.keyId === hint) return this.#keyOf(hintRow, hint);
    remember(this.#aliasHints, reference.name, alias.keyId);
    return this.#findNow({ kind: 'key', id: alias.keyId });
  }

  /** Authenticates what the keyring gives out and will see again. @param label of its own, with a zero byte at the end */
  mac(label: Bytes, message: Bytes): Promise<Bytes> {
    return this.#parts.codec.macOf(label, message);
  }

  /**
   * Applies a change. `attempt` may run several times: it must do nothing but read from and write to its draft.
   * @throws DependencyTimeoutException where others were faster for too long; nothing was changed then
   */
  change<T>(attempt: (draft: Draft) => Promise<T>): Promise<T> {
    return this.#changes.apply(attempt);
  }

  /**
   * Removes all keys that are due, where the keyring knows that one may be in any Region, and finds the next date.
   * @returns true where there may have been one
   */
  async sweep(): Promise<boolean> {
    const { store, codec } = this.#parts;
    for (let hasSwept = false; ; hasSwept = true) {
      const [row] = await store.read([keyringRef]);
      if (row === undefined) throw cleared();
      const before = await codec.decode(keyringRef, row);
      if (before.nextDeletion === null || before.nextDeletion > this.now) return hasSwept;
      if (!(await (await listing()).purgeDue(this, before))) return hasSwept;
    }
  }

  /** What calls are recorded in; undefined where the trail is off. */
  get log(): TrailLog | undefined {
    return this.#parts.log;
  }

  /** Reads the trail, whether it is written to or not. */
  async readTrail(): Promise<TrailReader> {
    const { store, codec, log } = this.#parts;
    const { TrailReader } = await import('./trail/reader.ts');
    await log?.flush();
    await log?.adopt();
    return new TrailReader(store, codec);
  }

  /** The signed digests over the trail of this account and Region. */
  async trailDigests(): Promise<TrailDigests> {
    const { store, codec, custody } = this.#parts;
    const { TrailDigests } = await import('./trail/digests.ts');
    return new TrailDigests(store, codec, custody, this.scope);
  }

  /** Lets go of all handles. */
  forget(): void {
    forgetRecent(this.#parts.store);
    for (const keyring of this.#parts.siblings.values()) {
      keyring.materials.forgetAll();
      keyring.#aliasHints.clear();
    }
  }

  async disconnect(): Promise<void> {
    await this.#parts.log?.flush();
    this.forget();
    return this.#parts.store.disconnect();
  }

  /** True where no date has come that changes the key. */
  #isSettled(key: KeyRecord): boolean {
    const now = this.#parts.clock();
    const isDated = isDue(key, now) || expiredMaterials(key, now).length > 0;
    return !isDated && !key.next?.rotation && !isRotationLate(key, now);
  }

  async #keyOf(row: Row | undefined, id: string): Promise<KeyRecord | undefined> {
    if (row === undefined) {
      this.materials.forget(id);
      return this.#absent();
    }
    const key = await this.#parts.codec.decode(this.#keyRef(id), row);
    const now = this.#parts.clock();
    if (isDue(key, now)) {
      await this.purge(id);
      return undefined;
    }
    // It names its replicas, and waits for the last of them where it is a primary that is to go.
    if (key.regions && (await this.sweep())) return this.#findNow({ kind: 'key', id });
    if (expiredMaterials(key, now).length > 0) this.materials.forget(id);
    else if (key.next?.rotation || isRotationLate(key, now)) await (await rotation()).rotateIfDue(this, id);
    else return key;
    return this.change((draft) => draft.key(id));
  }

  /** Removes a key whose date has come. */
  purge(id: string): Promise<void> {
    return this.change(async () => this.#purgeNow(id));
  }

  /** Removes a key whose date has come, inside a change. */
  async #purgeNow(id: string): Promise<void> {
    this.materials.forget(id);
    const { purge } = await purging();
    await purge(
      this.#parts.store,
      () => this.#newDraft(),
      () => this.materials.names(id),
      id,
    );
  }

  async #newDraft(): Promise<Draft> {
    const { newDraft } = await drafting();
    const { store, codec, clock, trustsClock, isCounted, log, fence } = this.#parts;
    return newDraft({ store, codec, now: clock(), trustsClock, isCounted, log, fence }, this.scope);
  }

  #keyRef(id: string): Ref & { table: 'keys' } {
    return keyRef(this.scope, id);
  }

  async #absent(): Promise<undefined> {
    await this.requireKeyring();
    return undefined;
  }

  /** Tells "there is no such key" from "there are no keys any more". */
  async requireKeyring(): Promise<void> {
    const [row] = await this.#parts.store.read([keyringRef]);
    if (row === undefined) throw cleared();
  }
}
