// The slots of a keyring with a root: `kms.slots`. Listing works while the keyring is locked, so that a page can say what unlocks it.
import type { Access } from '../keyring/access.ts';
import type { SlotKind, UnlockMethod } from '../keys/unlock-method.ts';

export interface SlotReport {
  /** 32 hex digits. */
  id: string;
  kind: SlotKind;
  label: string;
  createdAt: Date;
}

export interface SlotOptions {
  /** Opens the root to write it into the slot. Recoverable keyrings need none: their device's own slot does. */
  by?: UnlockMethod | undefined;
}

export class Slots {
  readonly #access: Access;

  /** @internal */
  constructor(access: Access) {
    this.#access = access;
  }

  /** All slots, oldest first. While the keyring is locked nothing vouches for them. @throws StoreCorrupt */
  async list(): Promise<readonly SlotReport[]> {
    const { readSlots } = await import('../keyring/slots.ts');
    const slots = this.#access.isLocked ? await readSlots(this.#access.store) : await this.#known();
    return slots.map(({ slot: { header } }) => ({
      id: header.slot,
      kind: header.kind,
      label: header.label,
      createdAt: new Date(header.createdAt),
    }));
  }

  /**
   * Adds a slot. A passkey is verified by a second assertion before it counts.
   * @returns its id
   * @throws UnlockFailed where `by` opens no slot; UnlockUnavailable; KeyLocked
   */
  async add(method: UnlockMethod, options: SlotOptions = {}): Promise<string> {
    const { addSlot, by } = await this.#load(method, options);
    return addSlot(this.#access.root(), method, by);
  }

  /** Gives a slot another method, such as a new passphrase: one row is written anew, no key is. @throws as `add` does */
  async rotate(id: string, method: UnlockMethod, options: SlotOptions = {}): Promise<void> {
    const { replaceSlot, by } = await this.#load(method, options);
    await replaceSlot(this.#access.root(), id, method, by);
  }

  /**
   * Removes a slot. Whoever has an old copy of the store, and what opened the slot, still has the root.
   * @throws ValidationException for the last slot
   */
  async remove(id: string): Promise<void> {
    const { removeSlot } = await import('../keyring/slot-changes.ts');
    await removeSlot(this.#access.root(), id);
  }

  async #known() {
    const keyring = this.#access.root();
    const record = await keyring.change((draft) => draft.keyring());
    if (record.slots === undefined) return [];
    const { knownSlots } = await import('../keyring/slot-changes.ts');
    return knownSlots(keyring);
  }

  async #load(method: unknown, options: SlotOptions) {
    const given = Object.hasOwn(options, 'by') ? options.by : undefined;
    const [changes, { checkMethod }] = await Promise.all([
      import('../keyring/slot-changes.ts'),
      import('../keyring/slots.ts'),
    ]);
    checkMethod(method, 'method');
    return { ...changes, by: given === undefined ? undefined : checkMethod(given, 'by') };
  }
}
