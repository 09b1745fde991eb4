// What the stream tests share: streams of bytes in given pieces, and their collection.

import { concat } from '../../src/formats/bytes.ts';
import {
  type DataKeyMaker,
  type DataKeyOpener,
  type DecryptStreamOptions,
  decryptStream,
  type EncryptedSource,
  encryptStream,
} from '../../src/streams/index.ts';

export type Bytes = Uint8Array<ArrayBuffer>;
export const context = { note: 'n-1', kind: 'file' };
export const chunk = 16_384;
export const sealedChunk = 16_400;

/** Bytes that differ from chunk to chunk and tell their position. */
export function pattern(length: number): Bytes {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >>> 8) * 7 + (i >>> 14) * 13) & 255;
  return bytes;
}

/** A stream of the bytes, cut into pieces of the given lengths, which are taken in turn. */
export function streamOf(bytes: Uint8Array, lengths: readonly number[] = [bytes.length]): ReadableStream<Uint8Array> {
  let offset = 0;
  let turn = 0;
  return new ReadableStream({
    pull(controller) {
      if (offset >= bytes.length) return controller.close();
      const length = Math.max(0, lengths[turn++ % lengths.length] as number);
      controller.enqueue(bytes.slice(offset, offset + length));
      offset += length;
    },
  });
}

export async function collect(stream: ReadableStream<Uint8Array>): Promise<Bytes> {
  const { pieces, error } = await drain(stream);
  if (error !== undefined) throw error;
  return pieces;
}

/** Reads until the end or an error; gives what was released before it. */
export async function drain(stream: ReadableStream<Uint8Array>): Promise<{ pieces: Bytes; error: unknown }> {
  const reader = stream.getReader();
  const pieces: Uint8Array[] = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return { pieces: concat(...pieces), error: undefined };
      pieces.push(value);
    }
  } catch (error) {
    return { pieces: concat(...pieces), error };
  }
}

export const encrypted = (kms: DataKeyMaker, plaintext: Uint8Array, lengths?: readonly number[]): Promise<Bytes> =>
  collect(
    streamOf(plaintext, lengths).pipeThrough(encryptStream(kms, { KeyId: 'alias/files', EncryptionContext: context })),
  );

export const decrypted = (
  kms: DataKeyOpener,
  sealed: Uint8Array,
  lengths?: readonly number[],
  options?: DecryptStreamOptions,
): Promise<{ pieces: Bytes; error: unknown }> =>
  drain(streamOf(sealed, lengths).pipeThrough(decryptStream(kms, { EncryptionContext: context, ...options })));

/** A source over bytes that counts what is read of it. */
export function sourceOf(bytes: Uint8Array): EncryptedSource & { bytesRead: number } {
  const source = {
    size: bytes.length,
    bytesRead: 0,
    async read(offset: number, length: number) {
      source.bytesRead += length;
      return bytes.slice(offset, offset + length);
    },
  };
  return source;
}

/** Where the message of a stream starts: behind the header. */
export const messageStart = (sealed: Uint8Array): number => 4 + (sealed[2] as number) * 256 + (sealed[3] as number);

/** Where chunk `index` starts. */
export const chunkStart = (sealed: Uint8Array, index: number): number =>
  messageStart(sealed) + 56 + index * sealedChunk;
