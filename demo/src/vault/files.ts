// Files: encrypted piece by piece in workers on their way to storage, and read from there in parts. Of a file's plaintext there are a few
// megabytes in memory at a time, however long it is.
import type { Kms } from 'keyhaven';
import { type EncryptedReader, encryptStream, openRandomAccess, type StreamProgress } from 'keyhaven/streams';
import type { Place } from './place.ts';
import type { Body, ItemRow } from './rows.ts';
import { sampleOf } from './sample.ts';
import { contextOf } from './sealing.ts';

export interface Progress {
  /** Called with the plaintext bytes that are done. */
  readonly onProgress: (progress: Pick<StreamProgress, 'bytes'>) => void;
  readonly signal: AbortSignal;
}

/** Where it fails, what was written may be there still. */
export async function sealFile(
  kms: Kms,
  place: Place,
  keyId: string,
  id: string,
  file: File,
  { onProgress, signal }: Progress,
): Promise<Body> {
  let length = 0;
  let sample = new Uint8Array(0);
  const measured = new TransformStream<Uint8Array, Uint8Array>({
    transform(piece, controller) {
      length += piece.length;
      sample = sampleOf(sample, piece);
      controller.enqueue(piece);
    },
  });
  const EncryptionContext = contextOf(id, 'file', 'body');
  const options = { KeyId: keyId, EncryptionContext, workers: true, onProgress, signal } as const;
  await bytesOf(file)
    .pipeThrough(encryptStream(kms, options))
    .pipeThrough(measured)
    .pipeTo(await place.write(id), { signal });
  return { at: place.at, how: 'stream', length, sample };
}

/** Each browser has an error of its own for a file that was moved or changed since it was chosen, and for a folder. */
function bytesOf(file: File): ReadableStream<Uint8Array> {
  const pieces = file.stream().getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await pieces.read().catch((cause: unknown) => {
          throw new DOMException(`${file.name}: ${(cause as Error | undefined)?.message ?? cause}`, 'NotReadableError');
        });
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => pieces.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

/** Opens a file for reading parts of it. */
export async function fileReader(kms: Kms, place: Place, { id, body }: ItemRow): Promise<EncryptedReader> {
  const source = await place.source(id, body.length);
  const { header } = body;
  return openRandomAccess(kms, source, {
    EncryptionContext: contextOf(id, 'file', 'body'),
    ...(header && { header }),
  });
}

const partLength = 1 << 20;

/**
 * Decrypts the first bytes of a file, or all of it.
 * @param most plaintext bytes wanted
 * @returns parts that the caller wipes
 */
export async function openFile(
  kms: Kms,
  place: Place,
  row: ItemRow,
  most: number,
  progress: Progress,
): Promise<Uint8Array<ArrayBuffer>[]> {
  const reader = await fileReader(kms, place, row);
  const end = Math.min(most, reader.plaintextLength);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  try {
    for (let start = 0; start < end; start += partLength) {
      progress.signal.throwIfAborted();
      parts.push(await reader.read(start, Math.min(start + partLength, end)));
      progress.onProgress({ bytes: Math.min(start + partLength, end) });
    }
    return parts;
  } catch (error) {
    for (const part of parts) part.fill(0);
    throw error;
  }
}

/** All of a file as a Blob, which the browser keeps outside of the page's memory. @param type MIME type of the Blob */
export async function blobOf(reader: EncryptedReader, type: string, progress: Progress): Promise<Blob> {
  const pieces = reader.stream().getReader();
  let failure: { readonly reason: unknown } | undefined;
  let bytes = 0;
  const watched = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      async pull(controller) {
        try {
          progress.signal.throwIfAborted();
          const { done, value } = await pieces.read();
          if (done) return controller.close();
          bytes += value.length;
          progress.onProgress({ bytes });
          controller.enqueue(value as Uint8Array<ArrayBuffer>);
        } catch (reason) {
          failure = { reason };
          pieces.cancel(reason).catch(() => {});
          throw reason;
        }
      },
      cancel: (reason) => pieces.cancel(reason),
    },
    { highWaterMark: 0 },
  );
  try {
    const blob = await new Response(watched).blob();
    return blob.slice(0, blob.size, type);
  } catch (error) {
    // A Response says only that the network failed.
    throw failure === undefined ? error : failure.reason;
  }
}
