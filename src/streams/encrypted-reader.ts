// Reads any part of an encrypted stream that lies in a file, an OPFS handle, a Blob, or behind ranged requests. Only the chunks
// that are asked for are read. The last one is opened first: the length that a reader tells is authentic.
import type { Bytes } from '../formats/bytes.ts';
import { chunkCount, chunkLength, plaintextLength, prefixLength, sealedChunkLength } from '../formats/cobblestone.ts';
import { mostHeaderBytes, parseStreamHeader } from '../formats/stream.ts';
import {
  InvalidCiphertextException,
  KeyLocked,
  SerializationException,
  StreamTruncated,
  ValidationException,
} from '../model/errors/index.ts';
import { checkMethods, checkOptions } from '../model/options.ts';
import { isBytes } from '../model/shape.ts';
import { type Chunks, chunksHere } from './chunks.ts';
import { openDataKey, readOpening } from './data-key.ts';
import { type OpenOptions, openNames } from './decrypt-stream.ts';
import { openMessage } from './message.ts';
import { pipelined } from './pipeline.ts';
import { checkOperation, type DataKeyOpener } from './service.ts';

/** Where an encrypted stream lies. */
export interface EncryptedSource {
  /** Length of the whole, in bytes. */
  readonly size: number;
  /** Gives exactly `length` bytes from `offset` on; both are within `size`. Fewer are told as StreamTruncated. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

export interface EncryptedReader {
  /** Length of the plaintext in bytes, authenticated. */
  readonly plaintextLength: number;
  /** The header in use: format, algorithm and wrapped data key. Not secret. */
  readonly header: Bytes;
  /**
   * Plaintext bytes `start` up to, not including, `end`.
   * @throws ValidationException where the range is not within the plaintext
   * @throws InvalidCiphertextException where a chunk of the range does not open: then nothing of the range is given
   * @throws KeyLocked once the service was locked: the key of the stream is gone then
   */
  read(start: number, end: number): Promise<Bytes>;
  /**
   * The same as a stream, for ranges of any length: opened a quarter of a megabyte at a time, as it is read.
   * @param start 0 unless given
   * @param end the end of the plaintext unless given
   * @throws ValidationException where the range is not within the plaintext
   */
  stream(start?: number, end?: number): ReadableStream<Bytes>;
}

/**
 * Opens an encrypted stream for reading parts of it.
 * @param kms anything with the `decrypt` of the AWS SDK; it is asked once, now
 * @throws SerializationException where `size` or what `read` gives is of the wrong kind
 * @throws InvalidCiphertextException, StreamTruncated, and the errors of the KMS as they are
 */
export async function openEncrypted(
  kms: DataKeyOpener,
  source: EncryptedSource,
  options: OpenOptions = {},
): Promise<EncryptedReader> {
  checkOperation(kms, 'decrypt');
  checkMethods('source', source, ['read'], 'an object with size and read(offset, length)');
  checkOptions(options, openNames);
  const { binding, keyId, kept } = readOpening(options);
  const { size } = source;
  if (!Number.isSafeInteger(size) || size < 0)
    throw new SerializationException('size of the source must be its whole length in bytes.');
  const front = await readExactly(source, 0, Math.min(size, mostHeaderBytes + prefixLength));
  const own = parseStreamHeader(front);
  const used = kept === undefined ? own : parseStreamHeader(kept);
  if (own === undefined || used === undefined) throw new InvalidCiphertextException();
  const prf = await openDataKey(kms, used.wrappedKey, keyId, binding);
  const messageStart = own.header.length;
  const key = await openMessage(prf, binding.context, front.slice(messageStart, messageStart + prefixLength));
  const stored: Stored = { chunks: chunksHere(key), source, start: messageStart + prefixLength, end: size };
  forgetAtLock(kms, stored);
  const length = await openLastChunk(stored, size - messageStart);
  return {
    plaintextLength: length,
    header: used.header,
    read: (start, end) => readRange(stored, length, start, end),
    stream: (start = 0, end = length) => streamRange(stored, length, start, end),
  };
}

/** Where the chunks of a message lie in their source, and what opens them. */
interface Stored {
  /** Undefined once the keys were locked. */
  chunks: Chunks | undefined;
  readonly source: EncryptedSource;
  readonly start: number;
  readonly end: number;
}

/** Lets go of the key when the service is locked. A reader has no end, and the service must not keep it. */
function forgetAtLock(kms: DataKeyOpener, stored: Stored): void {
  const weak = new WeakRef(stored);
  const end = kms.onLock?.(() => {
    const live = weak.deref();
    live?.chunks?.close();
    if (live !== undefined) live.chunks = undefined;
    end?.();
  });
}

/** @throws KeyLocked */
function chunksOf({ chunks }: Stored): Chunks {
  if (chunks === undefined) throw new KeyLocked('The keys were locked. Unlock them, and open the stream again.');
  return chunks;
}

async function openLastChunk(stored: Stored, messageLength: number): Promise<number> {
  const [count, length] = [chunkCount(messageLength), plaintextLength(messageLength)];
  if (count === undefined || length === undefined) {
    const isAtBorder = (messageLength - prefixLength) % sealedChunkLength === 0;
    throw isAtBorder ? new StreamTruncated() : new InvalidCiphertextException();
  }
  (await openRun(stored, count - 1, count)).fill(0);
  return length;
}

function checkRange(start: number, end: number, length: number): void {
  const isWithin =
    Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && start <= end && end <= length;
  if (!isWithin)
    throw new ValidationException(`start and end must be whole numbers with 0 <= start <= end <= ${length}.`);
}

async function readRange(stored: Stored, length: number, start: number, end: number): Promise<Bytes> {
  checkRange(start, end, length);
  const result = new Uint8Array(end - start);
  let filled = 0;
  try {
    for await (const part of openRange(stored, start, end)) {
      result.set(part, filled);
      filled += part.length;
      part.fill(0);
    }
    return result;
  } catch (error) {
    result.fill(0);
    throw error;
  }
}

function streamRange(stored: Stored, length: number, start: number, end: number): ReadableStream<Bytes> {
  checkRange(start, end, length);
  const parts = openRange(stored, start, end);
  let isCancelled = false;
  return new ReadableStream<Bytes>(
    {
      async pull(controller) {
        const { done, value } = await parts.next();
        // What was opened for nobody.
        if (isCancelled) value?.fill(0);
        else if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel() {
        isCancelled = true;
        // Not awaited: the source may not answer.
        parts.return().catch(() => {});
      },
    },
    { highWaterMark: 0 },
  );
}

/** A range in pieces, each a batch of chunks at most; the next one is read while one is opened. */
function openRange(stored: Stored, start: number, end: number): AsyncGenerator<Bytes, void> {
  const { batch } = chunksOf(stored);
  const after = start === end ? 0 : Math.ceil(end / chunkLength);
  let first = Math.floor(start / chunkLength);
  const open = async (from: number): Promise<Bytes> => {
    const offset = from * chunkLength;
    const opened = await openRun(stored, from, Math.min(from + batch, after));
    const [cutBefore, cutAfter] = [Math.max(0, start - offset), Math.max(0, end - offset)];
    opened.fill(0, 0, cutBefore).fill(0, cutAfter);
    return opened.subarray(cutBefore, cutAfter);
  };
  return pipelined(2, async () => {
    if (first >= after) return undefined;
    const work = open(first);
    first += batch;
    return { work };
  });
}

async function openRun(stored: Stored, first: number, after: number): Promise<Bytes> {
  const from = stored.start + first * sealedChunkLength;
  const to = Math.min(stored.start + after * sealedChunkLength, stored.end);
  const sealed = await readExactly(stored.source, from, to - from);
  const opened = await chunksOf(stored).open(first, sealed);
  if (stored.chunks === undefined) opened.fill(0);
  chunksOf(stored);
  return opened;
}

async function readExactly(source: EncryptedSource, offset: number, length: number): Promise<Bytes> {
  const given: unknown = await source.read(offset, length);
  if (!isBytes(given) && !(given instanceof ArrayBuffer))
    throw new SerializationException('read of the source must give a Uint8Array.');
  // A copy: the source may hand out a buffer that it goes on using.
  const bytes = new Uint8Array(given);
  if (bytes.length > length)
    throw new SerializationException(`read of the source gave ${bytes.length} bytes in place of ${length}.`);
  if (bytes.length < length) throw new StreamTruncated();
  return bytes;
}
