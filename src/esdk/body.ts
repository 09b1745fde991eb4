// Frames sealed and opened, a batch at a time.
import type { CipherPiece, PieceCipher } from '../cipher/pieces.ts';
import type { Bytes } from '../formats/bytes.ts';
import {
  type BodyAad,
  bodyLength,
  finalFrameOverhead,
  frameCount,
  frameOverhead,
  type Piece,
  pieceIv,
  putFrame,
} from '../formats/esdk/frames.ts';
import { InvalidCiphertextException } from '../model/errors/index.ts';

/** Frames in flight: about a mebibyte, which keeps every engine busy, and is soon done. */
export const batchFrames = (frameLength: number): number =>
  Math.max(1, Math.min(256, Math.floor(2 ** 20 / frameLength)));

/** What the frames of one message have in common. */
export interface Body {
  readonly cipher: PieceCipher;
  readonly aad: BodyAad;
  readonly frameLength: number;
}

/** Bytes that the frames of a piece of plaintext take; where it is not the end it fills its frames. */
export const sealedLength = (length: number, frameLength: number, isEnd: boolean): number =>
  isEnd ? bodyLength(length, frameLength) : length + (length / frameLength) * frameOverhead;

/**
 * Seals plaintext into frames.
 * @param first the number of the first of them
 * @param isEnd whether the last of them is the final one; if not, the plaintext fills its frames
 * @param into as long as `sealedLength` says
 */
export async function sealFrames(
  { cipher, aad, frameLength }: Body,
  plaintext: Bytes,
  first: number,
  isEnd: boolean,
  into: Bytes,
): Promise<void> {
  const count = isEnd ? frameCount(plaintext.length, frameLength) : plaintext.length / frameLength;
  const pieces: CipherPiece[] = [];
  let at = 0;
  for (let index = 0; index < count; index++) {
    const data = plaintext.subarray(index * frameLength, (index + 1) * frameLength);
    const kind = isEnd && index === count - 1 ? 'final' : 'regular';
    const sequence = first + index;
    const end = at + data.length + (kind === 'final' ? finalFrameOverhead : frameOverhead);
    const iv = pieceIv(sequence);
    const place = putFrame(into.subarray(at, end), kind, sequence, iv);
    pieces.push({ iv, aad: aad.of(kind, sequence, data.length), data, into: place });
    at = end;
  }
  await cipher.seal(pieces);
}

/**
 * Opens pieces that follow one another.
 * @param into as long as their plaintexts together. Where this throws, it is wiped
 * @throws InvalidCiphertextException
 */
export async function openFrames(
  { cipher, aad }: Omit<Body, 'frameLength'>,
  pieces: readonly Piece[],
  into: Bytes,
): Promise<void> {
  let at = 0;
  const work = pieces.map(({ kind, sequence, iv, sealed, length }): CipherPiece => {
    const place = into.subarray(at, at + length);
    at += length;
    return { iv, aad: aad.of(kind, sequence, length), data: sealed, into: place };
  });
  try {
    await cipher.open(work);
  } catch {
    into.fill(0);
    throw new InvalidCiphertextException();
  }
}
