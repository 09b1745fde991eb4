// Frames sealed and opened where they lie, a batch at a time.
import type { CipherPiece, PieceCipher } from '../cipher/pieces.ts';
import type { Bytes } from '../formats/bytes.ts';
import { type BodyAad, type FrameRun, type Piece, readFrames } from '../formats/esdk/frames.ts';
import { InvalidCiphertextException } from '../model/errors/index.ts';

/** Frames at a time: about a mebibyte, which keeps every engine busy, and is soon done. */
export const batchFrames = (frameLength: number): number =>
  Math.max(1, Math.min(256, Math.floor(2 ** 20 / frameLength)));

/** What the pieces of one message have in common. */
export interface Body {
  readonly cipher: PieceCipher;
  readonly aad: BodyAad;
}

/**
 * Seals frames that `layFrames` laid out, from `start` on.
 * @param first the number of the first of them
 * @param most stop after so many
 */
export async function sealFrames(
  { cipher, aad }: Body,
  bytes: Bytes,
  start: number,
  frameLength: number,
  first: number,
  most: number,
): Promise<FrameRun> {
  const run = readFrames(bytes, start, frameLength, first, most) as FrameRun;
  const aadOf = aad.writer(run.frames.length);
  await cipher.seal(
    run.frames.map(({ kind, sequence, iv, sealed, length }): CipherPiece => {
      return { iv, aad: aadOf(kind, sequence, length), data: sealed.subarray(0, length), into: sealed };
    }),
  );
  return run;
}

/**
 * Opens pieces that follow one another.
 * @param into as long as their plaintexts together. Where this throws, it is wiped
 * @throws InvalidCiphertextException
 */
export async function openFrames({ cipher, aad }: Body, pieces: readonly Piece[], into: Bytes): Promise<void> {
  let at = 0;
  const aadOf = aad.writer(pieces.length);
  const work = pieces.map(({ kind, sequence, iv, sealed, length }): CipherPiece => {
    const place = into.subarray(at, at + length);
    at += length;
    return { iv, aad: aadOf(kind, sequence, length), data: sealed, into: place };
  });
  try {
    await cipher.open(work);
  } catch {
    into.fill(0);
    throw new InvalidCiphertextException();
  }
}
