// Key material: made, kept beside its key, and got back as a PRF, or as a secret, that nobody can read.
import { fromBase64 } from '../formats/bytes.ts';
import type { Prf } from '../formats/cobblestone.ts';
import type { Custody, Kept } from '../keys/custody.ts';
import { materialId, prfOf } from '../keys/material.ts';
import type { Secret } from '../keys/secret.ts';
import type { NewSecret, SecretKind } from '../keys/secrets.ts';
import type { Scope } from '../model/arn.ts';
import { KeysNotKept, KeyUndecryptable, StoreUnavailable } from '../model/errors/index.ts';
import type { Wrapping } from '../model/imports.ts';
import { type MaterialEntry, publicKeyOf } from '../model/key-record.ts';
import { lazily } from '../model/lazily.ts';
import type { Bytes } from '../model/shape.ts';
import type { Row, Store } from '../store/port.ts';
import { remember } from './remember.ts';
import { materialRef } from './tables.ts';

const secrets = lazily(() => import('../keys/secrets.ts'));

export class Materials {
  readonly #store: Store;
  readonly #custody: Custody;
  readonly #scope: Scope;
  /** Handles that were read before. Rows of material never change, and reading them again is slow. */
  readonly #known = new Map<string, Prf>();
  readonly #secrets = new Map<string, Secret>();

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
   * Takes imported bytes, which the caller wipes, as material of a key. Nothing is kept until the caller commits it.
   * @param kind undefined for symmetric keys
   * @throws RangeError where the bytes are no such key
   */
  async take(
    kind: SecretKind | undefined,
    keyId: string,
    bytes: Bytes,
  ): Promise<Omit<NewSecret, 'spki'> & Partial<NewSecret>> {
    if (kind !== undefined) {
      const { takeSecret } = await import('../keys/imported-secret.ts');
      return takeSecret(this.#custody, kind, keyId, bytes);
    }
    const { material, kept } = await this.#custody.keep(keyId, bytes);
    return { id: await materialId(material, keyId), kept };
  }

  /** The PRF of a key's material. @throws KeyUndecryptable where the row is missing or holds another key */
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

  /** Names of all rows beside a key: ids of its material, and wrapping keys of imports. */
  async names(keyId: string): Promise<readonly string[]> {
    const { table, id: prefix } = materialRef(this.#scope, keyId, '');
    const names: string[] = [];
    for (let after = prefix; ; ) {
      const rows = (await this.#store.list(table, { after, limit: 100 })).filter(({ id }) => id.startsWith(prefix));
      names.push(...rows.map(({ id }) => id.slice(prefix.length)));
      const last = rows.at(-1);
      if (last === undefined) return names;
      after = last.id;
    }
  }

  /** Makes an RSA key for one import. Nothing is kept until the caller commits it. */
  async makeWrappingKey(keyId: string, wrapping: Wrapping): Promise<{ readonly kept: Kept; readonly spki: Bytes }> {
    const { makeWrappingKey } = await import('../keys/wrapping-key.ts');
    return makeWrappingKey(this.#custody, keyId, wrapping);
  }

  /** Opens imported material; the caller wipes it. @returns undefined whatever is wrong with it */
  async unwrap(keyId: string, name: string, wrapping: Wrapping, wrapped: Bytes): Promise<Bytes | undefined> {
    const [row] = await this.#store.read([materialRef(this.#scope, keyId, name)]);
    if (row === undefined) return undefined;
    const { unwrap } = await import('../keys/wrapping-key.ts');
    return unwrap(this.#custody, keyId, row, wrapping, wrapped);
  }

  /** Makes the secret of a MAC key or a key pair. Nothing is kept until the caller commits it. */
  async makeSecret(kind: SecretKind, keyId: string): Promise<NewSecret> {
    const { makeSecret } = await secrets();
    return makeSecret(this.#custody, kind, keyId);
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
    const { recoverSecret } = await secrets();
    const secret = await recoverSecret(this.#custody, kind, keyId, { id, spki, kept });
    remember(this.#secrets, name, secret);
    return secret;
  }

  async #row(keyId: string, id: string): Promise<Row> {
    const [row] = await this.#store.read([materialRef(this.#scope, keyId, id)]);
    if (row === undefined) throw new KeyUndecryptable(`The material of key ${keyId} is missing from the store.`);
    return row;
  }

  /** Reads new material back from the store and uses it. @throws KeysNotKept where it is not what was written */
  async confirm(keyId: string, use: () => Promise<unknown>): Promise<void> {
    try {
      await use();
    } catch (cause) {
      // A store that does not answer now says nothing about what it keeps.
      if (cause instanceof StoreUnavailable) throw cause;
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
