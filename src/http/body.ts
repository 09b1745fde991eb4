// The body of a Request or a Response, up to a limit of bytes and of time. What is longer, or comes slower, is not read to its end.
import { KmsError } from '../model/errors/index.ts';
import type { Bytes } from '../model/shape.ts';
import { readerOf } from '../model/stream-reader.ts';
import { BodyBuffer } from './body-buffer.ts';

/** 1 MiB: the longest request of AWS KMS, PutKeyPolicy or a Recipient, has some 400 KB. */
export const bodyLimit: number = 1 << 20;

/** Milliseconds that a body may take: as long as a request to `keyhaven serve`. */
export const bodyPatience = 30_000;

/**
 * The bytes of the body, or undefined where there are more than `limit`.
 * @param patience milliseconds that it may take
 * @throws KmsError RequestTimeoutException, 408, where it takes longer
 */
export async function readBody(
  request: Request | Response,
  limit: number,
  patience: number,
): Promise<Bytes | undefined> {
  if (Number(request.headers.get('content-length') ?? 0) > limit) return undefined;
  // Firefox has no stream of a request.
  if (!request.body) {
    const body = new Uint8Array(await request.arrayBuffer());
    return body.length > limit ? undefined : body;
  }
  const buffer = new BodyBuffer(limit);
  const reader = readerOf(request.body);
  const late = new KmsError('RequestTimeoutException', 'client', `The body did not come within ${patience} ms.`);
  late.$metadata.httpStatusCode = 408;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(late);
      reader.cancel(late).catch(() => {});
    }, patience);
  });
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), expired]);
      if (done) return buffer.bytes;
      if (!buffer.append(value)) {
        await reader.cancel().catch(() => {});
        return undefined;
      }
    }
  } finally {
    clearTimeout(timer);
  }
}
