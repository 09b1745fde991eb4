// Pieces of any length in, pieces of wanted lengths out. What is given out is always a copy with a buffer of its own.
import type { Bytes } from '../formats/bytes.ts';

/** Gives the next `length` bytes; fewer only where the input ends. */
export type Take = (length: number) => Promise<Bytes>;

/** @param next the next piece, or undefined at the end */
export function takeFrom(next: () => Promise<Uint8Array | undefined>): Take {
  let piece: Uint8Array = new Uint8Array(0);
  return async (length) => {
    const taken = new Uint8Array(length);
    let filled = 0;
    try {
      while (filled < length) {
        if (piece.length === 0) {
          const following = await next();
          if (following === undefined) return taken.slice(0, filled);
          piece = following;
        }
        const part = piece.subarray(0, length - filled);
        taken.set(part, filled);
        filled += part.length;
        piece = piece.subarray(part.length);
      }
      return taken;
    } catch (error) {
      taken.fill(0);
      throw error;
    }
  };
}
