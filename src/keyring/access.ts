// An open keyring, or a locked one. All services of one `openKms` share it, so that `lock` ends the access of each of them: the
// keyring is dropped with its root, its keys' handles and what it had read.
import type { Custody } from '../keys/custody.ts';
import type { UnlockMethod } from '../keys/unlock-method.ts';
import type { Scope } from '../model/arn.ts';
import { KeyLocked, ValidationException } from '../model/errors/index.ts';
import { tellAll } from '../model/listeners.ts';
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
  #lockCount = 0;
  /** Unlocks that are under way. */
  #unlocking = 0;

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

  /** How often it was locked: what began before a lock must not open it after. */
  get lockCount(): number {
    return this.#lockCount;
  }

  get isUnlocking(): boolean {
    return this.#unlocking > 0;
  }

  /** When it was used last, in milliseconds since 1970. Who unlocks it uses it: people need their time. */
  get usedAt(): number {
    return this.isUnlocking ? Date.now() : this.#usedAt;
  }

  /** The keyring in one account and Region. @throws KeyLocked */
  keyring(scope: Scope): Keyring {
    const now = Date.now();
    // Timers do not run while a device sleeps.
    const isLate = this.#mostIdle !== undefined && now - this.#usedAt >= this.#mostIdle;
    if (isLate && !this.isLocked && this.#isLockable) this.lock();
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

  /**
   * @param since the number of locks when it was asked for
   * @throws UnlockFailed, UnlockUnavailable, StoreCorrupt, StoreEvicted, StoreUnavailable; KeyLocked where it was locked since
   */
  async unlock(method: UnlockMethod, since: number): Promise<void> {
    this.#unlocking++;
    try {
      const opened = await openKeyring({ ...this.#options, root: undefined, unlock: method });
      if (!this.#takeUnlessLocked(since, opened))
        throw new KeyLocked('The keys were locked while they were being unlocked: await kms.unlock(...) again.');
    } finally {
      this.#unlocking--;
    }
    this.#usedAt = Date.now();
  }

  /**
   * Opens what the store holds now, whatever mode it is of. Where it was locked meanwhile it stays so.
   * @param since the number of locks before what is done here was begun
   * @param by what opens it: a method, or the custody that it was just written with
   */
  async reopen(since: number, by: { readonly unlock?: UnlockMethod; readonly custody?: Custody }): Promise<void> {
    this.#options = { ...this.#options, mode: undefined, slots: [] };
    const options = { ...this.#options, unlock: by.unlock };
    const before = this.#opened;
    const opened = await (by.custody ? openWith(options, by.custody) : openKeyring(options));
    // An import or an unlock was sooner: that has what opens it.
    const isOvertaken = by.unlock === undefined && by.custody === undefined && this.#opened !== before;
    if (isOvertaken) opened?.keyring.forget();
    else this.#takeUnlessLocked(since, opened);
  }

  /** @returns false where it was locked since. What nothing could unlock again is not. */
  #takeUnlessLocked(since: number, opened: Opened | undefined): boolean {
    // Who unlocked it after that lock has it open.
    if (since !== this.#lockCount && this.isLocked && opened?.listen !== undefined) {
      opened.keyring.forget();
      return false;
    }
    // It was moved to where only an unlock opens it. Nobody locked it: an unlock that is under way, or an import, opens it.
    if (opened === undefined) this.#shut();
    else this.take(opened);
    return true;
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
    tellAll(this.#newKeyListeners);
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
    this.#lockCount++;
    this.#shut();
  }

  #shut(): void {
    if (this.#close()) tellAll(this.#listeners);
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
