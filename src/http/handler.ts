// The endpoint as a fetch handler: for edge workers, service workers, and any server that speaks Request and Response.
import type { Kms } from '../kms/kms.ts';
import { readBody } from './body.ts';
import type { FindKms } from './endpoint.ts';
import { createFront, type Front } from './front.ts';
import { type HandlerOptions, type ReadOptions, readHandlerOptions } from './options.ts';
import { collectHeaders } from './wire.ts';

export type Handler = (request: Request) => Promise<Response>;

/**
 * A handler that speaks AWS KMS on the wire (AWS JSON 1.1, Signature Version 4) for the service.
 * @param kms the service, or a function that finds the one of an account and Region
 * @throws ValidationException where an option is not valid
 */
export function createHandler(kms: Kms | FindKms, options: HandlerOptions): Handler {
  const own = <K extends 'addressOf' | 'tlsOf'>(name: K): HandlerOptions[K] =>
    Object.hasOwn(options, name) ? options[name] : undefined;
  const read = readHandlerOptions(kms, options);
  const { maxBodyTime } = read;
  return handlerOf(createFront(read), { addressOf: own('addressOf'), tlsOf: own('tlsOf'), maxBodyTime });
}

/** What is not in a request: where it came from and over which connection, which the trail says, and how long it may take. */
type Carried = Pick<HandlerOptions, 'addressOf' | 'tlsOf'> & Pick<ReadOptions, 'maxBodyTime'>;

/** A front with requests and responses of the fetch standard. */
export function handlerOf(front: Front, { addressOf, tlsOf, maxBodyTime }: Carried): Handler {
  return async (request) => {
    const { origin, pathname, search } = new URL(request.url);
    const { status, headers, body } = await front({
      method: request.method,
      target: pathname + search,
      origin,
      headers: collectHeaders(request.headers),
      remoteAddress: addressOf?.(request),
      tls: tlsOf?.(request),
      readBody: (limit) => readBody(request, limit, maxBodyTime),
    });
    // A Response of status 204 must not have a body, not even an empty one.
    return new Response(body === '' ? null : body, { status, headers });
  };
}
