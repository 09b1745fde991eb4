// An encrypted stream behind HTTP, read with Range requests (RFC 9110, section 14). A server that cannot answer them, and a file that
// changes meanwhile, are errors with a name; no more than the asked range is ever taken from the network.
import { StreamSourceFailed } from '../../model/errors/index.ts';
import { readerOf } from '../../model/stream-reader.ts';
import type { EncryptedSource } from '../encrypted-reader.ts';

export type Fetch = (request: string | URL, init: RequestInit) => Promise<Response>;

/** Enough for the header, the prefix and the first chunk: what is asked for first anyway. */
const firstBytes = 6204;

/** A part of the file, and what tells its version. */
interface Part {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Length of the whole file. */
  readonly total: number;
  readonly tag: string | null;
}

/** @throws StreamSourceFailed */
export async function httpSource(url: string | URL, fetch: Fetch, signal?: AbortSignal): Promise<EncryptedSource> {
  const first = await requested(0, firstBytes);
  const { total, bytes: front } = first;
  return {
    size: total,
    async read(offset, length) {
      if (offset + length <= front.length) return front.subarray(offset, offset + length);
      return (await requested(offset, length, first)).bytes;
    },
  };

  async function requested(offset: number, length: number, before?: Part): Promise<Part> {
    const headers = new Headers({ range: `bytes=${offset}-${offset + length - 1}` });
    // With another file in its place the server answers 200 with all of it. Weak tags are not for this (RFC 9110, section 13.1.5).
    if (before?.tag?.startsWith('"')) headers.set('if-range', before.tag);
    // Caches of browsers may answer a range from another version of the file.
    const init: RequestInit = { headers, cache: 'no-store', ...(signal === undefined ? {} : { signal }) };
    const response = await connected('could not be fetched', () => fetch(url, init));
    const range = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(response.headers.get('content-range') ?? '');
    const now = Number(range?.[3]);
    const wanted = Math.min(length, now - offset);
    const isRight = Number(range?.[1]) === offset && Number(range?.[2]) === offset + wanted - 1;
    const tag = response.headers.get('etag');
    // Not every server looks at If-Range.
    const isOther = before !== undefined && (isOtherTag(before.tag, tag) || now !== before.total);
    if (response.status !== 206 || !Number.isSafeInteger(now) || !isRight || isOther) {
      await response.body?.cancel();
      const isChanged = response.status === 206 && isRight && isOther;
      throw new StreamSourceFailed(isChanged ? changed(url) : explain(response, url, before));
    }
    const bytes = await connected('broke off while it was read', () => bytesOf(response, wanted, url));
    return { bytes, total: now, tag };
  }

  /** What the network throws has a name of its own in every runtime. */
  async function connected<T>(event: string, step: () => Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (cause) {
      if (signal?.aborted || cause instanceof StreamSourceFailed) throw cause;
      throw new StreamSourceFailed(`The file at ${url} ${event}.`, { cause });
    }
  }
}

const isOtherTag = (before: string | null, now: string | null): boolean =>
  before !== null && now !== null && before !== now;

const changed = (url: string | URL): string => `The file at ${url} changed while it was read.`;

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

function explain({ status }: Response, url: string | URL, before: Part | undefined): string {
  if (status === 200 && before?.tag?.startsWith('"')) return changed(url);
  if (status === 416) return before === undefined ? `The file at ${url} is empty.` : changed(url);
  if (status === 200)
    return `The server of ${url} answers Range requests with the whole file. Use decryptStream, or a server that knows ranges.`;
  if (status === 206)
    return `The server of ${url} answered with another range than was asked for, or keeps Content-Range from the page: Access-Control-Expose-Headers.`;
  return `The server of ${url} answered a Range request with status ${status}.`;
}
