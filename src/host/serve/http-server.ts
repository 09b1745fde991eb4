// Node's http in front of the endpoint. Requests go to it as they came: building a Request and a Response for each would cost
// more than checking its signature.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { BodyBuffer } from '../../http/body-buffer.ts';
import type { Front } from '../../http/front.ts';
import { collectHeaders } from '../../http/wire.ts';
import type { Bytes } from '../../model/shape.ts';

/**
 * How long a client may take for its head, and for the whole request, and how often that is looked at; in milliseconds. Whoever is
 * slower is hung up on, so that connections which only wait cannot be piled up.
 */
const slowest = { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 1000 };
/** Connections at once. */
const mostConnections = 2000;

export interface RunningServer {
  readonly port: number;
  /**
   * Takes no more connections, ends each behind the answer that it waits for, and resolves when all requests are answered; after
   * `patience` milliseconds it hangs up.
   */
  close(patience: number): Promise<void>;
}

/** @param onFailure told of what a reply could not be made of */
export async function startHttpServer(
  port: number,
  front: Front,
  onFailure: (error: unknown) => void,
): Promise<RunningServer> {
  let isClosing = false;
  const server = createServer(slowest, (request, response) => {
    respond(front, request, response, () => isClosing).catch((error: unknown) => {
      onFailure(error);
      response.destroy();
    });
  });
  // Longer than clients keep connections, so that none is closed under a request.
  server.keepAliveTimeout = 70_000;
  server.maxConnections = mostConnections;
  await listen(server, port);
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: (patience) =>
      new Promise((resolve) => {
        isClosing = true;
        const timer = setTimeout(() => server.closeAllConnections(), patience);
        server.close(() => {
          clearTimeout(timer);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

const listen = (server: Server, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });

async function respond(
  front: Front,
  request: IncomingMessage,
  response: ServerResponse,
  isClosing: () => boolean,
): Promise<void> {
  const sent = collectHeaders(pairs(request.rawHeaders));
  const absolute = absoluteTarget(request.url);
  if (absolute !== undefined) sent.set('host', [absolute.host]);
  const { status, headers, body } = await front({
    method: request.method ?? 'GET',
    target: absolute === undefined ? (request.url ?? '/') : absolute.pathname + absolute.search,
    origin: `http://${absolute?.host ?? request.headers.host ?? 'localhost'}`,
    headers: sent,
    remoteAddress: request.socket.remoteAddress,
    readBody: (limit) => readBody(request, limit),
  });
  const length = status === 204 ? {} : { 'content-length': Buffer.byteLength(body) };
  // What was not read of the request cannot be skipped cheaply; and a client that keeps its connection would keep a server that ends.
  const end = request.complete && !isClosing() ? {} : { connection: 'close' };
  response.writeHead(status, spelled({ ...headers, ...length, ...end }));
  response.end(status === 204 ? undefined : body);
}

/** The target of a client that takes this server for its proxy: with a host, which goes before the header (RFC 9112, section 3.2.2). */
function absoluteTarget(target: string | undefined): URL | undefined {
  if (target === undefined || !/^https?:\/\//i.test(target)) return undefined;
  try {
    return new URL(target);
  } catch {
    return undefined;
  }
}

/** Names count without case, but not every client knows that: MongoDB's drivers look for `Content-Length`, which is how AWS spells it. */
const spellings = new Map([
  ['x-amzn-requestid', 'x-amzn-RequestId'],
  ['x-amzn-errortype', 'x-amzn-ErrorType'],
]);

function spelled(headers: Readonly<Record<string, string | number>>): Record<string, string | number> {
  const named: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(headers)) {
    let spelling = spellings.get(name);
    if (spelling === undefined) {
      spelling = name.replace(/\b[a-z]/g, (letter) => letter.toUpperCase());
      spellings.set(name, spelling);
    }
    named[spelling] = value;
  }
  return named;
}

function* pairs(raw: readonly string[]): Iterable<readonly [string, string]> {
  for (let i = 0; i + 1 < raw.length; i += 2) yield [raw[i] ?? '', raw[i + 1] ?? ''];
}

function readBody(request: IncomingMessage, limit: number): Promise<Bytes | undefined> {
  return new Promise((resolve, reject) => {
    const buffer = new BodyBuffer(limit);
    request.on('data', (part: Buffer) => {
      if (buffer.append(part)) return;
      request.pause();
      resolve(undefined);
    });
    request.on('end', () => resolve(buffer.bytes));
    request.on('error', reject);
  });
}
