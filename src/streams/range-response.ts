// A part of an encrypted stream as the answer to an HTTP request (RFC 9110, section 14): what a service worker gives an <img>, <video> or
// <audio>. Only the chunks of the range are opened, as the element takes them.

import { optionsReader } from '../model/options.ts';
import type { EncryptedReader } from './encrypted-reader.ts';

export interface RangeResponseOptions {
  /**
   * MIME type of the plaintext; `application/octet-stream` unless given. Give only types of a list of your own, such as images and
   * videos: what somebody else has encrypted for the user must not run as a page of your origin.
   */
  readonly type?: string | undefined;
}

/**
 * Answers a GET or HEAD request: 200 with all of the plaintext, 206 with the one range that was asked for, or 416 where it lies
 * beyond the end. A chunk that does not open breaks the body off. Nothing of it may be stored by a cache.
 */
export function rangeResponse(reader: EncryptedReader, request: Request, options: RangeResponseOptions = {}): Response {
  const length = reader.plaintextLength;
  const headers = new Headers({
    'accept-ranges': 'bytes',
    'cache-control': 'no-store',
    'content-type': optionsReader(options, { type: true })('type') ?? 'application/octet-stream',
    'x-content-type-options': 'nosniff',
  });
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    headers.set('allow', 'GET, HEAD');
    return new Response(null, { status: 405, headers });
  }
  // No validator was ever given out, so what If-Range asks for is another version of the file (RFC 9110, section 13.1.5).
  const isRanged = request.method === 'GET' && !request.headers.has('if-range');
  const range = isRanged ? rangeOf(request.headers.get('range'), length) : undefined;
  if (range === 'beyond') {
    headers.set('content-range', `bytes */${length}`);
    return new Response(null, { status: 416, headers });
  }
  const [start, end] = range ?? [0, length];
  headers.set('content-length', String(end - start));
  if (range !== undefined) headers.set('content-range', `bytes ${start}-${end - 1}/${length}`);
  const body = request.method === 'HEAD' ? null : reader.stream(start, end);
  return new Response(body, { status: range === undefined ? 200 : 206, headers });
}

/** Start and end of the one range of a header; undefined where there is none, or one that is to be ignored: several, another unit. */
function rangeOf(header: string | null, length: number): readonly [number, number] | 'beyond' | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/i.exec(header?.trim() ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  if (first === '') return Number(last) === 0 || length === 0 ? 'beyond' : [Math.max(0, length - Number(last)), length];
  const start = Number(first);
  if (last !== '' && Number(last) < start) return undefined;
  if (start >= length) return 'beyond';
  return [start, last === '' ? length : Math.min(Number(last) + 1, length)];
}
