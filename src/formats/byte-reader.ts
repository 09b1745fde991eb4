// Reads bytes from front to back. Nothing is allocated for a length that was read: what is taken is a view, and what is not there
// is an error that tells how many bytes would have to be there.
import type { Bytes } from './bytes.ts';

/** The bytes end before what was to be read. */
export class BytesMissing extends RangeError {
  /** So many bytes, from the beginning, have to be there at least. */
  readonly needed: number;
  constructor(needed: number) {
    super(`At least ${needed} bytes are needed.`);
    this.needed = needed;
  }
}

export class ByteReader {
  readonly #bytes: Bytes;
  #offset: number;

  constructor(bytes: Bytes, offset = 0) {
    this.#bytes = bytes;
    this.#offset = offset;
  }

  /** How many bytes were read. */
  get offset(): number {
    return this.#offset;
  }

  get isAtEnd(): boolean {
    return this.#offset === this.#bytes.length;
  }

  /** @throws BytesMissing, as all methods here */
  take(length: number): Bytes {
    const end = this.#offset + length;
    if (end > this.#bytes.length) throw new BytesMissing(end);
    const taken = this.#bytes.subarray(this.#offset, end);
    this.#offset = end;
    return taken;
  }

  uint8(): number {
    return this.take(1)[0] as number;
  }

  uint16(): number {
    const [high, low] = this.take(2) as unknown as [number, number];
    return high * 0x100 + low;
  }

  uint32(): number {
    return this.uint16() * 0x1_0000 + this.uint16();
  }

  /** A number of 8 bytes; beyond 2^53 it is inexact, and too large for anything. */
  uint64(): number {
    return this.uint32() * 0x1_0000_0000 + this.uint32();
  }

  /** Bytes with a length of 2 bytes before them. */
  field(): Bytes {
    return this.take(this.uint16());
  }
}
