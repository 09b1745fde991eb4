// The service as each caller sees it, kept for the next request of the same one: who it is need not be checked again, and the trail
// writes what it says of the caller once for a group of records.
import type { Kms } from '../kms/kms.ts';
import type { TlsDetails } from '../trail/event.ts';
import type { Credential } from './sigv4/credentials.ts';
import { headerOf, type TlsConnection, userAgentOf, type WireRequest } from './wire.ts';

/** Callers of one service; some 1 KB each. */
const most = 1000;

export class Callers {
  /** By the service, then by all that is known of the caller. A service that nobody holds any more is not held here. */
  readonly #known = new WeakMap<Kms, Map<string, Kms>>();

  /** @throws ValidationException where the credential's principal is none */
  see(kms: Kms, credential: Credential, request: WireRequest): Kms {
    const own = <K extends 'remoteAddress' | 'tls'>(name: K): WireRequest[K] =>
      Object.hasOwn(request, name) ? request[name] : undefined;
    const { principalArn: arn, accessKeyId, administrator } = credential;
    const caller = {
      arn,
      isAdministrator: administrator === true,
      accessKeyId,
      sourceIPAddress: own('remoteAddress') ?? 'unknown',
      userAgent: userAgentOf(request.headers),
      ...tlsDetails(own('tls'), request),
    };
    // None of the texts can hold another one's place: JSON keeps them apart.
    const name = JSON.stringify(caller);
    const known = this.#known.get(kms) ?? new Map<string, Kms>();
    const seen = known.get(name);
    if (seen !== undefined) return seen;
    const view = kms.as(caller);
    if (known.size >= most) known.clear();
    this.#known.set(kms, known.set(name, view));
    return view;
  }
}

function tlsDetails(tls: TlsConnection | undefined, { headers }: WireRequest): { tlsDetails?: TlsDetails } {
  if (tls === undefined) return {};
  const { tlsVersion, cipherSuite } = tls;
  return { tlsDetails: { tlsVersion, cipherSuite, clientProvidedHostHeader: headerOf(headers, 'host') ?? '' } };
}
