// The methods of `Kms` that concern the keyring as a whole, its root above all (docs/unlock.md), and not one of its keys. They are
// for administrators, are loaded at their first use, and never go over a wire.
import { accessDenied } from '../authz/denied.ts';
import type { Access } from '../keyring/access.ts';
import type { IntegrityReport } from '../keyring/check.ts';
import type { RewrapProgress } from '../keyring/root/rewrap.ts';
import type { UnlockMethod } from '../keys/unlock-method.ts';
import { KeyUndecryptable, StoreCorrupt, ValidationException } from '../model/errors/index.ts';
import { lazily } from '../model/lazily.ts';
import { checkFunctions } from '../model/options.ts';
import { isBytes } from '../model/shape.ts';
import type { Backup, ExportOptions, ImportOptions, ImportReport } from './backup.ts';
import type { Pairing } from './device-parcels.ts';
import type { Devices } from './devices.ts';
import type { Durability } from './durability.ts';
import type { Protection } from './protection.ts';
import type { RewrapOptions } from './rewrap.ts';
import type { IdleService } from './service.ts';
import type { Slots } from './slots.ts';
import type { UpgradeOptions } from './upgrade.ts';

const root = lazily(() => import('./root.ts'));
const devices = lazily(() => import('./devices.ts'));
const deviceParcels = lazily(() => import('./device-parcels.ts'));
type RootModule = typeof import('./root.ts');

/** The first part of `Kms`. */
export class RootMethods {
  readonly #service: IdleService;

  /** @internal */
  constructor(service: IdleService) {
    this.#service = service;
  }

  /**
   * Does now what is due for any key in the store: deletions, rotations, expiry of imported material. Whoever uses a key settles
   * it before, so nothing depends on this; a server calls it from an alarm, so that dates do not pass unnoticed.
   * @returns when something is due next, or undefined
   */
  async settle(): Promise<Date | undefined> {
    return (await root()).settle(this.#service.access);
  }

  /**
   * Wraps all key material anew under the `root` that the keyring was opened with, while it is in use. A walk that was cut off is
   * taken up by calling again; when it is through, no `otherRoots` are needed any more.
   * @param options `onProgress` is called now and then; `signal` ends the walk between two rows
   * @returns how many rows of material there were, and how many were wrapped anew
   * @throws ValidationException where the keyring was opened without `otherRoots`
   */
  async rewrap(options?: RewrapOptions): Promise<RewrapProgress> {
    const copy = { ...options };
    return (await root()).rewrap(this.#service.access, copy);
  }

  /** What protects the keys: the mode, whether they are locked, and the keys that only this device has. */
  protection(): Promise<Protection> {
    return this.#manage('protection');
  }

  /**
   * Unlocks the keyring, for all services that were made from the same `openKms`.
   * @param method of `keyhaven/unlock`
   * @throws UnlockFailed where it opens no slot; UnlockUnavailable where it cannot be used here and now; KeyLocked where `lock` was
   * called meanwhile
   */
  async unlock(method: UnlockMethod): Promise<void> {
    return this.#manage('unlock', method, this.#administered().lockCount);
  }

  /**
   * Locks the keyring here and in all other tabs: the root, the handles of all keys and what sealers hold are let go. Does nothing
   * where it is locked.
   * @throws ValidationException where there is nothing to unlock it with: the mode `device`, or a `root` that was given
   */
  lock(): void {
    this.#administered().lock();
  }

  /**
   * Calls `listener` each time the keyring was locked, and all others whatever it throws: `lock` throws that afterwards.
   * @returns ends it
   */
  onLock(listener: () => void): () => void {
    checkFunctions({ listener: listener ?? null });
    return this.#service.access.onLock(listener);
  }

  /** Refuses calls that come later than this after the last one, and locks: see `autoLock`. @param milliseconds undefined: no limit */
  limitIdle(milliseconds: number | undefined): void {
    if (milliseconds !== undefined && !(milliseconds > 0))
      throw new ValidationException('milliseconds must be a positive number, or undefined for no limit.');
    this.#administered().limitIdle(milliseconds);
  }

  /** Whether an `unlock` is under way. */
  get isUnlocking(): boolean {
    return this.#service.access.isUnlocking;
  }

  /** When the last call came, in milliseconds since 1970; now, while an `unlock` is under way. */
  get usedAt(): number {
    return this.#service.access.usedAt;
  }

  /** The slots that the root lies in. */
  get slots(): Slots {
    this.#administered();
    return {
      list: () => this.#manage('listSlots'),
      add: (method, options) => this.#manage('addSlot', method, { ...options }),
      rotate: (id, method, options) => this.#manage('rotateSlot', id, method, { ...options }),
      remove: (id) => this.#manage('removeSlot', id),
    };
  }

  /**
   * Moves the keyring to another mode, in one commit, without losing a ciphertext. Keys that the platform made, and gives to nobody,
   * are named in the answer: rotation gives them new material that a root can wrap.
   * @throws ValidationException, KeysNotKept, UnlockFailed, UnlockUnavailable; nothing was changed then
   */
  upgrade(options: UpgradeOptions): Promise<Protection> {
    return this.#manage('upgrade', { ...options });
  }

  /**
   * Writes a backup: all wrapped keys, policies, aliases and grants in one file, which the given slots open. Docs/formats.md has the
   * format. @throws ValidationException where the keyring has no root; KeyLocked; StoreCorrupt where rows were damaged, so that it would
   * not be taken back
   */
  export(options?: ExportOptions): Promise<Backup> {
    return this.#manage('exportBackup', { ...options });
  }

  /**
   * Takes a backup. With `replace` the keyring here need not be unlocked: it becomes the one of the backup, with its slots.
   * @throws UnlockFailed where `by` opens none of its slots; BackupCorrupt; BackupOutdated; StoreNewer; nothing was changed then
   */
  async import(options: ImportOptions): Promise<ImportReport> {
    const own = { ...options };
    // Before anything is waited for: the caller may use its buffer again.
    if (Object.hasOwn(own, 'from') && isBytes(own.from)) own.from = new Uint8Array(own.from);
    return this.#manage('importBackup', own, this.#administered().lockCount);
  }

  /** The other devices that have keys of this keyring. `addDevice` of `keyhaven/devices` adds one. */
  get devices(): Devices {
    this.#administered();
    const service = this.#service;
    return {
      list: async () => (await devices()).listDevices(service),
      revoke: async (id, options) => {
        const copy = { ...options };
        return (await devices()).revokeDevice(service, id, copy);
      },
    };
  }

  /** @internal What a conversation of two devices asks of the service. */
  pairing(): Promise<Pairing> {
    this.#administered();
    return deviceParcels().then(({ pairingOf }) => pairingOf(this.#service));
  }

  /**
   * Checks every row of the keyring, and all of them together. Rows that were changed, swapped, removed, or exchanged for an older
   * copy are named. Only a whole older copy of the store is not found here: compare `generation` with one that you keep elsewhere.
   */
  check(): Promise<IntegrityReport> {
    return this.#manage('check');
  }

  /** How likely these keys are here tomorrow: storage, slots, last backup. */
  durability(): Promise<Durability> {
    return this.#manage('durability');
  }

  /** Asks the browser not to clear the storage of this origin by itself. @returns whether it will not */
  persist(): Promise<boolean> {
    return this.#manage('persist');
  }

  /**
   * Calls `listener` when keys are on this device and nowhere else: at once where it is so, and with each key that is made while it
   * is. @returns ends it
   */
  onOnlyCopy(listener: (durability: Durability) => void): () => void {
    checkFunctions({ listener: listener ?? null });
    // What cannot be told now is told with the next key.
    const attempt = () => this.#manage('tellOnlyCopy', listener).catch(() => {});
    attempt();
    return this.#administered().onNewKey(attempt);
  }

  /** What callers give as options is copied before this. */
  async #manage<K extends keyof RootModule>(
    name: K,
    ...given: Parameters<RootModule[K]> extends [Access, ...infer Rest] ? Rest : never
  ): Promise<Awaited<ReturnType<RootModule[K]>>> {
    const access = this.#administered();
    const { explain, [name]: method } = await root();
    const act = method as (...all: unknown[]) => Promise<Awaited<ReturnType<RootModule[K]>>>;
    try {
      return await act(access, ...given);
    } catch (error) {
      if (error instanceof StoreCorrupt || error instanceof KeyUndecryptable) throw await explain(access, error);
      throw error;
    }
  }

  /** @throws AccessDeniedException where the caller is no administrator: the root opens all keys, whatever their policies say */
  #administered(): Access {
    const { access, caller } = this.#service;
    if (caller.isAdministrator) return access;
    throw accessDenied(caller, '*', '*', 'not by the account');
  }
}

/** What has no place in the API of AWS KMS, and so none on a wire. */
export type RootMethod = keyof RootMethods;
