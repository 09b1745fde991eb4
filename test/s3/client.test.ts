// The real client of S3 in every runtime, with a request handler that hands its requests to the storage in the same process.
import { S3 } from '@aws-sdk/client-s3';
import { describe } from 'vitest';
import { ObjectStorage } from '../support/object-storage.ts';
import { clientSuite } from './client-suite.ts';

interface SdkRequest {
  method: string;
  path: string;
  query: Record<string, string>;
  headers: Record<string, string>;
  body?: unknown;
}

/** Headers carry bytes: what is no character of one byte is sent as UTF-8. */
const latin1 = (text: string): string => String.fromCharCode(...new TextEncoder().encode(text));

async function bytesOf(body: unknown): Promise<Uint8Array<ArrayBuffer>> {
  if (body === undefined || body === null) return new Uint8Array(0);
  if (typeof (body as AsyncIterable<unknown>)[Symbol.asyncIterator] !== 'function')
    return new Uint8Array(await new Response(body as BodyInit).arrayBuffer());
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for await (const part of body as AsyncIterable<Uint8Array<ArrayBuffer> | string>)
    parts.push(typeof part === 'string' ? new TextEncoder().encode(part) : new Uint8Array(part));
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

async function connect() {
  const storage = new ObjectStorage();
  const requestHandler = {
    metadata: { handlerProtocol: 'http/1.1' },
    async handle({ method, path, query, headers, body }: SdkRequest) {
      const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), latin1(value)]);
      const [plain, name] = [path, query['x-id']];
      const reply = storage.answer({
        method,
        path: name ? `${plain}?x-id=${name}` : plain,
        headers: Object.fromEntries(lower),
        body: await bytesOf(body),
      });
      return { response: { statusCode: reply.status, headers: reply.headers, body: new Response(reply.body).body } };
    },
    destroy() {},
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
  };
  const s3 = new S3({
    region: 'us-east-1',
    endpoint: 'https://storage.invalid',
    forcePathStyle: true,
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    maxAttempts: 1,
    requestHandler,
  });
  return { s3, storage };
}

describe('encryption around the client of S3', () => clientSuite(connect));
