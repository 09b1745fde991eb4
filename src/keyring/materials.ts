// Key material: made, kept beside its key, and got back as a PRF that nobody can read.
import type { Prf } from '../formats/cobblestone.ts';
import type { Custody, Kept } from '../keys/custody.ts';
import { materialId, prfOf } from '../keys/material.ts';
import type { Scope } from '../model/arn.ts';
import { KeysNotKept, KeyUndecryptable } from '../model/errors/index.ts';
import type { Store } from '../store/port.ts';
import { remember } from './remember.ts';
import { materialRef } from './tables.ts';

export class Materials {
  readonly #store: Store;
  readonly #custody: Custody;
  readonly #scope: Scope;
  /** Handles that were read before. Rows of material never change, and reading them again is slow. */
  readonly #known = new Map<string, Prf>();

  constructor(store: Store, custody: Custody, scope: Scope) {
    this.#store = store;
    this.#custody = custody;
    this.#scope = scope;
  }

  /** Makes material for a key. Nothing is kept until the caller commits it. */
  async make(keyId: string): Promise<{ readonly id: string; readonly kept: Kept }> {
    const { material, kept } = await this.#custody.make(keyId);
    return { id: await materialId(material, keyId), kept };
  }

  /**
   * The PRF of a key's material.
   * @throws KeyUndecryptable where the row is missing or holds another key
   */
  async prf(keyId: string, id: string): Promise<Prf> {
    const name = `${keyId}/${id}`;
    const known = this.#known.get(name);
    if (known) return known;
    const [row] = await this.#store.read([materialRef(this.#scope, keyId, id)]);
    if (row === undefined) throw new KeyUndecryptable(`The material of key ${keyId} is missing from the store.`);
    const material = await this.#custody.recover(keyId, row);
    if ((await materialId(material, keyId)) !== id)
      throw new KeyUndecryptable(`The material of key ${keyId} was exchanged.`);
    const prf = prfOf(material);
    remember(this.#known, name, prf);
    return prf;
  }

  /** Reads new material back from the store. @throws KeysNotKept where that fails */
  async confirm(keyId: string, id: string): Promise<void> {
    try {
      await this.prf(keyId, id);
    } catch (cause) {
      throw new KeysNotKept(`The new key ${keyId} cannot be read back from the store.`, { cause });
    }
  }

  /** Lets go of the handles of a key. */
  forget(keyId: string): void {
    for (const name of this.#known.keys()) if (name.startsWith(`${keyId}/`)) this.#known.delete(name);
  }

  forgetAll(): void {
    this.#known.clear();
  }
}
