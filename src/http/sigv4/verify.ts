// Verifying AWS Signature Version 4, in the order of checks that AWS has: what is wrong with the header comes before what is
// wrong with the time, that before who signed, and that before the signature itself.
import { fromHex, isEqual, utf8 } from '../../formats/bytes.ts';
import type { KmsError } from '../../model/errors/index.ts';
import { wireError } from '../error-reply.ts';
import { headerOf, type WireHeaders, type WireRequest } from '../wire.ts';
import { type Authorization, basicFormat, parseAuthorization } from './authorization.ts';
import { canonicalRequest, hexSha256, stringToSign } from './canonical.ts';
import type { Credential, FindCredential } from './credentials.ts';
import { SigningKeys } from './signing-keys.ts';

export interface VerifierOptions {
  readonly findCredential: FindCredential;
  /** The time by which signatures are judged, in milliseconds since 1970. */
  readonly clock: () => number;
  /** How far a request's date may be from the clock, in minutes. */
  readonly toleranceMinutes: number;
  /** True for the Regions that are served here. */
  readonly hasRegion: (region: string) => boolean;
}

export interface Verified {
  readonly credential: Credential;
  readonly region: string;
  readonly signature: string;
  /** When a request with this date is too old, in milliseconds since 1970. */
  readonly end: number;
}

export interface Verifier {
  /** Tells who calls. @throws KmsError where it is nobody */
  readonly verify: (request: WireRequest) => Promise<Verified>;
  /** Whether there is a key that the request says it was signed with, and all else is in order that can be seen without the body. */
  readonly isPlausible: (head: Head) => Promise<boolean>;
}

/** A request without its body. */
export type Head = Pick<WireRequest, 'headers'>;

const service = 'kms';
const badSignature =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';
const badToken = 'The security token included in the request is invalid.';

export function createVerifier(options: VerifierOptions): Verifier {
  const keys = new SigningKeys();
  async function checkHead({ headers }: Head) {
    const authorization = parseAuthorization(headers);
    checkScope(authorization, options.hasRegion);
    checkSignedHeaders(authorization, headers);
    const end = checkTime(authorization, options);
    const credential = await options.findCredential(authorization.accessKeyId);
    if (credential?.accessKeyId !== authorization.accessKeyId) throw wireError('UnrecognizedClientException', badToken);
    return { authorization, credential, end };
  }
  async function verify(request: WireRequest): Promise<Verified> {
    const { authorization, credential, end } = await checkHead(request);
    checkSignature(authorization, request, credential, keys);
    checkSession(request, credential, options.clock());
    return { credential, region: authorization.scope.region, signature: authorization.signature, end };
  }
  const isPlausible = (head: Head): Promise<boolean> =>
    checkHead(head).then(
      () => true,
      () => false, // why is for `verify` to tell
    );
  return { verify, isPlausible };
}

function checkScope({ scope, dateTime }: Authorization, hasRegion: (region: string) => boolean): void {
  const day = dateTime.slice(0, 8);
  if (scope.date !== day)
    throw invalid(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${shorten(scope.date)}' != '${day}', from '${dateTime}'.`,
    );
  if (!hasRegion(scope.region))
    throw invalid(`Credential should be scoped to a valid region, not '${shorten(scope.region)}'.`);
  if (scope.service !== service) throw invalid(`Credential should be scoped to correct service: '${service}'.`);
}

/**
 * An unsigned x-amz-target would let whoever is in between change the operation. The AWS SDKs of JavaScript (version 2) and PHP do not
 * sign their content-type, which decides nothing but whether the request is taken.
 */
function checkSignedHeaders({ signedHeaders }: Authorization, headers: WireHeaders): void {
  const signed = new Set(signedHeaders);
  const require = (name: string): void => {
    if (!signed.has(name)) throw invalid(`'${shorten(name)}' must be a 'SignedHeader' in the AWS Authorization.`);
  };
  require('host');
  for (const name of headers.keys()) if (name.startsWith('x-amz-')) require(name);
  if (!headers.has('x-amz-date')) require('date');
}

/** Returns when the request is too old. */
function checkTime({ dateTime, time }: Authorization, { clock, toleranceMinutes }: VerifierOptions): number {
  const now = clock();
  const tolerance = toleranceMinutes * 60_000;
  const text = (limit: number, sign: string) =>
    `${basicFormat(limit)} (${basicFormat(now)} ${sign} ${toleranceMinutes} min.)`;
  if (time < now - tolerance)
    throw invalid(`Signature expired: ${dateTime} is now earlier than ${text(now - tolerance, '-')}`);
  if (time > now + tolerance)
    throw invalid(`Signature not yet current: ${dateTime} is still later than ${text(now + tolerance, '+')}`);
  return time + tolerance;
}

function checkSignature(
  authorization: Authorization,
  request: WireRequest,
  credential: Credential,
  keys: SigningKeys,
): void {
  const { scope, signedHeaders, signature, dateTime } = authorization;
  const payloadHash = hexSha256(request.body);
  // What the header says of the body is what was signed, so it must be true. This refuses UNSIGNED-PAYLOAD as well. An empty one, as
  // ExAws of Elixir sends it, says nothing.
  const claimed = (request.headers.get('x-amz-content-sha256') ?? []).join(',') || payloadHash;
  const canonical = canonicalRequest(request, signedHeaders, payloadHash);
  const expected = keys.sign(credential, scope, stringToSign(dateTime, scope, canonical));
  const given = /^[0-9a-f]{64}$/.test(signature) ? fromHex(signature) : new Uint8Array(0);
  if (!isEqual(given, expected) || claimed !== payloadHash) throw invalid(badSignature);
}

function checkSession({ headers }: WireRequest, { sessionToken, expiration }: Credential, now: number): void {
  const token = headers.has('x-amz-security-token') ? (headerOf(headers, 'x-amz-security-token') ?? '') : undefined;
  const isSame =
    token === undefined || sessionToken === undefined
      ? token === sessionToken
      : isEqual(utf8(token), utf8(sessionToken));
  if (!isSame) throw wireError('UnrecognizedClientException', badToken);
  // What a function gives nobody has checked: a Date of nothing is over, too.
  if (expiration !== undefined && !(expiration.getTime() > now))
    throw wireError('ExpiredTokenException', 'The security token included in the request is expired');
}

const invalid = (message: string): KmsError => wireError('InvalidSignatureException', message);
const shorten = (text: string): string => (text.length > 128 ? `${text.slice(0, 128)}...` : text);
