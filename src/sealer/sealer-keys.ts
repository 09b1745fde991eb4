// The data keys of a sealer, in the WASM core's memory: the one that it seals under, renewed before its limits, and those that it
// opens with, loaded when they are asked for. None outlives a wipe, also one that was on its way then.
import { CipherClosed } from '../cipher/errors.ts';
import { fromHex } from '../formats/bytes.ts';
import { type DataKeyId, dataKeyId, recordKeyId } from '../formats/sealed-record.ts';
import {
  DataKeyNotLoaded,
  InvalidCiphertextException,
  SealerNotReady,
  ValidationException,
} from '../model/errors/index.ts';
import { requireBytes } from './arguments.ts';
import type { DataKey } from './data-key.ts';
import type { DataKeySource } from './data-key-source.ts';
import { LoadedKeys, mostLoaded } from './loaded-keys.ts';
import { SealingKey, type SealingLimits } from './sealing-key.ts';

/** The key for new records, and the number of the first of them. */
export interface Taken {
  readonly key: DataKey;
  readonly counter: number;
}

export class SealerKeys {
  readonly #source: DataKeySource;
  readonly #limits: SealingLimits;
  readonly #clock: () => number;
  readonly #loaded: LoadedKeys;
  #sealing: SealingKey | undefined;
  #renewal: Promise<void> | undefined;
  /** Grows with every wipe, so that a key which was asked for before is not kept after it. */
  #wipes = 0;
  #isClosed = false;

  constructor(source: DataKeySource, limits: SealingLimits, clock: () => number) {
    this.#source = source;
    this.#limits = limits;
    this.#clock = clock;
    this.#loaded = new LoadedKeys(limits.maxAge, clock);
  }

  /** Takes numbers for records of so many bytes in all. @throws SealerNotReady */
  take(count: number, bytes: number): Taken {
    const taken = this.tryTake(count, bytes);
    if (taken === undefined) {
      throw new SealerNotReady('There is no data key that may seal this: await sealer.ready() first.');
    }
    return taken;
  }

  /** @returns undefined where there is no key that may seal so much */
  tryTake(count: number, bytes: number): Taken | undefined {
    this.#requireOpen();
    const now = this.#clock();
    const sealing = this.#sealing;
    const counter = sealing?.take(count, bytes, now);
    // The next key is asked for in good time; where that fails, the next call of ready() says why.
    if (sealing?.isEnding(now)) this.#renew().catch(() => {});
    return sealing === undefined || counter === undefined ? undefined : { key: sealing.key, counter };
  }

  /** The key of a record. @throws InvalidCiphertextException where it is none; DataKeyNotLoaded */
  of(record: Uint8Array): DataKey {
    this.#requireOpen();
    const id = recordKeyId(requireBytes(record, 'record'));
    if (id === undefined) throw new InvalidCiphertextException();
    const key = this.#loaded.find(id);
    if (key === undefined) throw new DataKeyNotLoaded();
    return key;
  }

  async ready(bytes: number, records: number): Promise<void> {
    if (bytes > this.#limits.maxBytes)
      throw new ValidationException(`A record of ${bytes} bytes is longer than maxBytes allows.`);
    if (records > this.#limits.maxMessages)
      throw new ValidationException(`${records} records are more than maxMessages allows.`);
    this.#requireOpen();
    if (!this.isReady(bytes, records)) await this.#renew();
  }

  isReady(bytes: number, records: number): boolean {
    return !this.#isClosed && this.#sealing?.canTake(records, bytes, this.#clock()) === true;
  }

  isLoaded(record: Uint8Array): boolean {
    const id = recordKeyId(requireBytes(record, 'record'));
    return !this.#isClosed && id !== undefined && this.#loaded.find(id) !== undefined;
  }

  /** Ends sealing under the present key, and not opening. */
  retire(): void {
    this.#sealing = undefined;
  }

  /** Loads one key by its id in hexadecimal. */
  async load(id: string): Promise<void> {
    this.#requireOpen();
    const wanted = dataKeyId(fromHex(id));
    if (this.#loaded.find(wanted) !== undefined) return;
    const wipes = this.#wipes;
    for (const key of await this.#source.load([wanted], this.#clock())) this.#admit(key, wipes);
  }

  /** Loads the keys of records, each once, in one go. */
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

  wipe(): void {
    this.#wipes++;
    this.#sealing = undefined;
    this.#loaded.clear();
  }

  close(): void {
    this.#isClosed = true;
    this.wipe();
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
