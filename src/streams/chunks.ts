// The chunks of one Cobblestone-256 message, sealed and opened many at a time. The keys are derived already; what is left is what can be
// done anywhere: here, or in a worker (workers/).
import type { GcmKey, GcmNow } from '../cipher/native.ts';
import type { Bytes } from '../formats/bytes.ts';
import { chunkLength, chunkNonce, mostChunks, sealedChunkLength, tagLength } from '../formats/cobblestone.ts';
import { InvalidCiphertextException } from '../model/errors/index.ts';
import { joined, roomFor } from './pipeline.ts';

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
   * @param into a buffer that has room for the result, and is its own from then on; without one the result has fresh memory
   */
  seal(first: number, plaintext: Bytes, isEnd: boolean, into?: Bytes): Promise<Bytes>;
  /**
   * Opens chunks that follow one another.
   * @param sealed whole chunks; only the last may be shorter
   * @param into as for `seal`
   * @throws InvalidCiphertextException where any of them does not open: then none is released
   */
  open(first: number, sealed: Bytes, into?: Bytes): Promise<Bytes>;
  /** Forgets the key. */
  close(): void;
}

/** Chunks in flight: 256 KiB. More brings nothing in any browser, fewer leave the thread pool of Firefox and Node idle. */
export const batchChunks = 16;

/** In this thread. */
export function chunksHere(key: ChunkKey): Chunks {
  let scratch = new Uint8Array(0);
  return {
    // One is enough: its bytes are read before `seal` or `open` returns.
    block(length) {
      if (scratch.length < length) scratch = new Uint8Array(length);
      return scratch.subarray(0, length);
    },
    batch: batchChunks,
    depth: 1,
    seal: (first, plaintext, isEnd, into) => sealBatch(key, first, plaintext, isEnd, into),
    open: (first, sealed, into) => openBatch(key, first, sealed, into),
    close: () => void scratch.fill(0),
  };
}

/** Seals chunks by the platform, all of them in flight at once where it does not work on the spot. */
export async function sealBatch(
  { key: { gcm }, baseNonce }: ChunkKey,
  first: number,
  plaintext: Bytes,
  isEnd: boolean,
  into?: Bytes,
): Promise<Bytes> {
  const count = Math.floor(plaintext.length / chunkLength) + (isEnd ? 1 : 0);
  if (gcm.now !== undefined) return sealNow(gcm.now, baseNonce, first, plaintext, count, into);
  const sealing: Promise<Bytes>[] = [];
  for (let index = 0; index < count; index++)
    sealing.push(gcm.seal(chunkNonce(baseNonce, first + index), plainChunk(plaintext, index)));
  return joined(await Promise.all(sealing), into);
}

/**
 * Opens chunks likewise: all of them or none, and then nothing is left in `into`, of batches before it neither.
 * @throws InvalidCiphertextException
 */
export async function openBatch(key: ChunkKey, first: number, sealed: Bytes, into?: Bytes): Promise<Bytes> {
  try {
    return await openAll(key, first, sealed, into);
  } catch (error) {
    into?.fill(0);
    throw error;
  }
}

async function openAll(
  { key: { gcm }, baseNonce }: ChunkKey,
  first: number,
  sealed: Bytes,
  into: Bytes | undefined,
): Promise<Bytes> {
  const count = Math.ceil(sealed.length / sealedChunkLength);
  const lastLength = sealed.length - (count - 1) * sealedChunkLength;
  if (lastLength < tagLength || first + count > mostChunks) throw new InvalidCiphertextException();
  if (gcm.now !== undefined) return openNow(gcm.now, baseNonce, first, sealed, count, into);
  const opening: Promise<Bytes>[] = [];
  for (let index = 0; index < count; index++)
    opening.push(gcm.open(chunkNonce(baseNonce, first + index), sealedChunk(sealed, index)));
  const settled = await Promise.allSettled(opening);
  const opened = settled.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  if (opened.length === count) return joined(opened, into);
  for (const chunk of opened) chunk.fill(0);
  throw new InvalidCiphertextException();
}

const plainChunk = (bytes: Bytes, index: number): Bytes =>
  bytes.subarray(index * chunkLength, (index + 1) * chunkLength);
const sealedChunk = (bytes: Bytes, index: number): Bytes =>
  bytes.subarray(index * sealedChunkLength, (index + 1) * sealedChunkLength);

function sealNow(
  cipher: GcmNow,
  baseNonce: Bytes,
  first: number,
  plaintext: Bytes,
  count: number,
  into: Bytes | undefined,
): Bytes {
  const sealed = roomFor(plaintext.length + count * tagLength, into);
  for (let index = 0; index < count; index++)
    cipher.seal(chunkNonce(baseNonce, first + index), plainChunk(plaintext, index), sealedChunk(sealed, index));
  return sealed;
}

function openNow(
  cipher: GcmNow,
  baseNonce: Bytes,
  first: number,
  sealed: Bytes,
  count: number,
  into: Bytes | undefined,
): Bytes {
  const opened = roomFor(sealed.length - count * tagLength, into);
  try {
    for (let index = 0; index < count; index++)
      cipher.open(chunkNonce(baseNonce, first + index), sealedChunk(sealed, index), plainChunk(opened, index));
    return opened;
  } catch {
    opened.fill(0);
    throw new InvalidCiphertextException();
  }
}
