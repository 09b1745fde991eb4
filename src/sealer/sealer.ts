// Records sealed and opened at once, also inside an IndexedDB transaction: a data key of any KMS in the WASM core's memory,
// renewed before its limits, wiped when it is no longer wanted.
import { AuthenticationFailed, CipherClosed } from '../cipher/errors.ts';
import { concat, fromHex } from '../formats/bytes.ts';
import {
  type DataKeyId,
  dataKeyId,
  hasSameKey,
  putNonce,
  putRecordHeader,
  recordCounter,
  recordHeaderLength,
  recordKeyId,
  recordOverhead,
} from '../formats/sealed-record.ts';
import {
  DataKeyNotLoaded,
  InvalidCiphertextException,
  SealerNotReady,
  ValidationException,
} from '../model/errors/index.ts';
import { type ManySealOptions, readManyAad, readOptions, requireBytes, type SealOptions, target } from './arguments.ts';
import type { DataKey } from './data-key.ts';
import type { DataKeySource } from './data-key-source.ts';
import { LoadedKeys, mostLoaded } from './loaded-keys.ts';
import { SealingKey, type SealingLimits } from './sealing-key.ts';

/** Made by `openSealer`. */
export class Sealer {
  /** A record is so many bytes longer than its plaintext. */
  readonly overhead: number = recordOverhead;
  readonly #source: DataKeySource;
  readonly #limits: SealingLimits;
  readonly #clock: () => number;
  readonly #loaded: LoadedKeys;
  readonly #nonce = new Uint8Array(12);
  #sealing: SealingKey | undefined;
  #renewal: Promise<void> | undefined;
  /** Grows with every wipe, so that a key which was asked for before is not kept after it. */
  #wipes = 0;
  #isClosed = false;

  /** @internal */
  constructor(source: DataKeySource, limits: SealingLimits, clock: () => number) {
    this.#source = source;
    this.#limits = limits;
    this.#clock = clock;
    this.#loaded = new LoadedKeys(limits.maxAge, clock);
  }

  /**
   * Seals one record at once.
   * @returns `plaintext.length + 29` bytes
   * @throws SealerNotReady where the data key is used up, too old or wiped: await `ready()`
   * @throws WasmBlocked where the page's policy forbids WebAssembly: use `sealAsync`
   */
  seal(plaintext: Uint8Array, options?: SealOptions): Uint8Array {
    const { aad, into } = readOptions(options);
    const { key, counter } = this.#take(plaintext);
    const record = target(into, plaintext.length + recordOverhead);
    putNonce(this.#nonce, counter);
    key.cipher.sync.seal(this.#nonce, plaintext, { aad, into: record.subarray(recordHeaderLength), tagLength: 16 });
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
    const key = this.#keyOf(record);
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
    const aad = readManyAad(options, plaintexts.length);
    const bytes = plaintexts.reduce((sum, plaintext) => sum + requireBytes(plaintext, 'plaintexts').length, 0);
    const { key, counter } = this.#takeMany(plaintexts.length, bytes);
    const nonces = new Uint8Array(12 * plaintexts.length);
    for (let i = 0; i < plaintexts.length; i++) putNonce(nonces.subarray(12 * i, 12 * i + 12), counter + i);
    const sealed = key.cipher.sync.sealMany(nonces, plaintexts, { aad, into: undefined, tagLength: 16 });
    let offset = 0;
    return plaintexts.map((plaintext, i) => {
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
    const aad = readManyAad(options, records.length);
    const result = new Uint8Array(
      records.reduce((sum, record) => sum + Math.max(0, requireBytes(record, 'records').length - recordOverhead), 0),
    );
    let written = 0;
    try {
      for (let start = 0; start < records.length; ) {
        const first = records[start] as Uint8Array;
        const key = this.#keyOf(first);
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
    const copy = new Uint8Array(requireBytes(plaintext, 'plaintext'));
    await this.ready(copy.length);
    let taken = this.#tryTake(1, copy.length);
    while (taken === undefined) {
      await this.ready(copy.length);
      taken = this.#tryTake(1, copy.length);
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
    const copy = new Uint8Array(requireBytes(record, 'record'));
    await this.prepare([copy]);
    const nonce = new Uint8Array(12);
    putNonce(nonce, recordCounter(copy));
    try {
      return await this.#keyOf(copy).cipher.open(nonce, copy.subarray(recordHeaderLength), {
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
  async ready(bytes = 0, records = 1): Promise<void> {
    if (bytes > this.#limits.maxBytes)
      throw new ValidationException(`A record of ${bytes} bytes is longer than maxBytes allows.`);
    if (records > this.#limits.maxMessages)
      throw new ValidationException(`${records} records are more than maxMessages allows.`);
    this.#requireOpen();
    if (!this.isReady(bytes, records)) await this.#renew();
  }

  /** True where so many records of so many bytes in all can be sealed at once. */
  isReady(bytes = 0, records = 1): boolean {
    return !this.#isClosed && this.#sealing?.canTake(records, bytes, this.#clock()) === true;
  }

  /** True where the data key of a record is in memory. */
  isLoaded(record: Uint8Array): boolean {
    const id = recordKeyId(requireBytes(record, 'record'));
    return !this.#isClosed && id !== undefined && this.#loaded.find(id) !== undefined;
  }

  /** Seals nothing more under the present data key: the next one is made by `ready()`. Records under it still open. */
  retire(): void {
    this.#sealing = undefined;
  }

  /**
   * Loads one data key by its id in hexadecimal.
   * @throws DataKeyMissing, InvalidCiphertextException, the errors of the KMS as they are
   * @internal
   */
  async load(id: string): Promise<void> {
    this.#requireOpen();
    const wanted = dataKeyId(fromHex(id));
    if (this.#loaded.find(wanted) !== undefined) return;
    const wipes = this.#wipes;
    for (const key of await this.#source.load([wanted], this.#clock())) this.#admit(key, wipes);
  }

  /**
   * Loads the data keys of records in one go, so that `open` finds them.
   * @throws InvalidCiphertextException where one is not a record; DataKeyMissing; the errors of the KMS as they are
   */
  async prepare(records: Iterable<Uint8Array>): Promise<void> {
    this.#requireOpen();
    const wanted = new Map<string, DataKeyId>();
    for (const record of records) {
      const id = recordKeyId(requireBytes(record, 'records'));
      if (id === undefined) throw new InvalidCiphertextException();
      if (this.#loaded.find(id) === undefined) wanted.set(`${id.high}.${id.low}`, id);
    }
    if (wanted.size > mostLoaded) {
      throw new ValidationException(
        `The records have ${wanted.size} data keys, and ${mostLoaded} fit: prepare and open them in parts.`,
      );
    }
    const wipes = this.#wipes;
    for (const key of await this.#source.load([...wanted.values()], this.#clock())) this.#admit(key, wipes);
  }

  /** Wipes every data key from memory. The sealer can be used again after `ready()` and `prepare()`. */
  wipe(): void {
    this.#wipes++;
    this.#sealing = undefined;
    this.#loaded.clear();
  }

  /** Wipes every data key and ends the sealer. */
  close(): void {
    this.#isClosed = true;
    this.wipe();
  }

  #take(plaintext: Uint8Array): { key: DataKey; counter: number } {
    return this.#takeMany(1, requireBytes(plaintext, 'plaintext').length);
  }

  #takeMany(count: number, bytes: number): { key: DataKey; counter: number } {
    const taken = this.#tryTake(count, bytes);
    if (taken === undefined) {
      throw new SealerNotReady('There is no data key that may seal this: await sealer.ready() first.');
    }
    return taken;
  }

  #tryTake(count: number, bytes: number): { key: DataKey; counter: number } | undefined {
    this.#requireOpen();
    const now = this.#clock();
    const sealing = this.#sealing;
    const counter = sealing?.take(count, bytes, now);
    // The next key is asked for in good time; where that fails, the next call of ready() says why.
    if (sealing?.isEnding(now)) this.#renew().catch(() => {});
    return sealing === undefined || counter === undefined ? undefined : { key: sealing.key, counter };
  }

  #keyOf(record: Uint8Array): DataKey {
    this.#requireOpen();
    const id = recordKeyId(requireBytes(record, 'record'));
    if (id === undefined) throw new InvalidCiphertextException();
    const key = this.#loaded.find(id);
    if (key === undefined) throw new DataKeyNotLoaded();
    return key;
  }

  /** One new data key at a time, whoever asks for it. */
  #renew(): Promise<void> {
    this.#renewal ??= this.#makeKey().finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  async #makeKey(): Promise<void> {
    const wipes = this.#wipes;
    const key = await this.#source.make(this.#clock());
    if (this.#admit(key, wipes)) this.#sealing = new SealingKey(key, this.#limits);
  }

  /** Takes a key in, unless all were wiped since it was asked for. */
  #admit(key: DataKey, wipes: number): boolean {
    if (wipes === this.#wipes) {
      this.#loaded.add(key, this.#sealing?.key);
      return true;
    }
    key.cipher.close();
    return false;
  }

  #requireOpen(): void {
    if (this.#isClosed) throw new CipherClosed('sealer');
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
