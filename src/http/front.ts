// What stands before the endpoint, whoever carries requests: preflights, origins, and the limit of the body.
import { newRequestId } from '../keys/request-id.ts';
import { KmsError } from '../model/errors/index.ts';
import type { Bytes } from '../model/shape.ts';
import { corsHeaders, isForeign, preflightHeaders } from './cors.ts';
import { createEndpoint, type Endpoint } from './endpoint.ts';
import { errorReply, wireError } from './error-reply.ts';
import type { ReadOptions } from './options.ts';
import { headerOf, type TlsConnection, type WireHeaders, type WireReply } from './wire.ts';

/** A request before its body was read. */
export interface Incoming {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** The origin that it was sent to, such as `http://localhost:4599`. */
  readonly origin: string;
  /** Lower-case names. Those that the carrier does not show and clients sign are added here. */
  readonly headers: Map<string, string[]>;
  /** Address of the client, where the carrier knows it. */
  readonly remoteAddress: string | undefined;
  /** The client's connection, where it has TLS and the carrier knows of it. */
  readonly tls?: TlsConnection | undefined;
  /** The bytes of the body, or undefined where there are more than `limit`. @throws KmsError where they do not come in time */
  readBody(limit: number): Promise<Bytes | undefined>;
}

/** Bodies up to this are read whoever sends them, in bytes: that costs less than looking at the head twice. */
const smallBody = 1 << 16;

export type Front = (request: Incoming) => Promise<WireReply>;

/** @param endpoint what answers; another one than the service's at a door, or where the front alone is measured */
export function createFront(options: ReadOptions, endpoint: Endpoint = createEndpoint(options)): Front {
  const { allowedOrigins, maxBodyBytes, clock, isPlausible } = options;

  /** Nobody who is not known makes us hold a long body. @param length as the request says it; NaN where it does not */
  const isWorthReading = (length: number, headers: WireHeaders): boolean | Promise<boolean> =>
    length <= smallBody || isPlausible({ headers });

  async function answer(request: Incoming): Promise<WireReply> {
    const { method, target, origin, headers, remoteAddress, readBody } = request;
    if (isForeign(headers, allowedOrigins, origin)) return foreign();
    const length = Number(headerOf(headers, 'content-length') ?? Number.NaN);
    if (length > maxBodyBytes) return tooLarge(maxBodyBytes);
    let body: Bytes | undefined;
    try {
      body = (await isWorthReading(length, headers)) ? await readBody(maxBodyBytes) : nothing;
    } catch (error) {
      if (error instanceof KmsError) return errorReply(error, newRequestId());
      throw error;
    }
    if (body === undefined) return tooLarge(maxBodyBytes);
    // Browsers and workers show neither.
    if (!headers.has('host')) headers.set('host', [new URL(origin).host]);
    if (!headers.has('content-length')) headers.set('content-length', [String(body.length)]);
    const tls = Object.hasOwn(request, 'tls') ? request.tls : undefined;
    return endpoint({ method, target, headers, body, remoteAddress, tls });
  }

  // The text of a second is made once.
  let second = Number.NaN;
  let date = '';
  const dateOf = (now: number): string => {
    if (Math.floor(now / 1000) !== second) {
      second = Math.floor(now / 1000);
      date = new Date(now).toUTCString();
    }
    return date;
  };

  return async (request) => {
    const { method, headers } = request;
    if (method === 'OPTIONS' && headers.has('origin'))
      return { status: 204, headers: preflightHeaders(headers, allowedOrigins), body: '' };
    const reply = await answer(request);
    return { ...reply, headers: { ...reply.headers, ...corsHeaders(headers, allowedOrigins), date: dateOf(clock()) } };
  };
}

const nothing: Bytes = new Uint8Array(0);

export function tooLarge(limit: number): WireReply {
  const error = new KmsError('RequestEntityTooLargeException', 'client', `A request has at most ${limit} bytes.`);
  error.$metadata.httpStatusCode = 413;
  return errorReply(error, newRequestId());
}

const foreign = (): WireReply =>
  errorReply(wireError('AccessDeniedException', 'Pages of this origin may not call.'), newRequestId());
