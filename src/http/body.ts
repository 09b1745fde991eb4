// The body of a Request, up to a limit. What is longer is not read to its end.
import type { Bytes } from '../model/shape.ts';
import { readerOf } from '../model/stream-reader.ts';
import { BodyBuffer } from './body-buffer.ts';

/** 1 MiB: the longest request of AWS KMS, PutKeyPolicy or a Recipient, has some 400 KB. */
export const bodyLimit: number = 1 << 20;

/** The bytes of the body, or undefined where there are more than `limit`. */
export async function readBody(request: Request, limit: number): Promise<Bytes | undefined> {
  if (Number(request.headers.get('content-length') ?? 0) > limit) return undefined;
  // Firefox has no stream of a request.
  if (!request.body) {
    const body = new Uint8Array(await request.arrayBuffer());
    return body.length > limit ? undefined : body;
  }
  const buffer = new BodyBuffer(limit);
  const reader = readerOf(request.body);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return buffer.bytes;
    if (!buffer.append(value)) {
      await reader.cancel().catch(() => {});
      return undefined;
    }
  }
}
