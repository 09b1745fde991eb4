// A stream as a Blob. The browser keeps blobs outside of the page's memory, and large ones on its disk.
import type { Bytes } from '../formats/bytes.ts';
import { readerOf } from '../model/stream-reader.ts';

/**
 * @param type MIME type of the result
 * @throws what the stream fails with
 */
export async function blobOf(stream: ReadableStream<Bytes>, type: string): Promise<Blob> {
  const reader = readerOf(stream);
  let failure: { readonly reason: unknown } | undefined;
  const watched = new ReadableStream<Bytes>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (done) controller.close();
          else controller.enqueue(value);
        } catch (reason) {
          failure = { reason };
          throw reason;
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
  try {
    // Not by slice: Bun gives a part of nothing no type.
    return new Blob([await new Response(watched).blob()], { type });
  } catch (error) {
    // Browsers say only that the network failed.
    throw failure === undefined ? error : failure.reason;
  }
}
