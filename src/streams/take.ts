// Pieces of any length in, pieces of wanted lengths out.
import type { Bytes } from '../formats/bytes.ts';
import { SerializationException } from '../model/errors/index.ts';

export interface Take {
  /**
   * Gives the next `length` bytes; fewer only where the input ends. They are a copy in a buffer of their own; or, where `into` is
   * given, a part of it from its start on: a buffer that serves again and again costs no fresh memory.
   */
  (length: number, into?: Bytes): Promise<Bytes>;
  /**
   * Copies what has come, and waits only where nothing has.
   * @param into at least one byte
   * @returns how many bytes are in it now; 0 where the input ends
   */
  some(into: Bytes): Promise<number>;
  /** Waits for something to come, and takes nothing. @returns false where the input ends */
  arrived(): Promise<boolean>;
}

/**
 * @param next the next piece, or undefined at the end
 * @param onTaken called when all of a piece was taken
 */
export function takeFrom(next: () => Promise<Uint8Array | undefined>, onTaken: () => void = () => {}): Take {
  let piece: Uint8Array = new Uint8Array(0);
  /** What is left of the piece: its own length changes where its buffer is detached or resized meanwhile. */
  let left = 0;

  let arriving: Promise<boolean> | undefined;

  async function receive(): Promise<boolean> {
    try {
      while (left === 0) {
        const following = await next();
        if (following === undefined) return false;
        piece = following;
        left = piece.length;
      }
      return true;
    } finally {
      arriving = undefined;
    }
  }

  async function arrived(): Promise<boolean> {
    if (left > 0) return true;
    arriving ??= receive();
    return arriving;
  }

  async function some(into: Bytes): Promise<number> {
    if (left === 0 && !(await arrived())) return 0;
    if (piece.length !== left)
      throw new SerializationException('The buffer of a chunk was detached or resized before all of it was read.');
    const part = piece.subarray(0, into.length);
    into.set(part);
    piece = piece.subarray(part.length);
    left = piece.length;
    if (left === 0) onTaken();
    return part.length;
  }

  async function take(length: number, into?: Bytes): Promise<Bytes> {
    const taken = into ?? new Uint8Array(length);
    try {
      for (let filled = 0; filled < length; ) {
        const count = await some(taken.subarray(filled, length));
        if (count === 0) return into === undefined ? taken.slice(0, filled) : taken.subarray(0, filled);
        filled += count;
      }
      return taken.length === length ? taken : taken.subarray(0, length);
    } catch (error) {
      taken.fill(0);
      throw error;
    }
  }

  return Object.assign(take, { some, arrived });
}
