// Keeps changes out of a store that was moved to a newer format, or to another mode, after it was opened here. Whoever moves it writes the row
// of the keyring's own key again. Every change has that row's version as a condition, so it costs no reading and is never too late.
import type { CustodyKind } from '../keys/custody.ts';
import { StoreCorrupt } from '../model/errors/index.ts';
import type { Check, Store } from '../store/port.ts';
import type { RowCodec } from './row-codec.ts';
import { cleared, keyringRef, macKeyRef } from './tables.ts';

export class Fence {
  readonly #store: Store;
  readonly #codec: RowCodec;
  readonly #custody: CustodyKind;
  #version: string;

  /** @param version of the row of the keyring's own key, as it was opened */
  constructor(store: Store, codec: RowCodec, custody: CustodyKind, version: string) {
    this.#store = store;
    this.#codec = codec;
    this.#custody = custody;
    this.#version = version;
  }

  /** What must hold for a change to be committed. */
  get check(): Check {
    return { ...macKeyRef, version: this.#version };
  }

  /**
   * After a commit that did not hold: takes a row that was only wrapped anew.
   * @throws StoreNewer, StoreEvicted, and StoreCorrupt where the keyring has to be opened again
   */
  async renew(): Promise<void> {
    const [row, macRow] = await this.#store.read([keyringRef, macKeyRef]);
    if (row === undefined || macRow === undefined) throw cleared();
    if (macRow.version === this.#version) return;
    const { custody } = await this.#codec.decode(keyringRef, row);
    if (custody !== this.#custody) throw new StoreCorrupt('The keyring was moved to another mode.');
    this.#version = macRow.version;
  }
}
