// The data key that new records are sealed under, and how much of it is left. It was made by this sealer and lives in its memory
// only, so a counter is all that a nonce needs: no other tab, no restart and no restored profile ever seals under the same key.
import { mostRecordsPerKey } from '../formats/sealed-record.ts';
import type { DataKey } from './data-key.ts';

export interface SealingLimits {
  /** Records under one data key, at most 2^32. */
  readonly maxMessages: number;
  /** Bytes of plaintext under one data key. */
  readonly maxBytes: number;
  /** Milliseconds that a data key stays in memory. */
  readonly maxAge: number;
}

/** From this part of a limit on a new key is made in the background. */
const renewalPart = 0.75;

export class SealingKey {
  readonly key: DataKey;
  readonly #limits: SealingLimits;
  #records = 0;
  #bytes = 0;

  constructor(key: DataKey, limits: SealingLimits) {
    this.key = key;
    this.#limits = { ...limits, maxMessages: Math.min(limits.maxMessages, mostRecordsPerKey) };
  }

  /**
   * Takes `count` numbers for records of so many bytes in all. A number is spent even if sealing fails afterwards.
   * @returns the first number, or undefined where a limit does not allow it
   */
  take(count: number, bytes: number, now: number): number | undefined {
    const { maxMessages, maxBytes, maxAge } = this.#limits;
    const age = now - this.key.loadedAt;
    if (this.#records + count > maxMessages || this.#bytes + bytes > maxBytes || age >= maxAge || age < 0)
      return undefined;
    const first = this.#records;
    this.#records += count;
    this.#bytes += bytes;
    return first;
  }

  /** True where it is time to make the next key. */
  isEnding(now: number): boolean {
    const { maxMessages, maxBytes, maxAge } = this.#limits;
    const age = now - this.key.loadedAt;
    return (
      this.#records >= maxMessages * renewalPart ||
      this.#bytes >= maxBytes * renewalPart ||
      age >= maxAge * renewalPart ||
      age < 0
    );
  }

  /** True where so many records of so many bytes in all fit. */
  canTake(count: number, bytes: number, now: number): boolean {
    const { maxMessages, maxBytes, maxAge } = this.#limits;
    const age = now - this.key.loadedAt;
    return this.#records + count <= maxMessages && this.#bytes + bytes <= maxBytes && age < maxAge && age >= 0;
  }
}
