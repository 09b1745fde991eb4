// The canonical request and the string to sign of AWS Signature Version 4. Pure.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
import { sha256 } from '@noble/hashes/sha2.js';
import { nodeCrypto } from '../../cipher/node-crypto.ts';
import { type Bytes, toHex, utf8 } from '../../formats/bytes.ts';
import type { WireHeaders, WireRequest } from '../wire.ts';

export const algorithm = 'AWS4-HMAC-SHA256';

/** `<yyyymmdd>/<region>/<service>/aws4_request`. */
export interface CredentialScope {
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

export const scopeText = ({ date, region, service }: CredentialScope): string =>
  `${date}/${region}/${service}/aws4_request`;

/** @param data text counts as UTF-8 */
export function hexSha256(data: Bytes | string): string {
  if (nodeCrypto !== undefined) return nodeCrypto.hash('sha256', data, 'hex');
  return toHex(sha256(typeof data === 'string' ? utf8(data) : data));
}

/** @param payloadHash hex SHA-256 of the body */
export function canonicalRequest(
  request: Pick<WireRequest, 'method' | 'target' | 'headers'>,
  signedHeaders: readonly string[],
  payloadHash: string,
): string {
  const mark = request.target.indexOf('?');
  const path = mark === -1 ? request.target : request.target.slice(0, mark);
  const query = mark === -1 ? '' : request.target.slice(mark + 1);
  return [
    request.method.toUpperCase(),
    canonicalPath(path),
    canonicalQuery(query),
    ...signedHeaders.map((name) => `${name}:${canonicalValue(request.headers, name)}`),
    '',
    signedHeaders.join(';'),
    payloadHash,
  ].join('\n');
}

export const stringToSign = (dateTime: string, scope: CredentialScope, canonical: string): string =>
  [algorithm, dateTime, scopeText(scope), hexSha256(canonical)].join('\n');

/** Dot segments and double slashes removed, then each segment percent-encoded once more. */
function canonicalPath(path: string): string {
  if (path === '/' || path === '') return '/';
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '.' && segment !== '') segments.push(encode(segment));
  }
  const isFolder = segments.length > 0 && /\/\.{0,2}$/.test(path);
  return `/${segments.join('/')}${isFolder ? '/' : ''}`;
}

/** Decoded, encoded again, and sorted by encoded name, then value, by bytes. The signature itself is not signed. */
function canonicalQuery(query: string): string {
  if (query === '') return '';
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=');
      const [name, value] = equals === -1 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
      return [encode(decode(name)), encode(decode(value))] as const;
    })
    .filter(([name]) => name !== 'X-Amz-Signature')
    .sort(([a, x], [b, y]) => order(a, b) || order(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

// Encoded text is ASCII, where the order of units is the order of bytes.
const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Percent-encodes all but the unreserved characters (RFC 3986, section 2.3). */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (unit) => `%${unit.charCodeAt(0).toString(16).toUpperCase()}`);

/** Trimmed, runs of spaces folded to one, the values of one name joined by a comma. */
const canonicalValue = (headers: WireHeaders, name: string): string =>
  (headers.get(name) ?? []).map((value) => value.trim().replace(/ {2,}/g, ' ')).join(',');
