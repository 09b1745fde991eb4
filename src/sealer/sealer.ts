// Records sealed and opened at once, also inside an IndexedDB transaction: what stands where in their bytes. Which data key is at
// hand is the matter of sealer-keys.ts.
import { lengthAgain, view } from '../cipher/arguments.ts';
import { AuthenticationFailed } from '../cipher/errors.ts';
import { concat } from '../formats/bytes.ts';
import {
  hasSameKey,
  putNonce,
  putRecordHeader,
  recordCounter,
  recordHeaderLength,
  recordOverhead,
} from '../formats/sealed-record.ts';
import { InvalidCiphertextException, ValidationException } from '../model/errors/index.ts';
import { copyBytes } from '../model/shape.ts';
import {
  type ManySealOptions,
  readManyAad,
  readOptions,
  requireBytes,
  requireList,
  type SealOptions,
  target,
} from './arguments.ts';
import type { DataKey } from './data-key.ts';
import type { DataKeySource } from './data-key-source.ts';
import { SealerKeys } from './sealer-keys.ts';
import type { SealingLimits } from './sealing-key.ts';

/** Made by `openSealer`. */
export class Sealer {
  /** A record is so many bytes longer than its plaintext. */
  readonly overhead: number = recordOverhead;
  readonly #keys: SealerKeys;
  readonly #nonce = new Uint8Array(12);

  /** @internal */
  constructor(source: DataKeySource, limits: SealingLimits, clock: () => number) {
    this.#keys = new SealerKeys(source, limits, clock);
  }

  /**
   * Seals one record at once.
   * @returns `plaintext.length + 29` bytes
   * @throws SealerNotReady where the data key is used up, too old or wiped: await `ready()`
   * @throws WasmBlocked where the page's policy forbids WebAssembly: use `sealAsync`
   */
  seal(plaintext: Uint8Array, options?: SealOptions): Uint8Array {
    const { aad, into } = readOptions(options);
    const { key, counter } = this.#keys.take(1, requireBytes(plaintext, 'plaintext').length);
    const record = target(into, plaintext.length + recordOverhead);
    // From here on no code of the caller runs, such as a `subarray` of its own: it could seal, and the nonce is one for all calls.
    const body = view(record, recordHeaderLength, lengthAgain(record));
    putNonce(this.#nonce, counter);
    key.cipher.sync.seal(this.#nonce, plaintext, { aad, into: body, tagLength: 16 });
    // Last, because `into` may be where the plaintext was.
    putRecordHeader(record, key.id, counter);
    return record;
  }

  /**
   * Opens one record at once. No byte is released before the tag is checked.
   * @throws InvalidCiphertextException whatever is wrong with the record
   * @throws DataKeyNotLoaded where its data key is not in memory: await `prepare([record])`
   */
  open(record: Uint8Array, options?: SealOptions): Uint8Array {
    const { aad, into } = readOptions(options);
    const key = this.#keys.of(record);
    putNonce(this.#nonce, recordCounter(record));
    try {
      return key.cipher.sync.open(this.#nonce, record.subarray(recordHeaderLength), { aad, into, tagLength: 16 });
    } catch (error) {
      throw asInvalid(error);
    }
  }

  /**
   * Seals many records in one call, which is faster than one by one.
   * @param options.aad one for all, or one each
   */
  sealMany(plaintexts: readonly Uint8Array[], options?: ManySealOptions): Uint8Array[] {
    const list = requireList(plaintexts, 'plaintexts');
    const aad = readManyAad(options, list.length);
    const bytes = list.reduce((sum, plaintext) => sum + plaintext.length, 0);
    const { key, counter } = this.#keys.take(list.length, bytes);
    const nonces = new Uint8Array(12 * list.length);
    for (let i = 0; i < list.length; i++) putNonce(nonces.subarray(12 * i, 12 * i + 12), counter + i);
    const sealed = key.cipher.sync.sealMany(nonces, list, { aad, into: undefined, tagLength: 16 });
    let offset = 0;
    return list.map((plaintext, i) => {
      const length = plaintext.length + 16;
      const record = new Uint8Array(recordHeaderLength + length);
      putRecordHeader(record, key.id, counter + i);
      record.set(sealed.subarray(offset, offset + length), recordHeaderLength);
      offset += length;
      return record;
    });
  }

  /**
   * Opens many records, in order; all or none.
   * @param options.aad one for all, or one each
   */
  openMany(records: readonly Uint8Array[], options?: ManySealOptions): Uint8Array[] {
    const packed = this.openPacked(records, options);
    let end = 0;
    return records.map(({ length }) => {
      const start = end;
      end += length - recordOverhead;
      return packed.slice(start, end);
    });
  }

  /**
   * The same, the plaintexts one right behind the other: of a record of n bytes, n - 29.
   * @internal
   */
  openPacked(records: readonly Uint8Array[], options?: ManySealOptions): Uint8Array {
    if (!Array.isArray(records)) throw new ValidationException('records must be an array of Uint8Arrays.');
    const aad = readManyAad(options, records.length);
    const result = new Uint8Array(
      records.reduce((sum, record) => sum + Math.max(0, requireBytes(record, 'records').length - recordOverhead), 0),
    );
    let written = 0;
    try {
      for (let start = 0; start < records.length; ) {
        const first = records[start] as Uint8Array;
        const key = this.#keys.of(first);
        let end = start + 1;
        while (end < records.length && hasSameKey(first, records[end] as Uint8Array)) end++;
        const isAll = end - start === records.length;
        const run = isAll ? records : records.slice(start, end);
        const theirs = isAll || !Array.isArray(aad) ? aad : aad.slice(start, end);
        written += openRun(key, run, theirs, result.subarray(written)).length;
        start = end;
      }
      return result;
    } catch (error) {
      result.fill(0);
      throw error;
    }
  }

  /** Seals one record, waiting for a data key where there is none; works without WebAssembly too. */
  async sealAsync(plaintext: Uint8Array, options?: Pick<SealOptions, 'aad'>): Promise<Uint8Array> {
    const aad = new Uint8Array(readOptions(options).aad);
    const copy = copyBytes('plaintext', plaintext);
    await this.ready(copy.length);
    let taken = this.#keys.tryTake(1, copy.length);
    while (taken === undefined) {
      await this.ready(copy.length);
      taken = this.#keys.tryTake(1, copy.length);
    }
    const { key, counter } = taken;
    const header = new Uint8Array(recordHeaderLength);
    putRecordHeader(header, key.id, counter);
    const nonce = new Uint8Array(12);
    putNonce(nonce, counter);
    return concat(header, await key.cipher.seal(nonce, copy, { aad, into: undefined, tagLength: 16 }));
  }

  /** Opens one record, loading its data key where needed; works without WebAssembly too. */
  async openAsync(record: Uint8Array, options?: Pick<SealOptions, 'aad'>): Promise<Uint8Array> {
    const aad = new Uint8Array(readOptions(options).aad);
    const copy = copyBytes('record', record);
    await this.prepare([copy]);
    const nonce = new Uint8Array(12);
    putNonce(nonce, recordCounter(copy));
    try {
      return await this.#keys.of(copy).cipher.open(nonce, copy.subarray(recordHeaderLength), {
        aad,
        into: undefined,
        tagLength: 16,
      });
    } catch (error) {
      throw asInvalid(error);
    }
  }

  /**
   * Waits until so many records of so many bytes in all can be sealed. Costs nothing where they can be now.
   * @throws ValidationException where they can never be sealed in one go
   */
  ready(bytes = 0, records = 1): Promise<void> {
    return this.#keys.ready(bytes, records);
  }

  /** True where so many records of so many bytes in all can be sealed at once. */
  isReady(bytes = 0, records = 1): boolean {
    return this.#keys.isReady(bytes, records);
  }

  /** True where the data key of a record is in memory. */
  isLoaded(record: Uint8Array): boolean {
    return this.#keys.isLoaded(record);
  }

  /** Seals nothing more under the present data key: the next one is made by `ready()`. Records under it still open. */
  retire(): void {
    this.#keys.retire();
  }

  /**
   * Loads one data key by its id in hexadecimal.
   * @throws DataKeyMissing, InvalidCiphertextException, the errors of the KMS as they are
   * @internal
   */
  load(id: string): Promise<void> {
    return this.#keys.load(id);
  }

  /**
   * Loads the data keys of records in one go, so that `open` finds them.
   * @throws InvalidCiphertextException where one is not a record; DataKeyMissing; the errors of the KMS as they are
   */
  async prepare(records: Iterable<Uint8Array>): Promise<void> {
    if (typeof (records as Partial<typeof records> | undefined)?.[Symbol.iterator] !== 'function')
      throw new ValidationException('records must be an array of records.');
    return this.#keys.prepare(records);
  }

  /** Wipes every data key from memory. The sealer can be used again after `ready()` and `prepare()`. */
  wipe(): void {
    this.#keys.wipe();
  }

  /** Wipes every data key and ends the sealer. */
  close(): void {
    this.#keys.close();
  }
}

/** Opens records of one data key into `into`; what is returned is a view of it. */
function openRun(
  key: DataKey,
  records: readonly Uint8Array[],
  aad: Uint8Array | readonly Uint8Array[],
  into: Uint8Array,
): Uint8Array {
  const nonces = new Uint8Array(12 * records.length);
  // The nonce of a record is eight zero bytes and the last four bytes of its header.
  records.forEach((record, i) => {
    for (let byte = 0; byte < 4; byte++) nonces[12 * i + 8 + byte] = record[recordHeaderLength - 4 + byte] as number;
  });
  const sealed = records.map((record) => record.subarray(recordHeaderLength));
  try {
    return key.cipher.sync.openMany(nonces, sealed, { aad, into, tagLength: 16 });
  } catch (error) {
    throw asInvalid(error);
  }
}

const asInvalid = (error: unknown): unknown =>
  error instanceof AuthenticationFailed ? new InvalidCiphertextException() : error;
