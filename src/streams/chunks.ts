// The chunks of one Cobblestone-256 message, sealed and opened many at a time. The keys are derived already; what is left is what can be
// done anywhere: here, or in a worker (workers/).
import type { Gcm, GcmKey, GcmNow } from '../cipher/native.ts';
import type { Bytes } from '../formats/bytes.ts';
import { chunkLength, chunkNonce, mostChunks, sealedChunkLength, tagLength } from '../formats/cobblestone.ts';
import { InvalidCiphertextException } from '../model/errors/index.ts';
import { joined, type Parts } from './pipeline.ts';

/** What the chunks of one message are sealed with: a key that nobody can read, and the nonce of chunk 0. */
export interface ChunkKey {
  readonly key: GcmKey;
  readonly baseNonce: Bytes;
}

export interface Chunks {
  /**
   * Where the input of a batch goes: a buffer that serves again and again, because fresh memory costs more than copying into it.
   * It is whoever asks for it's until it is given to `seal` or `open`.
   */
  block(length: number): Bytes;
  /** Chunks that make one batch. */
  readonly batch: number;
  /** Batches that may be in flight together. */
  readonly depth: number;
  /**
   * Seals chunks that follow one another.
   * @param first the number of the first of them
   * @param plaintext whole chunks; at the end of the message, also a last one that is shorter, and may be empty
   */
  seal(first: number, plaintext: Bytes, isEnd: boolean): Promise<Parts>;
  /**
   * Opens chunks that follow one another.
   * @param sealed whole chunks; only the last may be shorter
   * @throws InvalidCiphertextException where any of them does not open: then none is released
   */
  open(first: number, sealed: Bytes): Promise<Parts>;
  /** Forgets the key. */
  close(): void;
}

/** Chunks in flight: 256 KiB. More brings nothing in any browser, fewer leave the thread pool of Firefox and Node idle. */
export const batchChunks = 16;

/**
 * In this thread.
 * @param isJoined gives a batch in one part, which costs a quarter of the time in Chromium; otherwise a part for each chunk
 */
export function chunksHere({ key, baseNonce }: ChunkKey, isJoined: boolean): Chunks {
  const cipher = key.gcm;
  let scratch = new Uint8Array(0);
  const now = isJoined ? cipher.now : undefined;
  const given = (parts: Parts): Parts => (isJoined ? joined(parts) : parts);
  return {
    // One is enough: its bytes are read before `seal` or `open` returns.
    block(length) {
      if (scratch.length < length) scratch = new Uint8Array(length);
      return scratch.subarray(0, length);
    },
    batch: batchChunks,
    depth: 1,
    async seal(first, plaintext, isEnd) {
      const count = Math.floor(plaintext.length / chunkLength) + (isEnd ? 1 : 0);
      if (now !== undefined) return [sealNow(now, baseNonce, first, plaintext, count)];
      return given(await sealBatch(cipher, baseNonce, first, plaintext, count));
    },
    async open(first, sealed) {
      const count = Math.ceil(sealed.length / sealedChunkLength);
      const lastLength = sealed.length - (count - 1) * sealedChunkLength;
      if (lastLength < tagLength || first + count > mostChunks) throw new InvalidCiphertextException();
      if (now !== undefined) return [openNow(now, baseNonce, first, sealed, count)];
      return given(await openBatch(cipher, baseNonce, first, sealed, count));
    },
    close: () => void scratch.fill(0),
  };
}

const plainChunk = (bytes: Bytes, index: number): Bytes =>
  bytes.subarray(index * chunkLength, (index + 1) * chunkLength);
const sealedChunk = (bytes: Bytes, index: number): Bytes =>
  bytes.subarray(index * sealedChunkLength, (index + 1) * sealedChunkLength);

function sealNow(cipher: GcmNow, baseNonce: Bytes, first: number, plaintext: Bytes, count: number): Bytes {
  const sealed = new Uint8Array(plaintext.length + count * tagLength);
  for (let index = 0; index < count; index++)
    cipher.seal(chunkNonce(baseNonce, first + index), plainChunk(plaintext, index), sealedChunk(sealed, index));
  return sealed;
}

function openNow(cipher: GcmNow, baseNonce: Bytes, first: number, sealed: Bytes, count: number): Bytes {
  const opened = new Uint8Array(sealed.length - count * tagLength);
  try {
    for (let index = 0; index < count; index++)
      cipher.open(chunkNonce(baseNonce, first + index), sealedChunk(sealed, index), plainChunk(opened, index));
    return opened;
  } catch {
    opened.fill(0);
    throw new InvalidCiphertextException();
  }
}

function sealBatch(cipher: Gcm, baseNonce: Bytes, first: number, plaintext: Bytes, count: number): Promise<Bytes[]> {
  const sealing: Promise<Bytes>[] = [];
  for (let index = 0; index < count; index++)
    sealing.push(cipher.seal(chunkNonce(baseNonce, first + index), plainChunk(plaintext, index)));
  return Promise.all(sealing);
}

async function openBatch(
  cipher: Gcm,
  baseNonce: Bytes,
  first: number,
  sealed: Bytes,
  count: number,
): Promise<readonly Bytes[]> {
  const opening: Promise<Bytes>[] = [];
  for (let index = 0; index < count; index++)
    opening.push(cipher.open(chunkNonce(baseNonce, first + index), sealedChunk(sealed, index)));
  const settled = await Promise.allSettled(opening);
  const opened = settled.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  if (opened.length === count) return opened;
  for (const chunk of opened) chunk.fill(0);
  throw new InvalidCiphertextException();
}
