// JSON Web Tokens signed by a KMS key (RFC 7519, as JWS in compact form, RFC 7515): the private key stays where it is. Any library
// verifies them with the public key: `jose` with `importSPKI`, `createLocalJWKSet` or a JWKS that is served somewhere.
import { toBase64 } from '../formats/bytes.ts';
import { signatureFromDer } from '../formats/ecdsa-signature.ts';
import { ValidationException } from '../model/errors/index.ts';
import { checkOptions, checkService } from '../model/options.ts';

/** What is needed of a key management service: ours has it, and so has the aggregated client of the AWS SDK. */
export interface TokenSigner {
  sign(input: {
    KeyId: string;
    Message: Uint8Array;
    MessageType: 'RAW';
    SigningAlgorithm: (typeof algorithms)[JwtAlgorithm]['signing'];
  }): Promise<{ Signature?: Uint8Array | undefined }>;
}

/** JWA names (RFC 7518, RFC 8037) of what KMS keys can sign, and the bytes of a coordinate where the signature is ECDSA. */
const algorithms = {
  ES256: { signing: 'ECDSA_SHA_256', coordinate: 32 },
  ES384: { signing: 'ECDSA_SHA_384', coordinate: 48 },
  ES512: { signing: 'ECDSA_SHA_512', coordinate: 66 },
  EdDSA: { signing: 'ED25519_SHA_512', coordinate: 0 },
  RS256: { signing: 'RSASSA_PKCS1_V1_5_SHA_256', coordinate: 0 },
  RS384: { signing: 'RSASSA_PKCS1_V1_5_SHA_384', coordinate: 0 },
  RS512: { signing: 'RSASSA_PKCS1_V1_5_SHA_512', coordinate: 0 },
  PS256: { signing: 'RSASSA_PSS_SHA_256', coordinate: 0 },
  PS384: { signing: 'RSASSA_PSS_SHA_384', coordinate: 0 },
  PS512: { signing: 'RSASSA_PSS_SHA_512', coordinate: 0 },
} as const;

export type JwtAlgorithm = keyof typeof algorithms;

export interface SignJwtOptions {
  /** The KMS key, in any of the four forms. */
  readonly KeyId: string;
  /** The algorithm: one that the key can sign with. */
  readonly alg: JwtAlgorithm;
  /** Name of the key for those who verify: `kid` of the header. */
  readonly kid?: string | undefined;
}

/** Claims that are a NumericDate (RFC 7519, section 2). */
const dates = ['exp', 'nbf', 'iat'] as const;

/** The most that KMS signs as it is. */
const mostBytes = 4096;

/**
 * Signs a token.
 * @param claims the payload: plain JSON; dates are seconds since 1970 (`exp`, `nbf`, `iat`)
 * @returns the token in compact form, at most some 4 KB plus the signature
 * @throws ValidationException where the claims are no JSON object, too long, or have dates that are no numbers
 */
export async function signJwt(
  kms: TokenSigner,
  options: SignJwtOptions,
  claims: Readonly<Record<string, unknown>>,
): Promise<string> {
  checkOptions(options, { KeyId: true, alg: true, kid: true });
  const { KeyId, alg, kid } = { kid: undefined, ...options };
  checkService(kms, 'sign');
  if (!Object.hasOwn(algorithms, alg))
    throw new ValidationException(`alg must be one of ${Object.keys(algorithms).join(', ')}.`);
  if (kid !== undefined && typeof kid !== 'string') throw new ValidationException('kid must be text.');
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims))
    throw new ValidationException('claims must be an object.');
  const { signing, coordinate } = algorithms[alg];
  const header = { alg, typ: 'JWT', ...(kid === undefined ? {} : { kid }) };
  const signed = `${encode(text(header))}.${encode(payloadOf(claims))}`;
  const message = new TextEncoder().encode(signed);
  if (message.length > mostBytes)
    throw new ValidationException(`claims are too long: header and payload have at most ${mostBytes} bytes as text.`);
  const { Signature } = await kms.sign({ KeyId, Message: message, MessageType: 'RAW', SigningAlgorithm: signing });
  if (Signature === undefined) throw new ValidationException('Sign did not return a Signature.');
  const signature = coordinate === 0 ? Signature : signatureFromDer(new Uint8Array(Signature), coordinate);
  if (signature === undefined) throw new ValidationException(`The key of ${KeyId} does not sign with ${alg}.`);
  return `${signed}.${encode(signature)}`;
}

/** RFC 7519, section 3: a JSON object. What is an object here may be none there: a Date is a string. @throws ValidationException */
function payloadOf(claims: object): Uint8Array {
  let json: string | undefined;
  try {
    json = JSON.stringify(claims);
  } catch (cause) {
    throw new ValidationException('claims must be plain JSON: no cycles, no BigInt.', { cause });
  }
  if (json?.startsWith('{') !== true) throw new ValidationException('claims must be an object.');
  // Section 4.1.4: a number. A Date is written as text and NaN as null, and a token without a time that can be read may never end.
  const written = JSON.parse(json) as Record<string, unknown>;
  for (const name of dates)
    if (Object.hasOwn(written, name) && typeof written[name] !== 'number')
      throw new ValidationException(`claims: ${name} must be a number: seconds since 1970.`);
  return new TextEncoder().encode(json);
}

const text = (value: object): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/** base64url without padding (RFC 7515, section 2). */
const encode = (bytes: Uint8Array): string =>
  toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
