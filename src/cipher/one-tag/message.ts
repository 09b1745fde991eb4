// One AES-GCM message (NIST SP 800-38D) in pieces, for messages that do not fit in memory: what every engine for it offers. Pieces
// may be in flight together: positions are given when a method is called, and the tag is computed in that order.
import type { Bytes } from '../../model/shape.ts';
import { maxMessageBytes } from '../aead.ts';
import { InvalidArgument } from '../errors.ts';

/** A message on its way. Each piece has a multiple of 16 bytes, but the last one of each manner. */
export interface OneTagMessage {
  /** Encrypts the next piece, and counts it for the tag. The piece is read before this returns. */
  seal(piece: Bytes): Promise<Bytes>;
  /** Decrypts the next piece, and counts it for the tag. **Nothing of it is authentic** before `check` has resolved. */
  open(piece: Bytes): Promise<Bytes>;
  /** Counts the next piece of ciphertext for the tag, and decrypts nothing. Resolves where the next one may come. */
  hash(piece: Bytes): Promise<void>;
  /** Decrypts the next piece, from the first one on, after `hash` has gone over all and `check` has resolved. */
  crypt(piece: Bytes): Promise<Bytes>;
  /** The tag of all that was sealed, 16 bytes. */
  tag(): Promise<Bytes>;
  /** Compares the tag of all that was opened or hashed, in constant time. @throws {AuthenticationFailed} */
  check(tag: Bytes): Promise<void>;
  /** Forgets the key and wipes what was derived from it. What is in flight fails. */
  close(): void;
}

/** Where in a message the next piece lies. */
export class Position {
  #bytes = 0;
  #isEnded = false;

  /** Bytes so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Counts a piece. @returns the number of the counter block of its first byte: data begins at counter 2 */
  advance(length: number): number {
    if (this.#isEnded && length > 0)
      throw new InvalidArgument('piece', 'must not follow one of other than a multiple of 16 bytes');
    if (this.#bytes + length > maxMessageBytes)
      throw new InvalidArgument('piece', 'takes the message beyond 2^36 - 32 bytes');
    const counter = this.#bytes / 16 + 2;
    this.#bytes += length;
    this.#isEnded = length % 16 !== 0;
    return counter;
  }
}
