// The `requestHandler` of `new KMSClient({ requestHandler })`, by structure: the SDK is no dependency.
import { utf8 } from '../formats/bytes.ts';
import type { Kms } from '../kms/kms.ts';
import type { CallOptions } from '../model/api/index.ts';
import { isBytes } from '../model/shape.ts';
import { answer, opening } from './answer.ts';

export interface SdkRequest {
  headers: Record<string, string>;
  body?: unknown;
}

export interface SdkResponse {
  statusCode: number;
  headers: Record<string, string>;
  body?: unknown;
}

export interface SdkRequestHandler {
  metadata: { handlerProtocol: string };
  handle(request: SdkRequest, options?: CallOptions): Promise<{ response: SdkResponse }>;
  destroy(): void;
  updateHttpClientConfig(key: never, value: never): void;
  httpHandlerConfigs(): Record<string, never>;
}

/**
 * A request handler that carries the calls of an AWS SDK client to a service in the same process: no network, no signature.
 * The client still wants a Region and credentials; any will do.
 * @param kms the service, or the promise of one
 */
export function kmsRequestHandler(kms: Kms | Promise<Kms>): SdkRequestHandler {
  const service = opening(kms);
  return {
    metadata: { handlerProtocol: 'h1' },
    async handle(request, options) {
      const body = bodyOf(request.body);
      const reply = await answer(service, targetOf(request.headers), body, options);
      return { response: { statusCode: reply.status, headers: reply.headers, body: utf8(reply.body) } };
    },
    destroy() {},
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
  };
}

/** The first versions of the SDK spelled it `X-Amz-Target`. */
const targetOf = (headers: SdkRequest['headers']): string | undefined =>
  headers['x-amz-target'] ?? Object.entries(headers).find(([name]) => name.toLowerCase() === 'x-amz-target')?.[1];

function bodyOf(body: unknown) {
  if (body === undefined || body === null) return utf8('');
  if (typeof body === 'string') return utf8(body);
  if (isBytes(body)) return new Uint8Array(body);
  throw new TypeError('The body of a request must be text or bytes.');
}
