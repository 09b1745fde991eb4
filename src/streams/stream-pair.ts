// A generator as a pair of streams. The work reads top to bottom; backpressure, abort, cancel and errors are handled here, once:
// nothing is taken in before somebody wants output, and whichever end fails, the other end learns why.
import type { Bytes } from '../formats/bytes.ts';
import { SerializationException } from '../model/errors/index.ts';
import { isBytes } from '../model/shape.ts';
import { readerOf } from '../model/stream-reader.ts';
import type { Parts } from './pipeline.ts';
import { type Take, takeFrom } from './take.ts';

/** What `ReadableStream.pipeThrough` takes. */
export interface StreamPair {
  readonly readable: ReadableStream<Bytes>;
  readonly writable: WritableStream<Uint8Array>;
}

/**
 * @param work reads its input through `take` and yields its output, piece by piece or many at once, none of them empty; its `finally`
 * runs on every way out
 * @param signal fails both ends with its reason
 */
export function streamPair(
  work: (take: Take) => AsyncGenerator<Parts | Bytes, void>,
  signal?: AbortSignal,
): StreamPair {
  // An identity transform: it holds a write back until its output is read.
  const inlet = new TransformStream<Uint8Array, Uint8Array>();
  const reader = readerOf(inlet.readable);
  let isCancelled = false;
  const output = work(
    takeFrom(async () => {
      const { done, value } = await reader.read();
      // A cancelled input looks like a complete one: it must not be taken for the end.
      if (isCancelled) throw new DOMException('The stream was cancelled.', 'AbortError');
      if (done) return undefined;
      if (!isBytes(value)) throw new SerializationException('Each chunk written to the stream must be a Uint8Array.');
      return value;
    }),
  );
  const stop = async (reason: unknown): Promise<void> => {
    isCancelled = true;
    signal?.removeEventListener('abort', onAbort);
    await reader.cancel(reason);
    // Not awaited: the generator may be waiting for a KMS that does not answer.
    output.return().catch(() => {});
  };
  let outlet: ReadableStreamDefaultController<Bytes> | undefined;
  const onAbort = (): void => {
    outlet?.error(signal?.reason);
    stop(signal?.reason).catch(() => {});
  };
  const readable = new ReadableStream<Bytes>(
    {
      start(controller) {
        outlet = controller;
      },
      async pull(controller) {
        try {
          // Until there is something: nobody asks again before that.
          for (let isWaiting = true; isWaiting; ) {
            const { done, value } = await output.next();
            if (isCancelled) return;
            if (done) signal?.removeEventListener('abort', onAbort);
            if (done) controller.close();
            else for (const part of isBytes(value) ? [value] : value) controller.enqueue(part);
            isWaiting = !done && value.length === 0;
          }
        } catch (error) {
          if (isCancelled) return;
          signal?.removeEventListener('abort', onAbort);
          await reader.cancel(error).catch(() => {});
          throw error;
        }
      },
      cancel: stop,
    },
    { highWaterMark: 0 },
  );
  if (signal?.aborted) onAbort();
  else signal?.addEventListener('abort', onAbort);
  return { readable, writable: inlet.writable };
}
