// Files: encrypted piece by piece on their way to storage, and read from there in parts. The plaintext of a file is in memory a
// quarter of a megabyte at a time while it is encrypted.
import type { Kms } from 'keyhaven';
import { encryptStream, openEncrypted } from 'keyhaven/streams';
import { type Place, whileWriting } from './place.ts';
import type { Body, ItemRow } from './rows.ts';
import { sampleOf } from './sample.ts';
import { contextOf } from './sealing.ts';

export interface Progress {
  /** Called with the plaintext bytes that are done. */
  readonly onProgress: (done: number) => void;
  readonly signal: AbortSignal;
}

export function sealFile(
  kms: Kms,
  place: Place,
  keyId: string,
  id: string,
  file: File,
  progress: Progress,
): Promise<Body> {
  return whileWriting(async () => {
    let done = 0;
    let length = 0;
    let sample = new Uint8Array(0);
    const watched = new TransformStream<Uint8Array, Uint8Array>({
      transform(piece, controller) {
        done += piece.length;
        progress.onProgress(done);
        controller.enqueue(piece);
      },
    });
    const measured = new TransformStream<Uint8Array, Uint8Array>({
      transform(piece, controller) {
        length += piece.length;
        sample = sampleOf(sample, piece);
        controller.enqueue(piece);
      },
    });
    await file
      .stream()
      .pipeThrough(watched)
      .pipeThrough(encryptStream(kms, { KeyId: keyId, EncryptionContext: contextOf(id, 'file', 'body') }))
      .pipeThrough(measured)
      .pipeTo(await place.write(id), { signal: progress.signal });
    return { at: place.at, how: 'stream', length, sample };
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
  if (row.body.at === 'row') throw new TypeError('A file does not lie in its row.');
  const source = await place.source(row.id, row.body.length);
  const reader = await openEncrypted(kms, source, { EncryptionContext: contextOf(row.id, 'file', 'body') });
  const end = Math.min(most, reader.plaintextLength);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  try {
    for (let start = 0; start < end; start += partLength) {
      progress.signal.throwIfAborted();
      parts.push(await reader.read(start, Math.min(start + partLength, end)));
      progress.onProgress(Math.min(start + partLength, end));
    }
    return parts;
  } catch (error) {
    for (const part of parts) part.fill(0);
    throw error;
  }
}
