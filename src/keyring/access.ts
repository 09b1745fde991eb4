// An open keyring, or a locked one. All services of one `openKms` share it, so that `lock` ends the access of each of them: the
// keyring is dropped with its root, its keys' handles and what it had read.
import type { Custody } from '../keys/custody.ts';
import type { UnlockMethod } from '../keys/unlock-method.ts';
import type { Scope } from '../model/arn.ts';
import { KeyLocked, ValidationException } from '../model/errors/index.ts';
import type { LockChannel } from '../store/lock-channel.ts';
import type { Store } from '../store/port.ts';
import type { Keyring } from './keyring.ts';
import { type Opened, openKeyring, openWith } from './open.ts';
import { type KeyringOptions, macKeyRef } from './tables.ts';

export class Access {
  #options: KeyringOptions;
  readonly #listeners = new Set<() => void>();
  readonly #newKeyListeners = new Set<() => void>();
  #opened: Opened | undefined;
  #channel: LockChannel | undefined;
  /** When it was used last, by the machine's clock. */
  #usedAt = Date.now();
  #mostIdle: number | undefined;

  private constructor(options: KeyringOptions) {
    this.#options = options;
  }

  /** Opens the keyring of a store, or finds it locked. @throws what `openKeyring` throws */
  static async open(options: KeyringOptions): Promise<Access> {
    const access = new Access(options);
    access.take(await openKeyring(options));
    return access;
  }

  get store(): Store {
    return this.#options.store;
  }

  get options(): KeyringOptions {
    return this.#options;
  }

  get isLocked(): boolean {
    return this.#opened === undefined;
  }

  /** When it was used last, in milliseconds since 1970. */
  get usedAt(): number {
    return this.#usedAt;
  }

  /** The keyring in one account and Region. @throws KeyLocked */
  keyring(scope: Scope): Keyring {
    const now = Date.now();
    // Timers do not run while a device sleeps.
    if (this.#mostIdle !== undefined && now - this.#usedAt >= this.#mostIdle && this.#isLockable) this.lock();
    this.#usedAt = now;
    return this.root().at(scope);
  }

  /** The keyring, wherever. @throws KeyLocked */
  root(): Keyring {
    if (this.#opened !== undefined) return this.#opened.keyring;
    throw new KeyLocked('The keys are locked: await kms.unlock(...).');
  }

  /** Lets nobody in who comes later than this after the last use. @param milliseconds undefined: no limit */
  limitIdle(milliseconds: number | undefined): void {
    if (milliseconds !== undefined) this.requireLockable();
    this.#mostIdle = milliseconds;
    this.#usedAt = Date.now();
  }

  /** @throws UnlockFailed, UnlockUnavailable, StoreCorrupt, StoreEvicted, StoreUnavailable */
  async unlock(method: UnlockMethod): Promise<void> {
    this.take(await openKeyring({ ...this.#options, root: undefined, unlock: method }));
    this.#usedAt = Date.now();
  }

  /** Opens what was just written from an open keyring. Where that was locked meanwhile, it stays so. @param custody it was written with */
  async reopenWith(custody: Custody): Promise<void> {
    await this.reopen(undefined, this.isLocked ? undefined : custody);
  }

  /** Opens what the store holds now, whatever mode it is of. @param custody what it was just written with */
  async reopen(unlock: UnlockMethod | undefined, custody: Custody | undefined): Promise<void> {
    this.#options = { ...this.#options, mode: undefined, slots: [] };
    const options = { ...this.#options, unlock };
    this.take(await (custody === undefined ? openKeyring(options) : openWith(options, custody)));
  }

  /** Takes over what was opened. */
  take(opened: Opened | undefined): void {
    this.#close();
    this.#opened = opened;
    this.#channel = opened?.listen?.(() => this.#drop());
  }

  /** Locks here and in all other tabs. @throws ValidationException where nothing could unlock it */
  lock(): void {
    this.requireLockable();
    this.#channel?.tell();
    this.#drop();
  }

  /** @throws ValidationException where nothing could unlock the keyring again */
  requireLockable(): void {
    if (!this.#isLockable)
      throw new ValidationException('There is no root in slots that could be unlocked again: kms.upgrade makes one.');
  }

  /** False where nothing could unlock the keyring again. */
  get #isLockable(): boolean {
    return this.#opened === undefined || this.#opened.listen !== undefined;
  }

  /** Calls a listener when the keyring was locked. @returns ends it */
  onLock(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls a listener when a key was made. @returns ends it */
  onNewKey(listener: () => void): () => void {
    this.#newKeyListeners.add(listener);
    return () => this.#newKeyListeners.delete(listener);
  }

  readonly tellNewKey = (): void => {
    for (const listener of this.#newKeyListeners) listener();
  };

  async disconnect(): Promise<void> {
    this.#channel?.close();
    this.#channel = undefined;
    if (this.#opened) await this.#opened.keyring.disconnect();
    else await this.#options.store.disconnect();
  }

  /** Whether the keyring was upgraded or restored in another tab since it was opened here. */
  async isStale(): Promise<boolean> {
    const opened = this.#opened;
    const [row] = opened ? await this.store.read([macKeyRef]).catch(() => []) : [];
    return row !== undefined && row.version !== opened?.version;
  }

  #drop(): void {
    if (!this.#close()) return;
    for (const listener of this.#listeners) listener();
  }

  /** @returns false where it was closed */
  #close(): boolean {
    this.#channel?.close();
    this.#channel = undefined;
    const opened = this.#opened;
    this.#opened = undefined;
    opened?.keyring.forget();
    return opened !== undefined;
  }
}
