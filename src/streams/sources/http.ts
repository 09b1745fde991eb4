// An encrypted stream behind HTTP, read with Range requests (RFC 9110, section 14). A server that cannot answer them, and a file that
// changes meanwhile, are errors with a name; no more than the asked range is ever taken from the network.
import { StreamSourceFailed } from '../../model/errors/index.ts';
import { readerOf } from '../../model/stream-reader.ts';
import type { EncryptedSource } from '../encrypted-reader.ts';

export type Fetch = (request: string | URL, init: RequestInit) => Promise<Response>;

/** Enough for the header, the prefix and the first chunk: what is asked for first anyway. */
const firstBytes = 6204;

/** @throws StreamSourceFailed */
export async function httpSource(url: string | URL, fetch: Fetch, signal?: AbortSignal): Promise<EncryptedSource> {
  const first = await requested(0, firstBytes);
  const { total, entityTag, bytes: front } = first;
  return {
    size: total,
    async read(offset, length) {
      if (offset + length <= front.length) return front.subarray(offset, offset + length);
      const { bytes, total: totalNow } = await requested(offset, length, entityTag);
      if (totalNow !== total) throw new StreamSourceFailed(`The file at ${url} changed while it was read.`);
      return bytes;
    },
  };

  async function requested(offset: number, length: number, ifRange?: string) {
    const headers = new Headers({ range: `bytes=${offset}-${offset + length - 1}` });
    // With another file in its place the server answers 200 with all of it.
    if (ifRange !== undefined) headers.set('if-range', ifRange);
    let response: Response;
    try {
      // Caches of browsers may answer a range from another version of the file.
      response = await fetch(url, { headers, cache: 'no-store', ...(signal === undefined ? {} : { signal }) });
    } catch (cause) {
      if (signal?.aborted) throw cause;
      throw new StreamSourceFailed(`The file at ${url} could not be fetched.`, { cause });
    }
    const range = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(response.headers.get('content-range') ?? '');
    const total = Number(range?.[3]);
    const wanted = Math.min(length, total - offset);
    const isRight = Number(range?.[1]) === offset && Number(range?.[2]) === offset + wanted - 1;
    if (response.status !== 206 || !Number.isSafeInteger(total) || !isRight) {
      await response.body?.cancel();
      throw new StreamSourceFailed(explain(response, url, ifRange));
    }
    const tag = response.headers.get('etag');
    return { total, entityTag: tag?.startsWith('"') ? tag : undefined, bytes: await bytesOf(response, wanted, url) };
  }
}

async function bytesOf(response: Response, length: number, url: string | URL): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  const reader = response.body ? readerOf(response.body) : undefined;
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done || value === undefined) break;
    if (filled + value.length > length) {
      await reader?.cancel();
      throw new StreamSourceFailed(`The server of ${url} sent more than the range that was asked for.`);
    }
    bytes.set(value, filled);
    filled += value.length;
  }
  return bytes.subarray(0, filled);
}

function explain({ status }: Response, url: string | URL, ifRange: string | undefined): string {
  if (status === 200 && ifRange !== undefined) return `The file at ${url} changed while it was read.`;
  if (status === 200)
    return `The server of ${url} answers Range requests with the whole file. Use decryptStream, or a server that knows ranges.`;
  if (status === 206)
    return `The server of ${url} answered with another range than was asked for, or keeps Content-Range from the page: Access-Control-Expose-Headers.`;
  return `The server of ${url} answered a Range request with status ${status}.`;
}
