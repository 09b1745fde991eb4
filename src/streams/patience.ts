// How long more is waited for where there is something already: sources that are fast fill a batch, slow ones hold nothing up.

/** Milliseconds. */
const patience = 10;

/** One wait, for whatever it is asked about: a timer for each piece of a fast source would be dear. */
export class Patience {
  #timer: unknown;
  #isOver = false;
  #giveUp = (): void => {};

  /** @returns true where `promise` is settled in time. It is nobody's concern here how */
  lasts(promise: Promise<unknown>): Promise<boolean> {
    this.#timer ??= setTimeout(() => {
      this.#isOver = true;
      this.#giveUp();
    }, patience);
    return new Promise((resolve) => {
      const settled = (): void => resolve(true);
      promise.then(settled, settled);
      this.#giveUp = () => resolve(false);
      if (this.#isOver) this.#giveUp();
    });
  }

  /** It is waited for no more. */
  end(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer as number);
  }
}
