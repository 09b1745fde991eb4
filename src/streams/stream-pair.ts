// A generator as a pair of streams. The work reads top to bottom; backpressure, abort, cancel and errors are handled here, once:
// nothing is taken in before somebody wants output, and whichever end fails, the other end learns why.
import type { Bytes } from '../formats/bytes.ts';
import { KeyLocked, SerializationException } from '../model/errors/index.ts';
import { isBytes } from '../model/shape.ts';
import { openInlet } from './inlet.ts';
import { type Outlet, openOutlet } from './outlet.ts';
import type { Parts } from './pipeline.ts';
import type { Locking } from './service.ts';
import { type Take, takeFrom } from './take.ts';

/** What `ReadableStream.pipeThrough` takes. */
export interface StreamPair {
  readonly readable: ReadableStream<Bytes>;
  readonly writable: WritableStream<Uint8Array>;
}

export interface PairOptions {
  /** Fails both ends with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Whose lock fails both ends with KeyLocked. */
  readonly keys?: Locking | undefined;
  /** What `readable` is. With `bytes` every value of the work is copied before the next is asked for. */
  readonly outlet?: 'bytes' | undefined;
  /** Called when the pair is over, however that came about, and also where the work never began. */
  readonly forget?: (() => void) | undefined;
}

/**
 * @param work reads its input through `take` and yields its output, piece by piece or many at once, none of them empty; its `finally`
 * runs on every way out
 */
export function streamPair(
  work: (take: Take) => AsyncGenerator<Parts | Bytes, void>,
  { signal, keys, forget, outlet: type }: PairOptions = {},
): StreamPair {
  let isCancelled = false;
  const inlet = openInlet((reason) => fail(reason));
  const output = work(
    takeFrom(async () => {
      const piece = await inlet.next();
      if (piece !== undefined && !isBytes(piece))
        throw new SerializationException('Each chunk written to the stream must be a Uint8Array.');
      return piece;
    }, inlet.giveBack),
  );
  let unlisten: (() => void) | undefined;
  const settle = (): void => {
    signal?.removeEventListener('abort', onAbort);
    unlisten?.();
    inlet.giveBack();
    forget?.();
  };
  const stop = async (reason: unknown): Promise<void> => {
    isCancelled = true;
    outlet?.wipe();
    inlet.fail(reason);
    settle();
    // Not awaited: the generator may be waiting for a KMS that does not answer.
    output.return().catch(() => {});
  };
  let outlet: Outlet | undefined;
  const fail = (reason: unknown): void => {
    outlet?.error(reason);
    stop(reason).catch(() => {});
  };
  const onAbort = (): void => fail(signal?.reason);
  const readable = openOutlet(
    {
      start(opened) {
        outlet = opened;
      },
      async pull() {
        try {
          if (outlet?.giveRest()) return;
          // Until there is something: nobody asks again before that.
          for (let isWaiting = true; isWaiting; ) {
            const { done, value } = await output.next();
            if (isCancelled) {
              // It was made for nobody.
              for (const part of isBytes(value) ? [value] : (value ?? [])) part.fill(0);
              return;
            }
            if (done) settle();
            if (done) outlet?.close();
            else if (value.length > 0) outlet?.give(value);
            isWaiting = !done && value.length === 0;
          }
        } catch (error) {
          if (isCancelled) return;
          inlet.fail(error);
          settle();
          throw error;
        }
      },
      cancel: stop,
    },
    type,
  );
  if (signal?.aborted) onAbort();
  else {
    signal?.addEventListener('abort', onAbort);
    // The service outlives its streams, and must not keep those that nobody reads.
    const weak = new WeakRef(fail);
    unlisten = keys?.onLock?.(() => weak.deref()?.(new KeyLocked('The keys were locked while the stream was open.')));
  }
  return { readable, writable: inlet.writable };
}
