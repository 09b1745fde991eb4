// The part of DER (ITU-T X.690, section 10) that keys and signatures need: definite lengths in their shortest form, tags of
// one byte. Readers give views of their input, so that whoever wipes the input has wiped what was read.
import { type Bytes, concat } from './bytes.ts';

export const tag = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  sequence: 0x30,
  /** [0] and [1], constructed; [0] primitive. */
  context0: 0xa0,
  context1: 0xa1,
  primitive0: 0x80,
} as const;

/** Writes one element. */
export function encodeDer(tagByte: number, ...contents: readonly Uint8Array[]): Bytes {
  const length = contents.reduce((sum, part) => sum + part.length, 0);
  const digits: number[] = [];
  for (let rest = length; rest > 0; rest >>>= 8) digits.unshift(rest & 0xff);
  const head = length < 0x80 ? [tagByte, length] : [tagByte, 0x80 | digits.length, ...digits];
  return concat(Uint8Array.from(head), ...contents);
}

/** Writes an unsigned integer, given big-endian with any number of leading zeros. */
export function encodeUnsigned(bytes: Uint8Array): Bytes {
  const magnitude = withoutZeros(bytes);
  const isPadded = magnitude.length === 0 || (magnitude[0] as number) >= 0x80;
  return encodeDer(tag.integer, isPadded ? Uint8Array.of(0) : new Uint8Array(0), magnitude);
}

/** Reads the elements of a sequence one after another. Every method throws RangeError where the bytes are not DER. */
export class DerReader {
  #rest: Bytes;

  constructor(bytes: Bytes) {
    this.#rest = bytes;
  }

  get isAtEnd(): boolean {
    return this.#rest.length === 0;
  }

  /** The tag of the next element, or undefined at the end. */
  get nextTag(): number | undefined {
    return this.#rest[0];
  }

  /** The contents of the next element, which must have this tag. */
  read(tagByte: number): Bytes {
    const [found, first = 0x80] = this.#rest;
    if (found !== tagByte) throw new RangeError('Not the DER element that was expected.');
    const count = first < 0x80 ? 0 : first & 0x7f;
    const digits = this.#rest.subarray(2, 2 + count);
    const length = count === 0 ? first : digits.reduce((sum, digit) => sum * 256 + digit, 0);
    const isShortest = count === 0 ? first < 0x80 : length >= 0x80 && digits[0] !== 0;
    const start = 2 + count;
    if (count > 3 || !isShortest || this.#rest.length < start + length) throw new RangeError('Not a DER length.');
    const contents = this.#rest.subarray(start, start + length);
    this.#rest = this.#rest.subarray(start + length);
    return contents;
  }

  /** The elements of a sequence. */
  sequence(): DerReader {
    return new DerReader(this.read(tag.sequence));
  }

  /** A positive integer or zero, without leading zeros. */
  unsigned(): Bytes {
    const contents = this.read(tag.integer);
    const [first, second] = contents;
    const isMinimal = first !== 0 || second === undefined || second >= 0x80;
    if (first === undefined || first >= 0x80 || !isMinimal) throw new RangeError('Not an unsigned DER integer.');
    return withoutZeros(contents) as Bytes;
  }

  /** Requires that nothing follows. */
  end(): void {
    if (!this.isAtEnd) throw new RangeError('Bytes after the end of a DER element.');
  }
}

/** Left-pads an unsigned integer to a length. @throws RangeError where it is longer */
export function padTo(bytes: Uint8Array, length: number): Bytes {
  if (bytes.length > length) throw new RangeError('The integer is too long.');
  const padded = new Uint8Array(length);
  padded.set(bytes, length - bytes.length);
  return padded;
}

function withoutZeros(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte !== 0);
  return first === -1 ? bytes.subarray(bytes.length) : bytes.subarray(first);
}
