// The bytes of a body as they come. Parts are copied into one buffer: a part may be a byte in a block of many kilobytes, which whoever
// sends byte by byte would have us keep.
import type { Bytes } from '../model/shape.ts';

export class BodyBuffer {
  readonly #limit: number;
  #bytes: Bytes = new Uint8Array(1024);
  #length = 0;

  /** @param limit in bytes */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @returns false where the body is longer than the limit; then no more is kept of it */
  append(part: Uint8Array): boolean {
    const length = this.#length + part.length;
    if (length > this.#limit) return false;
    if (length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(length, Math.min(this.#limit, 2 * this.#bytes.length)));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    this.#bytes.set(part, this.#length);
    this.#length = length;
    return true;
  }

  /** What came so far: a view, no copy. */
  get bytes(): Bytes {
    return this.#bytes.subarray(0, this.#length);
  }
}
