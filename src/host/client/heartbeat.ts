// Is the host still there? Browsers do not say when a worker ends or a frame goes away. So while answers are awaited a silent host
// is asked, and one that stays silent is given up. Ticks are counted, not time: a tab that was asleep is not the host's fault.

const ticksPerDeadline = 4;

export interface Pulse {
  /** Asks the host for a sign of life. */
  ping(): void;
  /** True where it is known to be gone. */
  isGone(): boolean;
  giveUp(): void;
}

export class Heartbeat {
  readonly #interval: number;
  readonly #pulse: Pulse;
  #timer: ReturnType<typeof setInterval> | undefined;
  #silentTicks = 0;

  /** @param deadline milliseconds in which a host that works says something */
  constructor(deadline: number, pulse: Pulse) {
    this.#interval = deadline / ticksPerDeadline;
    this.#pulse = pulse;
  }

  /** Something came from the host. */
  heard(): void {
    this.#silentTicks = 0;
  }

  /** Watches from now on, until `stop`. */
  start(): void {
    if (this.#timer !== undefined) return;
    this.#silentTicks = 0;
    this.#timer = setInterval(() => this.#tick(), this.#interval);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    this.#silentTicks++;
    if (this.#silentTicks > ticksPerDeadline || this.#pulse.isGone()) {
      this.stop();
      this.#pulse.giveUp();
    } else this.#pulse.ping();
  }
}
