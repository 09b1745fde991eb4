// Key material: made, kept beside its key, and got back as a PRF, or as a secret, that nobody can read.
import { type Bytes, fromBase64 } from '../formats/bytes.ts';
import type { Prf } from '../formats/cobblestone.ts';
import type { Custody, Kept } from '../keys/custody.ts';
import { materialId, prfOf } from '../keys/material.ts';
import type { Secret } from '../keys/secret.ts';
import { keepSecret, makeSecret, type NewSecret, recoverSecret, type SecretKind } from '../keys/secrets.ts';
import { KeysNotKept, KeyUndecryptable } from '../model/errors/index.ts';
import { type MaterialEntry, publicKeyOf } from '../model/key-record.ts';
import type { Row, Store } from '../store/port.ts';
import { remember } from './remember.ts';
import { materialRef } from './tables.ts';

export class Materials {
  readonly #store: Store;
  readonly #custody: Custody;
  /** Handles that were read before. Rows of material never change, and reading them again is slow. */
  readonly #known = new Map<string, Prf>();
  readonly #secrets = new Map<string, Secret>();

  constructor(store: Store, custody: Custody) {
    this.#store = store;
    this.#custody = custody;
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
    const row = await this.#row(keyId, id);
    const material = await this.#custody.recover(keyId, row);
    if ((await materialId(material, keyId)) !== id)
      throw new KeyUndecryptable(`The material of key ${keyId} was exchanged.`);
    const prf = prfOf(material);
    remember(this.#known, name, prf);
    return prf;
  }

  /** Makes the secret of a MAC key or a key pair. Nothing is kept until the caller commits it. */
  makeSecret(kind: SecretKind, keyId: string): Promise<NewSecret> {
    return makeSecret(this.#custody, kind, keyId);
  }

  /**
   * Takes the secret of a MAC key or a key pair that came as bytes, which the caller wipes.
   * @param spki the public half of a pair
   */
  keepSecret(kind: SecretKind, keyId: string, bytes: Bytes, spki: Bytes | undefined): Promise<NewSecret> {
    return keepSecret(this.#custody, kind, keyId, bytes, spki);
  }

  /**
   * The secret of a MAC key or a key pair.
   * @throws KeyUndecryptable where the row is missing or holds another key
   */
  async secret(kind: SecretKind, keyId: string, entry: MaterialEntry): Promise<Secret> {
    const { id } = entry;
    const name = `${keyId}/${id}`;
    const known = this.#secrets.get(name);
    if (known) return known;
    const kept = await this.#row(keyId, id);
    const publicKey = publicKeyOf(entry);
    const spki = publicKey === undefined ? undefined : fromBase64(publicKey);
    const secret = await recoverSecret(this.#custody, kind, keyId, { id, spki, kept });
    remember(this.#secrets, name, secret);
    return secret;
  }

  async #row(keyId: string, id: string): Promise<Row> {
    const [row] = await this.#store.read([materialRef(keyId, id)]);
    if (row === undefined) throw new KeyUndecryptable(`The material of key ${keyId} is missing from the store.`);
    return row;
  }

  /** Reads new material back from the store and uses it. @throws KeysNotKept where that fails */
  async confirm(keyId: string, use: () => Promise<unknown>): Promise<void> {
    try {
      await use();
    } catch (cause) {
      throw new KeysNotKept(`The new key ${keyId} cannot be read back from the store.`, { cause });
    }
  }

  /** Lets go of the handles of a key. */
  forget(keyId: string): void {
    for (const memory of [this.#known, this.#secrets])
      for (const name of memory.keys()) if (name.startsWith(`${keyId}/`)) memory.delete(name);
  }

  forgetAll(): void {
    this.#known.clear();
    this.#secrets.clear();
  }
}
