// What travels: a request and its reply, whoever carries them (a fetch handler, Node's http, the AWS SDK in the same process).
import type { Bytes } from '../model/shape.ts';

export interface WireRequest {
  readonly method: string;
  /** Path and query, as sent: `/`. */
  readonly target: string;
  readonly headers: WireHeaders;
  readonly body: Bytes;
  /** Address of the client, where the carrier knows it. */
  readonly remoteAddress?: string | undefined;
  /** The client's connection, where it has TLS and the carrier knows of it. */
  readonly tls?: TlsConnection | undefined;
}

/** What was agreed on for a connection, by the names of the standards. */
export interface TlsConnection {
  /** `TLSv1.3` */
  readonly tlsVersion: string;
  /** `TLS_AES_128_GCM_SHA256` */
  readonly cipherSuite: string;
}

export interface WireReply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** Headers by lower-case name; a header that was sent several times has several values. */
export type WireHeaders = ReadonlyMap<string, readonly string[]>;

export function collectHeaders(pairs: Iterable<readonly [string, string]>): Map<string, string[]> {
  const headers = new Map<string, string[]>();
  for (const [name, value] of pairs) {
    const key = name.toLowerCase();
    const values = headers.get(key);
    if (values) values.push(value);
    else headers.set(key, [value]);
  }
  return headers;
}

/** What a client says it is. Browsers do not let a page set the header, so SDKs send another there. At most 512 characters. */
export const userAgentOf = (headers: WireHeaders): string =>
  (headerOf(headers, 'x-amz-user-agent') ?? headerOf(headers, 'user-agent') ?? 'unknown').slice(0, 512);

/** The one value of a header; undefined where it is missing, or sent more than once. */
export function headerOf(headers: WireHeaders, name: string): string | undefined {
  const values = headers.get(name);
  return values?.length === 1 ? values[0] : undefined;
}
