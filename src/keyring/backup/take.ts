// Bytes of a file from wherever it is, in pieces of the length that is asked for.
import { concat } from '../../formats/bytes.ts';
import { ValidationException } from '../../model/errors/index.ts';
import { type Bytes, isBytes } from '../../model/shape.ts';
import { readerOf } from '../../model/stream-reader.ts';
import { openScratch } from '../../store/scratch.ts';
import type { Take } from './file.ts';

/** A backup as it may be given: a file, a stream such as the body of a response, or its bytes. */
export type BackupSource = Blob | ReadableStream<Uint8Array> | Uint8Array;

function takeFrom(reader: ReadableStreamDefaultReader<Uint8Array>, onRead: (bytes: number) => void): Take {
  let waiting: Bytes[] = [];
  let available = 0;
  let total = 0;
  return async (length) => {
    while (available < length) {
      const { done, value } = await reader.read();
      if (done) break;
      if (!isBytes(value)) throw new ValidationException('from must be a stream of bytes.');
      waiting.push(new Uint8Array(value));
      available += value.length;
      total += value.length;
      onRead(total);
    }
    const all = waiting.length === 1 ? (waiting[0] as Bytes) : concat(...waiting);
    const taken = all.slice(0, length);
    waiting = [all.subarray(taken.length)];
    available -= taken.length;
    return taken;
  };
}

/** A source that can be read twice: a stream is kept, as it is, in scratch space. */
export interface Passes {
  /** The first pass. @param onRead told how many bytes were read so far */
  first(onRead: (bytes: number) => void): Take;
  /** From the beginning again, once the first pass has come to the end. */
  again(): Promise<Take>;
  /** Lets go of the source, whether or not it was read to its end: what is not read must not be sent, or kept, for us. */
  dispose(): Promise<void>;
}

/** @param isTwice false where one pass is all: then nothing is kept */
export function passesOf(source: BackupSource, isTwice: boolean): Passes {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  const read = (onRead: (bytes: number) => void): Take => {
    reader = readerOf(streamOf(source));
    return takeFrom(reader, onRead);
  };
  // Nothing waits for it, and one that has ended or failed has nothing to cancel.
  const letGo = (): void => void reader?.cancel().catch(() => {});
  if (!isTwice || !(source instanceof ReadableStream))
    return { first: read, again: async () => read(() => {}), dispose: async () => letGo() };
  const scratch = openScratch();
  return {
    first(onRead) {
      const take = read(onRead);
      return async (length) => {
        const bytes = await take(length);
        await scratch.write(bytes.slice());
        return bytes;
      };
    },
    async again() {
      await scratch.finish();
      let offset = 0;
      return async (length) => {
        const bytes = await scratch.read(offset, length);
        offset += bytes.length;
        return bytes;
      };
    },
    dispose() {
      letGo();
      return scratch.dispose();
    },
  };
}

/** The length of a source, where it is known before the end. */
export const sizeOf = (source: BackupSource): number | undefined =>
  source instanceof Blob ? source.size : isBytes(source) ? source.length : undefined;

function streamOf(source: BackupSource): ReadableStream<Uint8Array> {
  if (source instanceof Blob) return source.stream();
  if (isBytes(source)) {
    const copy = new Uint8Array(source);
    return new ReadableStream({
      start(controller) {
        controller.enqueue(copy);
        controller.close();
      },
    });
  }
  if (source instanceof ReadableStream) return source;
  throw new ValidationException('from must be a Blob, a ReadableStream of bytes, or a Uint8Array.');
}
