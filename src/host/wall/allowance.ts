// How many calls a caller may make: a token bucket. It holds `burst` calls and is refilled evenly.

export interface Rate {
  /** Calls a second, over time. Default 500. */
  readonly perSecond?: number | undefined;
  /** Calls at once, after a pause. Default 2000. */
  readonly burst?: number | undefined;
}

export class Allowance {
  readonly #perMillisecond: number;
  readonly #burst: number;
  readonly #clock: () => number;
  #tokens: number;
  #at: number;

  constructor(perSecond: number, burst: number, clock: () => number) {
    this.#perMillisecond = perSecond / 1000;
    this.#burst = burst;
    this.#clock = clock;
    this.#tokens = burst;
    this.#at = clock();
  }

  /** True, and one fewer is left; or false. */
  take(): boolean {
    const now = this.#clock();
    // A clock that was set back gives nothing.
    this.#tokens = Math.min(this.#burst, this.#tokens + Math.max(0, now - this.#at) * this.#perMillisecond);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
