// The writable end of a stream pair: one piece at a time, handed over when it is asked for. A write is over when all of its piece was
// taken: then the buffer is its writer's again, as with the streams of the platform.
import { bare } from './outlet.ts';

export interface Inlet {
  readonly writable: WritableStream<Uint8Array>;
  /** The next piece, when there is one; undefined at the end. The one before was taken. @throws the reason of an abort, or of `fail` */
  next(): Promise<unknown>;
  /** Ends the write of the piece that `next` gave. */
  giveBack(): void;
  /** Fails the writer, its write too where not all of the piece was taken, and whoever waits for a piece. */
  fail(reason: unknown): void;
}

/** @param onAbort called at once when a writer aborts, whatever is being waited for */
export function openInlet(onAbort: (reason: unknown) => void): Inlet {
  let write: { end(): void; fail(reason: unknown): void } | undefined;
  let hand: { readonly piece: unknown } | undefined;
  let isEnded = false;
  let failed: { readonly reason: unknown } | undefined;
  let wake = (): void => {};
  let controller: WritableStreamDefaultController | undefined;

  function end(reason: unknown): void {
    failed = { reason };
    hand = undefined;
    write?.fail(reason);
    wake();
  }

  /** The writer fails by itself here: an error from us would make its abort fail. */
  function abort(reason: unknown): void {
    if (failed !== undefined) return;
    end(reason);
    onAbort(reason);
  }

  const writable = new WritableStream<Uint8Array>(
    bare<UnderlyingSink<Uint8Array>>({
      start(opened) {
        controller = opened;
        // `abort` below has to wait for a write, and that for a reader.
        const { signal } = opened as { signal?: AbortSignal };
        signal?.addEventListener('abort', () => abort(signal.reason));
      },
      write: (piece) =>
        new Promise((resolve, reject) => {
          write = { end: resolve, fail: reject };
          hand = { piece };
          wake();
        }),
      close() {
        isEnded = true;
        wake();
      },
      abort,
    }),
    bare({ highWaterMark: 1 }),
  );

  return {
    writable,
    async next() {
      // What is in hand is of a write that came meanwhile.
      if (hand === undefined) write?.end();
      while (hand === undefined && !isEnded && failed === undefined)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      if (failed !== undefined) throw failed.reason;
      const piece = hand?.piece;
      hand = undefined;
      return piece;
    },
    giveBack: () => write?.end(),
    fail(reason) {
      if (failed !== undefined) return;
      end(reason);
      controller?.error(reason);
    },
  };
}
