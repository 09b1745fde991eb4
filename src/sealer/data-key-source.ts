// Where data keys come from: new ones from the KMS, kept wrapped in the store before anyone uses them; old ones from the store,
// opened by the KMS.
import type { Bytes } from '../formats/bytes.ts';
import { type DataKeyId, dataKeyIdHex } from '../formats/sealed-record.ts';
import { DataKeyMissing, InvalidCiphertextException, KMSInternalException } from '../model/errors/index.ts';
import type { Store } from '../store/port.ts';
import { type DataKey, dataKeyLength, openDataKey } from './data-key.ts';
import type { SealerKms } from './service.ts';
import { keepWrappedKey, readWrappedKeys } from './wrapped-keys.ts';

/** Calls of the KMS at once. */
const atOnce = 8;

export interface SourceParts {
  readonly kms: SealerKms;
  readonly keyId: string;
  readonly store: Pick<Store, 'read' | 'commit'>;
  /** The encryption context, as the KMS takes it and serialised. */
  readonly context: Readonly<Record<string, string>>;
  readonly contextBytes: Bytes;
}

export class DataKeySource {
  readonly #parts: SourceParts;

  constructor(parts: SourceParts) {
    this.#parts = parts;
  }

  /** A new data key. Its wrapped form is on the medium when this returns, so no record is ever without it. */
  async make(now: number): Promise<DataKey> {
    const { kms, keyId, store, contextBytes } = this.#parts;
    const answer = await kms.generateDataKey({ KeyId: keyId, NumberOfBytes: dataKeyLength, ...this.#context() });
    const wrapped = answer.CiphertextBlob;
    const key = await openDataKey(answer.Plaintext, contextBytes, now);
    if (key === undefined || wrapped === undefined) {
      key?.cipher.close();
      throw new KMSInternalException('GenerateDataKey did not return a data key of 32 bytes with its CiphertextBlob.');
    }
    try {
      await keepWrappedKey(store, key.id, wrapped);
      return key;
    } catch (error) {
      key.cipher.close();
      throw error;
    }
  }

  /** Data keys that were made before; all or none. @throws DataKeyMissing, InvalidCiphertextException */
  async load(ids: readonly DataKeyId[], now: number): Promise<DataKey[]> {
    const wrapped = await readWrappedKeys(this.#parts.store, ids);
    const keys: DataKey[] = [];
    try {
      for (let start = 0; start < ids.length; start += atOnce) {
        const part = ids.slice(start, start + atOnce).map((id, i) => this.#unwrap(id, wrapped[start + i], now));
        const settled = await Promise.allSettled(part);
        for (const each of settled) if (each.status === 'fulfilled') keys.push(each.value);
        for (const each of settled) if (each.status === 'rejected') throw each.reason;
      }
      return keys;
    } catch (error) {
      for (const { cipher } of keys) cipher.close();
      throw error;
    }
  }

  async #unwrap(id: DataKeyId, wrapped: Bytes | undefined, now: number): Promise<DataKey> {
    if (wrapped === undefined) throw new DataKeyMissing(dataKeyIdHex(id));
    const answer = await this.#parts.kms.decrypt({ CiphertextBlob: wrapped, ...this.#context() });
    const key = await openDataKey(answer.Plaintext, this.#parts.contextBytes, now);
    if (key !== undefined && key.id.high === id.high && key.id.low === id.low) return key;
    // The row holds another data key than the record names: someone exchanged it.
    key?.cipher.close();
    throw new InvalidCiphertextException();
  }

  #context(): { EncryptionContext?: Record<string, string> } {
    return this.#parts.contextBytes.length === 0 ? {} : { EncryptionContext: { ...this.#parts.context } };
  }
}
