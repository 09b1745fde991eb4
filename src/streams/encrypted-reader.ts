// Reads any part of an encrypted stream that lies in a file, an OPFS handle, a Blob, or behind ranged requests. Only the chunks
// that are asked for are read. The last one is opened first: the length that a reader tells is authentic.
import type { Bytes } from '../formats/bytes.ts';
import { chunkCount, chunkLength, prefixLength, sealedChunkLength, tagLength } from '../formats/cobblestone.ts';
import { mostHeaderBytes, parseStreamHeader } from '../formats/stream.ts';
import { InvalidCiphertextException, StreamTruncated, ValidationException } from '../model/errors/index.ts';
import { bind, openDataKey } from './data-key.ts';
import type { DecryptStreamOptions } from './decrypt-stream.ts';
import { batchChunks, type Message, openChunks, openMessage } from './message.ts';
import type { DataKeyOpener } from './service.ts';

/** Where an encrypted stream lies. */
export interface EncryptedSource {
  /** Length of the whole, in bytes. */
  readonly size: number;
  /** Gives exactly `length` bytes from `offset` on; both are within `size`. */
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
   */
  read(start: number, end: number): Promise<Bytes>;
}

/**
 * Opens an encrypted stream for reading parts of it.
 * @param kms anything with the `decrypt` of the AWS SDK; it is asked once, now
 * @throws InvalidCiphertextException, StreamTruncated, and the errors of the KMS as they are
 */
export async function openEncrypted(
  kms: DataKeyOpener,
  source: EncryptedSource,
  options: DecryptStreamOptions = {},
): Promise<EncryptedReader> {
  const binding = bind(options.EncryptionContext);
  const keyId = options.KeyId;
  const kept = options.header === undefined ? undefined : new Uint8Array(options.header);
  const { size } = source;
  const front = await readExactly(source, 0, Math.min(size, mostHeaderBytes + prefixLength));
  const own = parseStreamHeader(front);
  const used = kept === undefined ? own : parseStreamHeader(kept);
  if (own === undefined || used === undefined) throw new InvalidCiphertextException();
  const prf = await openDataKey(kms, used.wrappedKey, keyId, binding);
  const messageStart = own.header.length;
  const message = await openMessage(prf, binding.context, front.slice(messageStart, messageStart + prefixLength));
  const chunks = { message, source, start: messageStart + prefixLength, end: size };
  const plaintextLength = await openLastChunk(chunks, size - messageStart);
  return { plaintextLength, header: used.header, read: (start, end) => readRange(chunks, plaintextLength, start, end) };
}

/** Where the chunks of a message lie in their source, and what opens them. */
interface Chunks {
  readonly message: Message;
  readonly source: EncryptedSource;
  readonly start: number;
  readonly end: number;
}

async function openLastChunk(chunks: Chunks, messageLength: number): Promise<number> {
  const count = chunkCount(messageLength);
  if (count === undefined) {
    const isAtBorder = (messageLength - prefixLength) % sealedChunkLength === 0;
    throw isAtBorder ? new StreamTruncated() : new InvalidCiphertextException();
  }
  (await openRun(chunks, count - 1, count)).fill(0);
  return messageLength - prefixLength - count * tagLength;
}

async function readRange(chunks: Chunks, plaintextLength: number, start: number, end: number): Promise<Bytes> {
  const isWithin =
    Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && start <= end && end <= plaintextLength;
  if (!isWithin)
    throw new ValidationException(`start and end must be whole numbers with 0 <= start <= end <= ${plaintextLength}.`);
  const result = new Uint8Array(end - start);
  const after = start === end ? 0 : Math.ceil(end / chunkLength);
  try {
    for (let first = Math.floor(start / chunkLength); first < after; first += batchChunks) {
      const plaintext = await openRun(chunks, first, Math.min(first + batchChunks, after));
      const offset = first * chunkLength;
      result.set(plaintext.subarray(Math.max(0, start - offset), end - offset), Math.max(0, offset - start));
      plaintext.fill(0);
    }
    return result;
  } catch (error) {
    result.fill(0);
    throw error;
  }
}

async function openRun({ message, source, start, end }: Chunks, first: number, after: number): Promise<Bytes> {
  const from = start + first * sealedChunkLength;
  const to = Math.min(start + after * sealedChunkLength, end);
  return openChunks(message, first, await readExactly(source, from, to - from));
}

async function readExactly(source: EncryptedSource, offset: number, length: number): Promise<Bytes> {
  // A copy: the source may hand out a buffer that it goes on using.
  const bytes = new Uint8Array(await source.read(offset, length));
  if (bytes.length !== length) throw new StreamTruncated();
  return bytes;
}
