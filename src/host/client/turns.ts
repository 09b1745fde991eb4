// How many calls of a connection are under way: a host takes so many at a time and refuses more. What is beyond waits here, in the
// order in which it was asked for, so that a page may make as many calls at once as it likes.

/** Sends a call under its id. @returns false where it could not be sent */
export type Send = (id: number) => boolean;

export class Turns {
  #most = Number.POSITIVE_INFINITY;
  #lastId = 0;
  /** Ids of calls that are under way at the host: each ends by itself. */
  readonly #calls = new Set<number>();
  /** Ids of streams that are open: each ends when the page is done with it. */
  readonly #streams = new Set<number>();
  readonly #waiting = new Set<Send>();

  /** @param most what the host said; a host that said nothing does not say when it is done with a call, either */
  limit(most: unknown): void {
    if (Number.isSafeInteger(most) && (most as number) > 0) this.#most = most as number;
  }

  /** Calls `send` at once or when it is its turn. @returns takes it back, where it waits */
  take(send: Send): () => void {
    this.#waiting.add(send);
    this.#next();
    return () => this.#waiting.delete(send);
  }

  /** This one is an open stream from now on. */
  keep(id: unknown): void {
    if (!this.#calls.delete(id as number)) return;
    this.#streams.add(id as number);
    this.#next();
  }

  /** The host is done with this one. */
  free(id: unknown): void {
    const wasUnderWay = this.#calls.delete(id as number) || this.#streams.delete(id as number);
    if (wasUnderWay) this.#next();
  }

  /** Nothing that waits is sent any more. */
  end(): void {
    this.#waiting.clear();
  }

  #next(): void {
    for (const send of this.#waiting) {
      // Where only the page's own streams are in the way, the host says so: waiting for the page could last for ever.
      if (this.#calls.size > 0 && this.#calls.size + this.#streams.size >= this.#most) return;
      this.#waiting.delete(send);
      const id = this.#lastId + 1;
      // The numbers of a connection have no gaps.
      if (!send(id)) continue;
      this.#lastId = id;
      if (this.#most !== Number.POSITIVE_INFINITY) this.#calls.add(id);
    }
  }
}
