// What comes in, looked at before it is taken. Memory grows with the bytes that have come, never with a length that was only read.
import type { Bytes } from '../formats/bytes.ts';
import { InvalidCiphertextException } from '../model/errors/index.ts';
import { Patience } from '../streams/patience.ts';
import type { Take } from '../streams/take.ts';

const firstRoom = 2 ** 16;

export class Intake {
  readonly #take: Take;
  /** Everything that has come and was not skipped lies in it from `#start` to `#end`. */
  #room: Bytes = new Uint8Array(0);
  #start = 0;
  #end = 0;
  #isAtEnd = false;

  constructor(take: Take) {
    this.#take = take;
  }

  /** True where all there is has come. */
  get isAtEnd(): boolean {
    return this.#isAtEnd;
  }

  /**
   * The next `length` bytes, which stay; fewer where the input ends, or where `enough` have come and more do not follow at once.
   * A view that is good until the next call.
   */
  async peek(length: number, enough: number = length): Promise<Bytes> {
    const patience = new Patience();
    try {
      while (this.#held < length && !this.#isAtEnd) {
        if (this.#held >= enough && !(await patience.lasts(this.#take.arrived()))) break;
        if (this.#end === this.#room.length) this.#makeRoom(length);
        const count = await this.#take.some(this.#room.subarray(this.#end));
        this.#end += count;
        this.#isAtEnd = count === 0;
      }
    } finally {
      patience.end();
    }
    return this.#room.subarray(this.#start, Math.min(this.#end, this.#start + length));
  }

  /** Leaves bytes behind that were looked at. */
  skip(length: number): void {
    this.#start += length;
  }

  /** @throws InvalidCiphertextException: nothing may follow a message */
  async requireEnd(): Promise<void> {
    if ((await this.peek(1)).length > 0) throw new InvalidCiphertextException();
  }

  wipe(): void {
    this.#room.fill(0);
  }

  get #held(): number {
    return this.#end - this.#start;
  }

  /** Moves what is held to the front: of the same room, where it is long enough, else of one that is twice as long. */
  #makeRoom(length: number): void {
    const [old, held] = [this.#room, this.#held];
    if (old.length >= length) old.copyWithin(0, this.#start, this.#end);
    else {
      this.#room = new Uint8Array(Math.max(firstRoom, Math.min(length, 2 * old.length)));
      this.#room.set(old.subarray(this.#start, this.#end));
      old.fill(0);
    }
    this.#start = 0;
    this.#end = held;
  }
}
