// A stream as a Blob. The browser keeps blobs outside of the page's memory, and large ones on its disk.
import type { Bytes } from '../formats/bytes.ts';

/** @param type MIME type of the result */
export async function blobOf(stream: ReadableStream<Bytes>, type: string): Promise<Blob> {
  const whole = await new Response(stream).blob();
  return whole.slice(0, whole.size, type);
}
