// A Cobblestone-256 message piece by piece: several chunks in flight, in order, and no byte of a chunk before its tag fits.
import { nativeGcm } from '../cipher/native.ts';
import { type Bytes, concat, isEqual } from '../formats/bytes.ts';
import {
  type ChunkCipher,
  chunkLength,
  chunkNonce,
  deriveMessageKeys,
  mostChunks,
  type Prf,
  prefixLength,
  saltLength,
  sealedChunkLength,
  tagLength,
} from '../formats/cobblestone.ts';
import { InvalidCiphertextException, StreamTruncated, ValidationException } from '../model/errors/index.ts';
import type { Take } from './take.ts';

/** Chunks in flight: 256 KiB. More brings nothing in any browser, fewer leave the thread pool of Firefox and Node idle. */
export const batchChunks = 16;

/** What opens or seals the chunks of one message. */
export interface Message {
  readonly cipher: ChunkCipher;
  readonly baseNonce: Bytes;
}

/** Seals what `take` gives, to its end. @param salt 24 random bytes, never used twice under one input key */
export async function* sealPieces(prf: Prf, salt: Bytes, context: Bytes, take: Take): AsyncGenerator<Bytes, void> {
  const { message, commitment } = await deriveMessage(prf, salt, context);
  yield concat(salt, commitment);
  const full = batchChunks * chunkLength;
  for (let first = 0; ; first += batchChunks) {
    const block = await take(full);
    const isEnd = block.length < full;
    if (first + batchChunks > mostChunks) throw new ValidationException('The plaintext is longer than 4 PiB.');
    const sealed = await sealChunks(message, first, block, isEnd);
    block.fill(0);
    yield sealed;
    if (isEnd) return;
  }
}

/**
 * Opens what `take` gives, to its end.
 * @throws InvalidCiphertextException, StreamTruncated; after an error nothing more is released
 */
export async function* openPieces(prf: Prf, context: Bytes, take: Take): AsyncGenerator<Bytes, void> {
  const message = await openMessage(prf, context, await take(prefixLength));
  const full = batchChunks * sealedChunkLength;
  for (let first = 0; ; first += batchChunks) {
    const block = await take(full);
    const opened = block.length === 0 ? block : await openChunks(message, first, block);
    if (opened.length > 0) yield opened;
    if (block.length === full) continue;
    // The last chunk is shorter than a full one. Where the input ends behind a full one, the end is missing.
    if (block.length % sealedChunkLength === 0) throw new StreamTruncated();
    return;
  }
}

/** Compares the commitment of a message before anything of it is opened. @throws InvalidCiphertextException */
export async function openMessage(prf: Prf, context: Bytes, prefix: Bytes): Promise<Message> {
  if (prefix.length !== prefixLength) throw new InvalidCiphertextException();
  const { message, commitment } = await deriveMessage(prf, prefix.subarray(0, saltLength), context);
  if (!isEqual(commitment, prefix.subarray(saltLength))) throw new InvalidCiphertextException();
  return message;
}

/**
 * Opens chunks that follow one another.
 * @param first the number of the first of them
 * @param sealed whole chunks; only the last may be shorter
 * @throws InvalidCiphertextException where any of them does not open: then none is released
 */
export async function openChunks({ cipher, baseNonce }: Message, first: number, sealed: Bytes): Promise<Bytes> {
  const count = Math.ceil(sealed.length / sealedChunkLength);
  const lastLength = sealed.length - (count - 1) * sealedChunkLength;
  if (lastLength < tagLength || first + count > mostChunks) throw new InvalidCiphertextException();
  const settled = await Promise.allSettled(
    cut(sealed, sealedChunkLength, count).map((chunk, index) =>
      cipher.open(chunkNonce(baseNonce, first + index), chunk),
    ),
  );
  const opened = settled.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  try {
    if (opened.length < count) throw new InvalidCiphertextException();
    return concat(...opened);
  } finally {
    for (const chunk of opened) chunk.fill(0);
  }
}

async function sealChunks(
  { cipher, baseNonce }: Message,
  first: number,
  plaintext: Bytes,
  isEnd: boolean,
): Promise<Bytes> {
  const count = Math.floor(plaintext.length / chunkLength) + (isEnd ? 1 : 0);
  const chunks = cut(plaintext, chunkLength, count);
  return concat(
    ...(await Promise.all(chunks.map((chunk, index) => cipher.seal(chunkNonce(baseNonce, first + index), chunk)))),
  );
}

async function deriveMessage(prf: Prf, salt: Bytes, context: Bytes): Promise<{ message: Message; commitment: Bytes }> {
  const { key, baseNonce, commitment } = await deriveMessageKeys(prf, salt, context);
  try {
    return { message: { cipher: await nativeGcm(key), baseNonce }, commitment };
  } finally {
    key.fill(0);
  }
}

const cut = (bytes: Bytes, length: number, count: number): Bytes[] =>
  Array.from({ length: count }, (_, index) => bytes.subarray(index * length, (index + 1) * length));
