// The input of a message in batches of whole chunks: full ones as long as the source is fast, and what has come where it is slow.
import type { Bytes } from '../formats/bytes.ts';
import { Patience } from './patience.ts';
import type { Take } from './take.ts';

export class Batches {
  readonly #take: Take;
  readonly #chunk: number;
  /** What came behind the last whole chunk. */
  #rest: Bytes = new Uint8Array(0);
  #isAtEnd = false;

  /** @param chunk bytes of a whole chunk */
  constructor(take: Take, chunk: number) {
    this.#take = take;
    this.#chunk = chunk;
  }

  /** True where all there is was given. */
  get isAtEnd(): boolean {
    return this.#isAtEnd;
  }

  /**
   * Fills a buffer that has room for whole chunks.
   * @returns its beginning: all of it; at least a chunk, and only whole ones, where more does not follow at once; or what is left at the
   * end of the input, which may be nothing
   */
  async next(into: Bytes): Promise<Bytes> {
    let filled = this.#rest.length;
    into.set(this.#rest);
    this.wipe();
    const patience = new Patience();
    try {
      while (filled < into.length) {
        if (filled >= this.#chunk && !(await patience.lasts(this.#take.arrived()))) return this.#whole(into, filled);
        const count = await this.#take.some(into.subarray(filled));
        this.#isAtEnd = count === 0;
        if (this.#isAtEnd) break;
        filled += count;
      }
      return into.subarray(0, filled);
    } catch (error) {
      into.fill(0);
      throw error;
    } finally {
      patience.end();
    }
  }

  wipe(): void {
    this.#rest.fill(0);
    this.#rest = new Uint8Array(0);
  }

  #whole(into: Bytes, filled: number): Bytes {
    const end = filled - (filled % this.#chunk);
    this.#rest = into.slice(end, filled);
    return into.subarray(0, end);
  }
}
