// Cross-origin calls from pages. There are no cookies: a signature is all that counts, so any origin may ask by default.
import type { WireHeaders } from './wire.ts';
import { headerOf } from './wire.ts';

const requestHeaders =
  'authorization, content-type, x-amz-content-sha256, x-amz-date, x-amz-security-token, x-amz-target, x-amz-user-agent, amz-sdk-invocation-id, amz-sdk-request, *';

/** Origins whose pages may call: all of them, or those listed (`https://app.example`). */
export type AllowedOrigins = '*' | readonly string[];

/**
 * True where the request comes from a page that may not call.
 * @param own the origin that the request was sent to: its own pages may
 */
export function isForeign(headers: WireHeaders, allowed: AllowedOrigins, own?: string): boolean {
  const origins = headers.get('origin');
  if (origins === undefined || allowed === '*') return false;
  return !origins.every((origin) => origin === own || allowed.includes(origin));
}

/** Headers for a reply that a page of the request's origin may read. */
export function corsHeaders(headers: WireHeaders, allowed: AllowedOrigins): Record<string, string> {
  const origin = headerOf(headers, 'origin');
  if (origin === undefined || isForeign(headers, allowed)) return allowed === '*' ? {} : { vary: 'origin' };
  return {
    'access-control-allow-origin': allowed === '*' ? '*' : origin,
    'access-control-expose-headers': 'x-amzn-requestid, x-amzn-errortype, date',
    ...(allowed === '*' ? {} : { vary: 'origin' }),
  };
}

/** Headers for the answer to a preflight, which asks whether the page may send what it is about to send. */
export function preflightHeaders(headers: WireHeaders, allowed: AllowedOrigins): Record<string, string> {
  const common = corsHeaders(headers, allowed);
  if (!('access-control-allow-origin' in common)) return common;
  const isPrivate = headerOf(headers, 'access-control-request-private-network') === 'true';
  return {
    ...common,
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers': requestHeaders,
    'access-control-max-age': '86400',
    ...(isPrivate ? { 'access-control-allow-private-network': 'true' } : {}),
  };
}
