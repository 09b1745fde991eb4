// The Authorization header and the time of a signed request: read, and refused where something is missing.
import type { KmsError } from '../../model/errors/index.ts';
import { wireError } from '../error-reply.ts';
import { headerOf, type WireHeaders } from '../wire.ts';
import { algorithm, type CredentialScope } from './canonical.ts';

export interface Authorization {
  readonly accessKeyId: string;
  readonly scope: CredentialScope;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** `YYYYMMDDTHHMMSSZ`, as it is signed. */
  readonly dateTime: string;
  /** The same in milliseconds since 1970. */
  readonly time: number;
}

/** @throws KmsError MissingAuthenticationTokenException, IncompleteSignatureException */
export function parseAuthorization(headers: WireHeaders): Authorization {
  const values = headers.get('authorization');
  if (values === undefined) {
    throw wireError('MissingAuthenticationTokenException', 'Request is missing Authentication Token');
  }
  const header = values.join(', ').trim();
  const space = header.search(/\s/);
  const given = space === -1 ? header : header.slice(0, space);
  if (given !== algorithm) throw incomplete(`Unsupported AWS 'algorithm': '${shorten(given)}'.`);
  const parts = parseParts(space === -1 ? '' : header.slice(space));
  const missing = ['Credential', 'Signature', 'SignedHeaders'].filter((name) => !parts.get(name));
  if (missing.length > 0) {
    throw incomplete(missing.map((name) => `Authorization header requires '${name}' parameter.`).join(' '));
  }
  const credential = parseCredential(parts.get('Credential') ?? '');
  const signedHeaders = readSignedHeaders(parts.get('SignedHeaders') ?? '');
  return { ...credential, signedHeaders, signature: parts.get('Signature') ?? '', ...parseDate(headers) };
}

/** Lists of before, by their texts: clients have few, and send the same one each time. */
const knownLists = new Map<string, readonly string[]>();
const mostLists = 256;
const longestList = 512;

function readSignedHeaders(text: string): readonly string[] {
  const known = knownLists.get(text);
  if (known !== undefined) return known;
  const names = text.split(';');
  if (names.some((name, index) => !/^[!-~]+$/.test(name) || name !== name.toLowerCase() || isUnsorted(names, index)))
    throw incomplete("'SignedHeaders' must be lower-case names, sorted and without repetition.");
  if (knownLists.size >= mostLists) knownLists.clear();
  if (text.length <= longestList) knownLists.set(text, names);
  return names;
}

const isUnsorted = (names: readonly string[], index: number): boolean =>
  index > 0 && (names[index - 1] ?? '') >= (names[index] ?? '');

/** Parts are separated by a comma, with or without spaces, in any order. */
function parseParts(text: string): Map<string, string> {
  const parts = new Map<string, string>();
  for (const each of text.split(',')) {
    const part = each.trim();
    if (part === '') continue;
    const equals = part.indexOf('=');
    if (equals === -1)
      throw incomplete(
        `'${shorten(part)}' not a valid key=value pair (missing equal-sign) in Authorization header: '${shorten(text.trim())}'.`,
      );
    const name = part.slice(0, equals);
    if (parts.has(name)) throw incomplete(`Authorization header has '${shorten(name)}' more than once.`);
    parts.set(name, part.slice(equals + 1));
  }
  return parts;
}

function parseCredential(text: string): Pick<Authorization, 'accessKeyId' | 'scope'> {
  const parts = text.split('/');
  const [accessKeyId, date, region, service, term] = parts;
  if (parts.length !== 5 || !accessKeyId || !date || !region || !service || !term) {
    throw incomplete(
      `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${shorten(text)}'.`,
    );
  }
  if (term !== 'aws4_request')
    throw incomplete(`Credential should be scoped with a valid terminator: 'aws4_request', not '${shorten(term)}'.`);
  return { accessKeyId, scope: { date, region, service } };
}

function parseDate(headers: WireHeaders): Pick<Authorization, 'dateTime' | 'time'> {
  const amzDate = headerOf(headers, 'x-amz-date');
  const date = amzDate ?? headerOf(headers, 'date');
  if (date === undefined)
    throw incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
  const dateTime = /^\d{8}T\d{6}Z$/.test(date) || amzDate !== undefined ? date : basicFormat(Date.parse(date));
  const time = parseBasicFormat(dateTime);
  if (Number.isNaN(time)) throw incomplete(`Date must be in ISO-8601 'basic format'. Got '${shorten(date)}'.`);
  return { dateTime, time };
}

/** `YYYYMMDDTHHMMSSZ`; empty for no time at all. */
export const basicFormat = (time: number): string =>
  Number.isNaN(time) ? '' : `${new Date(time).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;

function parseBasicFormat(text: string): number {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (!match) return Number.NaN;
  const [, year, month, day, hour, minute, second] = match;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

const incomplete = (message: string): KmsError => wireError('IncompleteSignatureException', message);
const shorten = (text: string): string => (text.length > 128 ? `${text.slice(0, 128)}...` : text);
