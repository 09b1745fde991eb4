// What comes in, looked at before it is taken. Memory grows with the bytes that have come, never with a length that was only read.
import { type Bytes, concat } from '../formats/bytes.ts';
import { InvalidCiphertextException } from '../model/errors/index.ts';
import type { Take } from '../streams/take.ts';

const pieceLength = 2 ** 20;

export class Intake {
  readonly #take: Take;
  #held: Bytes = new Uint8Array(0);
  #isAtEnd = false;

  constructor(take: Take) {
    this.#take = take;
  }

  /** The next `length` bytes, which stay; fewer only where the input ends. A view that is good until the next call. */
  async peek(length: number): Promise<Bytes> {
    const pieces: Bytes[] = [this.#held];
    let held = this.#held.length;
    while (held < length && !this.#isAtEnd) {
      const wanted = Math.min(length - held, pieceLength);
      const piece = await this.#take(wanted);
      this.#isAtEnd = piece.length < wanted;
      pieces.push(piece);
      held += piece.length;
    }
    if (pieces.length > 1) {
      const joined = concat(...pieces);
      for (const piece of pieces) piece.fill(0);
      this.#held = joined;
    }
    return this.#held.subarray(0, length);
  }

  /** Leaves bytes behind that were looked at. */
  skip(length: number): void {
    this.#held = this.#held.subarray(length);
  }

  /** @throws InvalidCiphertextException: nothing may follow a message */
  async requireEnd(): Promise<void> {
    if ((await this.peek(1)).length > 0) throw new InvalidCiphertextException();
  }
}
