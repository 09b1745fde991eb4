// AWS KMS inside a service worker: what a page sends to KMS's own address is answered on the device, also for code that cannot
// be changed. A service worker sees requests of its own origin's pages only, so it looks at no signature.
import { bodyLimit, bodyPatience, readBody } from '../http/body.ts';
import { tooLarge } from '../http/front.ts';
import type { WireReply } from '../http/wire.ts';
import type { Kms } from '../kms/kms.ts';
import { checkFunctions, optionsReader } from '../model/options.ts';
import { answer, opening } from './answer.ts';

export interface KmsFetchOptions {
  /** Decides by its URL whether a request is for KMS. Default: the hosts of AWS KMS, `kms.<Region>.amazonaws.com`. */
  isForKms?: ((url: URL) => boolean) | undefined;
}

/** The part of a FetchEvent that is needed. */
export interface FetchEventLike {
  readonly request: Request;
  respondWith(response: Response | Promise<Response>): void;
}

const kmsHost = /^kms(-fips)?\.[a-z0-9-]+\.(amazonaws\.com(\.cn)?|api\.aws)$/;

/**
 * A listener for the `fetch` events of a service worker. It must be added while the worker's script runs for the first time,
 * so the service may still be opening: `addEventListener('fetch', kmsFetchListener(openKms()))`.
 */
export function kmsFetchListener(
  kms: Kms | Promise<Kms>,
  options: KmsFetchOptions = {},
): (event: FetchEventLike) => void {
  const isForKms = optionsReader(options, { isForKms: true })('isForKms') ?? ((url: URL) => kmsHost.test(url.hostname));
  checkFunctions({ isForKms });
  const service = opening(kms);
  return (event) => {
    const { request } = event;
    if (isForKms(new URL(request.url))) event.respondWith(respond(service, request));
  };
}

async function respond(kms: Promise<Kms>, request: Request): Promise<Response> {
  const body = await readBody(request, bodyLimit, bodyPatience);
  const reply: WireReply =
    body === undefined
      ? tooLarge(bodyLimit)
      : await answer(kms, request.headers.get('x-amz-target') ?? undefined, body);
  return new Response(reply.body, { status: reply.status, headers: reply.headers });
}
