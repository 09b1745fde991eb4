// The body of a message: frames, or in old messages a single block. Each piece is one AES-GCM message whose additional data name
// the message, the kind of piece, its number and its length, so that no piece can stand in another's place.
// https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/body-aad-reference.html
import { type Bytes, concat, utf8 } from '../bytes.ts';
import { putUint32, readUint32 } from './integers.ts';

export const tagLength = 16;
const ivLength = 12;
/** Stands where a regular frame has its number, which is therefore never this. */
const finalMarker = 0xffff_ffff;
/** What a frame has besides its ciphertext: number, IV and tag. */
export const frameOverhead = 32;
/** The final one has a marker and a length as well. */
export const finalFrameOverhead = 40;
/** Before the ciphertext of a single block: IV and length. */
export const blockStart = 20;
/** Plaintext bytes of a single block, at most: SP 800-38D, section 5.2.1.1. */
export const mostBlockLength: number = 2 ** 36 - 32;
export const mostFrames = 0xffff_ffff;
export const mostFrameLength = 0xffff_ffff;

/** Frames of a plaintext: at least the final one, which is full where the plaintext fills it. */
export const frameCount = (plaintextLength: number, frameLength: number): number =>
  Math.max(1, Math.ceil(plaintextLength / frameLength));

export const bodyLength = (plaintextLength: number, frameLength: number): number =>
  plaintextLength + (frameCount(plaintextLength, frameLength) - 1) * frameOverhead + finalFrameOverhead;

export type PieceKind = 'regular' | 'final' | 'block';

const names: { readonly [kind in PieceKind]: Bytes } = {
  regular: utf8('AWSKMSEncryptionClient Frame'),
  final: utf8('AWSKMSEncryptionClient Final Frame'),
  block: utf8('AWSKMSEncryptionClient Single Block'),
};

/** The additional data of the pieces of one message. */
export class BodyAad {
  readonly #templates: { readonly [kind in PieceKind]: Bytes };

  constructor(messageId: Bytes) {
    const template = (kind: PieceKind) => concat(messageId, names[kind], new Uint8Array(12));
    this.#templates = { regular: template('regular'), final: template('final'), block: template('block') };
  }

  /** @param length plaintext bytes of the piece */
  of(kind: PieceKind, sequence: number, length: number): Bytes {
    const aad = this.#templates[kind].slice();
    const end = aad.length;
    putUint32(aad, end - 12, sequence);
    putUint32(aad, end - 8, Math.floor(length / 0x1_0000_0000));
    putUint32(aad, end - 4, length);
    return aad;
  }
}

/** The IV that is written: eight zero bytes and the number of the piece, which no two pieces under one key share. */
export function pieceIv(sequence: number): Bytes {
  const iv = new Uint8Array(ivLength);
  putUint32(iv, ivLength - 4, sequence);
  return iv;
}

/** One piece where it lies in a message. */
export interface Piece {
  readonly kind: PieceKind;
  readonly sequence: number;
  readonly iv: Bytes;
  /** Ciphertext and tag, views of the message. */
  readonly sealed: Bytes;
  /** Plaintext bytes. */
  readonly length: number;
}

/**
 * Writes all of a frame but its ciphertext and tag.
 * @param place the frame's own bytes
 * @returns where ciphertext and tag go
 */
export function putFrame(place: Bytes, kind: 'regular' | 'final', sequence: number, iv: Bytes): Bytes {
  if (kind === 'regular') {
    putUint32(place, 0, sequence);
    place.set(iv, 4);
    return place.subarray(4 + ivLength);
  }
  putUint32(place, 0, finalMarker);
  putUint32(place, 4, sequence);
  place.set(iv, 8);
  putUint32(place, 8 + ivLength, place.length - finalFrameOverhead);
  return place.subarray(12 + ivLength);
}

/** Frames that follow one another. */
export interface FrameRun {
  readonly frames: readonly Piece[];
  /** Bytes that they take. */
  readonly length: number;
  /** Plaintext bytes of them. */
  readonly plaintextLength: number;
  /** True where the final frame is among them. */
  readonly isEnd: boolean;
}

/**
 * Reads the frames that lie wholly in `bytes`, from `start` on.
 * @param first the number of the first of them
 * @param most stop after so many
 * @returns undefined where they are malformed: out of order, or a final one that is longer than a regular one
 */
export function readFrames(
  bytes: Bytes,
  start: number,
  frameLength: number,
  first: number,
  most: number,
): FrameRun | undefined {
  const frames: Piece[] = [];
  let at = start;
  let plaintextLength = 0;
  const run = (isEnd: boolean): FrameRun => ({ frames, length: at - start, plaintextLength, isEnd });
  for (let sequence = first; frames.length < most; sequence++) {
    if (bytes.length - at < 4) return run(false);
    const isFinal = readUint32(bytes, at) === finalMarker;
    if (isFinal && bytes.length - at < finalFrameOverhead - tagLength) return run(false);
    if (readUint32(bytes, isFinal ? at + 4 : at) !== sequence || sequence > mostFrames) return undefined;
    const length = isFinal ? readUint32(bytes, at + 8 + ivLength) : frameLength;
    if (length > frameLength) return undefined;
    const total = length + (isFinal ? finalFrameOverhead : frameOverhead);
    if (bytes.length - at < total) return run(false);
    const ivStart = at + (isFinal ? 8 : 4);
    frames.push({
      kind: isFinal ? 'final' : 'regular',
      sequence,
      iv: bytes.subarray(ivStart, ivStart + ivLength),
      sealed: bytes.subarray(at + total - length - tagLength, at + total),
      length,
    });
    at += total;
    plaintextLength += length;
    if (isFinal) return run(true);
  }
  return run(false);
}
