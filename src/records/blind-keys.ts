// Blind keys: HMAC-SHA-256 of a key under a secret of this database, made once and kept as a sealed record. Equal keys have equal
// HMACs, and that is all they show; no order, and no key without the secret.
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8 } from '../formats/bytes.ts';
import { blindContext, KeyWriter, type RecordKey } from '../formats/record-key.ts';
import { randomBytes } from '../keys/random.ts';
import { StoreEvicted } from '../model/errors/index.ts';
import type { Bytes } from '../model/shape.ts';
import type { Row, Store } from '../store/port.ts';
import type { RowCipher } from './row-cipher.ts';

const ref = { table: 'blind-keys', id: 'blind-key' } as const;
const aad = utf8('keyhaven/v1/blind-key\0');
type Hmac = ReturnType<typeof hmac.create>;

export class BlindKeys {
  readonly #cipher: RowCipher;
  readonly #store: Store;
  #secret: Bytes | undefined;
  #loading: Promise<void> | undefined;
  readonly #keys = new Map<string, Hmac>();
  readonly #writer = new KeyWriter();

  constructor(cipher: RowCipher, store: Store) {
    this.#cipher = cipher;
    this.#store = store;
  }

  get isLoaded(): boolean {
    return this.#secret !== undefined;
  }

  /**
   * Loads the secret.
   * @param canMake makes it where there is none: while no record is under one, for a new one finds nothing that is there
   * @throws the errors of the KMS, InvalidCiphertextException, StoreEvicted
   */
  load(canMake = false): Promise<void> {
    this.#loading ??= this.#load(canMake).finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  /**
   * Seals the secret under a new data key.
   * @param cipherFor seals it under the KMS key where it belongs; undefined leaves it as it is
   */
  async rewrap(cipherFor: (sealed: Bytes) => RowCipher | undefined): Promise<void> {
    const row = await this.#read();
    const cipher = row && cipherFor(row.value);
    if (row === undefined || cipher === undefined) return;
    if (!this.isLoaded) await this.load();
    const [value] = (await cipher.seal([aad], [new Uint8Array(this.#secret as Bytes)])) as [Bytes];
    // Where another tab was faster it is sealed anew as well.
    await this.#store.commit([{ ...ref, version: row.version }], [{ ...ref, value }], 'strict');
  }

  /** The sealed secret, where there is one. */
  async sealedSecret(): Promise<Bytes | undefined> {
    return (await this.#read())?.value;
  }

  async #read(): Promise<Row | undefined> {
    return (await this.#store.read([ref]))[0];
  }

  async #load(canMake: boolean): Promise<void> {
    let row = await this.#read();
    if (row === undefined) {
      if (!canMake)
        throw new StoreEvicted(
          'The secret of the blind keys was here, and was cleared: no record is found by one. Restore a backup.',
        );
      const [value] = (await this.#cipher.seal([aad], [randomBytes(32)])) as [Bytes];
      // Of several tabs one makes it.
      await this.#store.commit([{ ...ref, version: undefined }], [{ ...ref, value }], 'strict');
      row = (await this.#read()) as Row;
    }
    const [secret] = await this.#cipher.open([row.value], [aad]);
    this.#secret = secret as Bytes;
  }

  /** @param index undefined for the primary key @returns 32 bytes, as a key of IndexedDB */
  blind(store: string, index: string | undefined, key: RecordKey): ArrayBuffer {
    const id = JSON.stringify([store, index]);
    let keyed = this.#keys.get(id);
    if (keyed === undefined) {
      keyed = hmac.create(sha256, hmac(sha256, this.#secret as Bytes, blindContext(store, index)));
      this.#keys.set(id, keyed);
    }
    this.#writer.reset();
    this.#writer.key(key);
    const result = new Uint8Array(32);
    result.set(keyed.clone().update(this.#writer.since(0)).digest());
    return result.buffer;
  }

  wipe(): void {
    this.#secret?.fill(0);
    this.#secret = undefined;
    for (const keyed of this.#keys.values()) keyed.destroy();
    this.#keys.clear();
  }
}
