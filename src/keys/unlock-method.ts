// What opens a slot, as the keyring sees it. The methods themselves (passphrase, passkey and others) are above, in src/unlock.
import type { SlotKind, SlotParameters } from '../formats/root-slot.ts';
import type { SlotPlace } from './root.ts';

export type { SlotKind, SlotParameters, SlotPlace };

/** A slot as its method sees it. */
export interface ClosedSlot {
  readonly place: SlotPlace;
  readonly parameters: SlotParameters;
  /** The CryptoKey that lies beside the slot: of the method `device` only. */
  readonly handle: CryptoKey | undefined;
}

/** What a method makes for a new slot. */
export interface Enrolment {
  /** The wrapping key of the slot: AES-GCM, 256 bits, non-extractable. */
  readonly key: CryptoKey;
  readonly parameters: SlotParameters;
  /** A CryptoKey to lie beside the slot. */
  readonly handle?: CryptoKey | undefined;
}

/** One way to unlock a keyring. Made by the functions of `keyhaven/unlock`. */
export interface UnlockMethod {
  readonly kind: SlotKind;
  /** The user's words for the slot, such as "Ada's phone". At most 256 characters. */
  readonly label: string;
  enrol(place: SlotPlace): Promise<Enrolment>;
  /**
   * The wrapping key of a slot, as this method makes it: whether it is the right one, only the slot can tell.
   * @returns undefined where the slot is of another kind, or its parameters are not ones that the method takes
   */
  slotKey(slot: ClosedSlot): Promise<CryptoKey | undefined>;
  /**
   * Where asking costs the user something: asks once for any of several slots.
   * @returns undefined where none of them is one that the method takes
   */
  pick?(slots: readonly ClosedSlot[]): Promise<{ readonly slot: string; readonly key: CryptoKey } | undefined>;
}
