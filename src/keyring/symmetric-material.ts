// A symmetric key's material in use, and the series that it is sealing. A series is worth its beginning only where many messages
// follow under the same encryption context, so the first of a burst are sealed one by one.
import { type Bytes, isEqual } from '../formats/bytes.ts';
import type { Prf } from '../formats/cobblestone.ts';
import { SeriesOpener, type SeriesSealer } from '../formats/message-series.ts';

/** Messages under one context, without another between them, before a series begins. */
const patience = 32;
/** How long a series goes on, in milliseconds. */
const longest = 60_000;

export class SymmetricMaterial {
  readonly prf: Prf;
  readonly opener: SeriesOpener = new SeriesOpener();
  #context: Bytes = new Uint8Array(0);
  #count = 0;
  #end = 0;
  #series: Promise<SeriesSealer> | undefined;
  /** The same where it is ready: nothing needs to be awaited then. */
  #ready: SeriesSealer | undefined;

  constructor(prf: Prf) {
    this.prf = prf;
  }

  /** The series for the next message under a context; undefined where it is to be sealed on its own. */
  seriesFor(context: Bytes, begin: () => Promise<SeriesSealer>): Promise<SeriesSealer> | SeriesSealer | undefined {
    if (!isEqual(context, this.#context)) {
      this.#context = context.slice();
      this.#count = 0;
      this.#forget();
    }
    if (++this.#count <= patience) return undefined;
    const now = performance.now();
    if (this.#ready?.isFull || now >= this.#end) this.#forget();
    if (this.#ready) return this.#ready;
    if (this.#series === undefined) {
      const beginning = begin();
      this.#series = beginning;
      this.#end = now + longest;
      beginning.then(
        (sealer) => {
          if (this.#series === beginning) this.#ready = sealer;
        },
        () => {
          if (this.#series === beginning) this.#forget();
        },
      );
    }
    return this.#series;
  }

  #forget(): void {
    this.#series = undefined;
    this.#ready = undefined;
  }
}
