// Data keys in memory: found by id, wiped when they are too old, and not more than the core has places for.
import type { DataKeyId } from '../formats/sealed-record.ts';
import type { DataKey } from './data-key.ts';

/** Most data keys that one sealer loads, beside the one it seals under. */
export const mostLoaded = 16;
/** Longest delay that timers know. */
const longestTimer = 2 ** 31 - 1;

export class LoadedKeys {
  readonly #maxAge: number;
  readonly #clock: () => number;
  /** In the order in which they were loaded. */
  #keys: DataKey[] = [];

  /** @param maxAge milliseconds that a key may stay */
  constructor(maxAge: number, clock: () => number) {
    this.#maxAge = maxAge;
    this.#clock = clock;
  }

  find(id: DataKeyId): DataKey | undefined {
    for (const key of this.#keys) {
      if (key.id.low !== id.low || key.id.high !== id.high) continue;
      if (!this.#isTooOld(key)) return key;
      this.#remove(key);
      return undefined;
    }
    return undefined;
  }

  /**
   * Adds a key. Where there is no room, the one that was loaded first goes.
   * @param spared the key that records are sealed under: it is not made to go
   */
  add(key: DataKey, spared: DataKey | undefined): void {
    this.#wipeOld();
    if (this.#keys.length > mostLoaded) this.#remove(this.#keys.find((each) => each !== spared) as DataKey);
    this.#keys.push(key);
    // The age is checked at every use; the timer only wipes sooner.
    const timer: unknown = setTimeout(() => this.#wipeOld(), Math.min(this.#maxAge, longestTimer));
    // Node, Deno and Bun would wait for it before they exit.
    if (typeof timer === 'object' && timer !== null && 'unref' in timer) (timer as { unref(): void }).unref();
  }

  /** Wipes all. */
  clear(): void {
    for (const { cipher } of this.#keys) cipher.close();
    this.#keys = [];
  }

  /** A clock that was set back makes a key too old as well: its age is unknown then. */
  #isTooOld(key: DataKey): boolean {
    const age = this.#clock() - key.loadedAt;
    return age >= this.#maxAge || age < 0;
  }

  #wipeOld(): void {
    for (const old of this.#keys.filter((each) => this.#isTooOld(each))) this.#remove(old);
  }

  #remove(key: DataKey): void {
    key.cipher.close();
    this.#keys = this.#keys.filter((each) => each !== key);
  }
}
