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

  /**
   * Gives what writes the additional data of up to `count` pieces: views of one buffer, because a buffer for each of them would cost
   * as much as sealing some hundred bytes. Of a piece, `length` is that of its plaintext.
   */
  writer(count: number): (kind: PieceKind, sequence: number, length: number) => Bytes {
    const arena = new Uint8Array(count * this.#templates.block.length);
    let at = 0;
    return (kind, sequence, length) => {
      const template = this.#templates[kind];
      const end = at + template.length;
      arena.set(template, at);
      putUint32(arena, end - 12, sequence);
      putUint32(arena, end - 8, Math.floor(length / 0x1_0000_0000));
      putUint32(arena, end - 4, length);
      const aad = arena.subarray(at, end);
      at = end;
      return aad;
    };
  }
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

/** Bytes of the frames of a piece of plaintext; where it is not the end it fills its frames. */
export const framesLength = (length: number, frameLength: number, isEnd: boolean): number =>
  isEnd ? bodyLength(length, frameLength) : length + (length / frameLength) * frameOverhead;

/**
 * Lays a plaintext out in frames that are whole but for their sealing: it stands where ciphertexts will, with room for tags, and
 * `readFrames` finds them. The IV is eight zero bytes and the number of
 * the frame, which no two frames under one key share.
 * @param first the number of the first of them
 * @param isEnd whether the last of them is the final one; if not, the plaintext fills its frames
 * @param into as long as `framesLength` says, and of zeros
 */
export function layFrames(
  plaintext: Uint8Array,
  frameLength: number,
  first: number,
  isEnd: boolean,
  into: Bytes,
): void {
  const last = isEnd ? frameCount(plaintext.length, frameLength) - 1 : Number.NaN;
  for (let index = 0, at = 0; at < into.length; index++) {
    const data = plaintext.subarray(index * frameLength, (index + 1) * frameLength);
    if (index === last) {
      putUint32(into, at, finalMarker);
      putUint32(into, at + 20, data.length);
      at += 4;
    }
    putUint32(into, at, first + index);
    putUint32(into, at + ivLength, first + index);
    at += 4 + ivLength + (index === last ? 4 : 0);
    into.set(data, at);
    at += data.length + tagLength;
  }
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
