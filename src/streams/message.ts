// A Cobblestone-256 message piece by piece: several chunks in flight, in order, and no byte of a chunk before its tag fits.
import { importGcm } from '../cipher/native.ts';
import { type Bytes, concat, isEqual } from '../formats/bytes.ts';
import {
  chunkLength,
  deriveMessageKeys,
  mostChunks,
  type Prf,
  prefixLength,
  saltLength,
  sealedChunkLength,
} from '../formats/cobblestone.ts';
import { InvalidCiphertextException, StreamTruncated, ValidationException } from '../model/errors/index.ts';
import { Batches } from './batches.ts';
import type { ChunkKey, Chunks } from './chunks.ts';
import { pipelined } from './pipeline.ts';
import type { Take } from './take.ts';

/** Where the work on chunks is done. */
export type ChunksOf = (key: ChunkKey) => Chunks;
/** Called with the plaintext bytes that are done. */
export type Report = (bytes: number) => void;

/** Buffers for results. Where a result is read before the next is asked for, its buffer serves again; otherwise each result has its own. */
class Rooms {
  readonly #free: Bytes[] | undefined;
  readonly #length: number;

  constructor(areLent: boolean, length: number) {
    this.#free = areLent ? [] : undefined;
    this.#length = length;
  }

  next(): Bytes | undefined {
    return this.#free && (this.#free.pop() ?? new Uint8Array(this.#length));
  }

  /** @param result that was read */
  takeBack({ buffer }: Bytes): void {
    this.#free?.push(new Uint8Array(buffer));
  }

  wipe(): void {
    for (const room of this.#free ?? []) room.fill(0);
  }
}

/**
 * Seals what `take` gives, to its end.
 * @param salt 24 random bytes, never used twice under one input key
 * @param areLent whether each piece is read, and let go, before the next is asked for
 */
export async function* sealPieces(
  prf: Prf,
  salt: Bytes,
  context: Bytes,
  take: Take,
  chunksOf: ChunksOf,
  report: Report,
  areLent: boolean,
): AsyncGenerator<Bytes, void> {
  const { key, commitment } = await deriveChunkKey(prf, salt, context);
  yield concat(salt, commitment);
  const chunks = chunksOf(key);
  const full = chunks.batch * chunkLength;
  // The last batch may have one more, that is empty.
  const rooms = new Rooms(areLent, (chunks.batch + 1) * sealedChunkLength);
  const batches = new Batches(take, chunkLength);
  let first = 0;
  try {
    let done = 0;
    const lengths: number[] = [];
    const sealed = pipelined(chunks.depth, async () => {
      if (batches.isAtEnd) return undefined;
      const block = await batches.next(chunks.block(full));
      lengths.push(block.length);
      if (first + chunks.batch > mostChunks) throw new ValidationException('The plaintext is longer than 4 PiB.');
      // A worker takes the block along: it has no length then.
      const after = first + Math.floor(block.length / chunkLength);
      const work = chunks.seal(first, block, batches.isAtEnd, rooms.next());
      first = after;
      return { work };
    });
    for await (const part of sealed) {
      done += lengths.shift() ?? 0;
      report(done);
      yield part;
      rooms.takeBack(part);
    }
  } finally {
    chunks.close();
    batches.wipe();
    rooms.wipe();
  }
}

/**
 * Opens what `take` gives, to its end.
 * @param areLent as for `sealPieces`
 * @throws InvalidCiphertextException, StreamTruncated; after an error nothing more is released
 */
export async function* openPieces(
  prf: Prf,
  context: Bytes,
  take: Take,
  chunksOf: ChunksOf,
  report: Report,
  areLent: boolean,
): AsyncGenerator<Bytes, void> {
  const chunks = chunksOf(await openMessage(prf, context, await take(prefixLength)));
  const full = chunks.batch * sealedChunkLength;
  const rooms = new Rooms(areLent, full);
  const batches = new Batches(take, sealedChunkLength);
  let first = 0;
  let lastLength: number | undefined;
  try {
    const opened = pipelined(chunks.depth, async () => {
      // The last chunk is shorter than a full one. Where the input ends behind a full one, the end is missing.
      if (lastLength !== undefined && lastLength % sealedChunkLength === 0) throw new StreamTruncated();
      if (lastLength !== undefined) return undefined;
      const block = await batches.next(chunks.block(full));
      if (batches.isAtEnd) lastLength = block.length;
      if (block.length === 0) throw new StreamTruncated();
      const after = first + Math.floor(block.length / sealedChunkLength);
      const work = chunks.open(first, block, rooms.next());
      first = after;
      return { work };
    });
    let done = 0;
    for await (const part of opened) {
      done += part.length;
      report(done);
      try {
        if (part.length > 0) yield part;
      } finally {
        rooms.takeBack(part);
      }
    }
  } finally {
    chunks.close();
    batches.wipe();
    rooms.wipe();
  }
}

/** Compares the commitment of a message before anything of it is opened. @throws InvalidCiphertextException */
export async function openMessage(prf: Prf, context: Bytes, prefix: Bytes): Promise<ChunkKey> {
  if (prefix.length !== prefixLength) throw new InvalidCiphertextException();
  const { key, commitment } = await deriveChunkKey(prf, prefix.subarray(0, saltLength), context);
  if (!isEqual(commitment, prefix.subarray(saltLength))) throw new InvalidCiphertextException();
  return key;
}

async function deriveChunkKey(prf: Prf, salt: Bytes, context: Bytes): Promise<{ key: ChunkKey; commitment: Bytes }> {
  const { key, baseNonce, commitment } = await deriveMessageKeys(prf, salt, context);
  try {
    return { key: { key: await importGcm(key), baseNonce }, commitment };
  } finally {
    key.fill(0);
  }
}
