// The options of a handler, read once.
import type { Kms } from '../kms/kms.ts';
import { ValidationException } from '../model/errors/index.ts';
import { checkFunctions, checkKms, checkOptions, milliseconds, optionsReader } from '../model/options.ts';
import { bodyLimit, bodyPatience } from './body.ts';
import type { AllowedOrigins } from './cors.ts';
import type { CallRecord, EndpointOptions, FindKms } from './endpoint.ts';
import { type Credential, credentialFinder, type FindCredential } from './sigv4/credentials.ts';
import { createVerifier, type Head } from './sigv4/verify.ts';
import { acceptUnsigned } from './unsigned.ts';
import type { TlsConnection } from './wire.ts';

interface CommonOptions {
  /** Largest body, in bytes. Default 1 MiB. */
  maxBodyBytes?: number | undefined;
  /** Longest time that the body of a request may take, in milliseconds. Default 30 000. */
  maxBodyTime?: number | undefined;
  /** Origins whose pages may call. Default: `*`, as signatures are needed anyway; none without signatures. */
  allowedOrigins?: AllowedOrigins | undefined;
  /** The time by which signatures are judged, in milliseconds since 1970. Default `Date.now`. */
  clock?: (() => number) | undefined;
  /**
   * The client's address, for the trail: only the server knows it, or which header its proxy writes it to. Default: the trail
   * says `unknown`.
   */
  addressOf?: ((request: Request) => string | undefined) | undefined;
  /**
   * The client's TLS connection, for `tlsDetails` in the trail: only the server, or the proxy before it, knows it. Undefined for a
   * connection without TLS. Default: the trail says nothing of it.
   */
  tlsOf?: ((request: Request) => TlsConnection | undefined) | undefined;
  /** Told of every call when it has been answered, for a log. */
  onCall?: ((record: CallRecord) => void) | undefined;
}

export interface SignedOptions extends CommonOptions {
  /** Who may call: a list, or a function that finds a credential by its access key id. */
  credentials: readonly Credential[] | FindCredential;
  /** How far the date of a request may be from the clock, in minutes. Default 5. */
  toleranceMinutes?: number | undefined;
  unsignedOnLoopback?: undefined;
}

export interface UnsignedOptions extends CommonOptions {
  /** Takes every call as this principal's, without looking at signatures, where it was addressed to loopback. */
  unsignedOnLoopback: { principalArn: string; administrator?: boolean | undefined; region?: string | undefined };
  credentials?: undefined;
}

export type HandlerOptions = SignedOptions | UnsignedOptions;

export interface ReadOptions extends EndpointOptions {
  readonly maxBodyBytes: number;
  readonly maxBodyTime: number;
  readonly allowedOrigins: AllowedOrigins;
  readonly isSigned: boolean;
  /** False where a request will be refused whatever its body is. */
  readonly isPlausible: (head: Head) => Promise<boolean>;
}

const isRegion = (text: string): boolean => text.length <= 32 && /^([a-z]+-){2,3}\d+$/.test(text);

/** Names of the options that say who is let in, for those that they are a part of. */
export const frontNames = {
  maxBodyBytes: true,
  maxBodyTime: true,
  allowedOrigins: true,
  clock: true,
  credentials: true,
  toleranceMinutes: true,
  unsignedOnLoopback: true,
} as const;

/** Names of all options. */
export const handlerNames: Readonly<Record<keyof SignedOptions | keyof UnsignedOptions, true>> = {
  ...frontNames,
  addressOf: true,
  tlsOf: true,
  onCall: true,
};

/** @throws ValidationException */
export function readHandlerOptions(kms: Kms | FindKms, options: HandlerOptions): ReadOptions {
  const own = optionsReader<{ [K in keyof typeof handlerNames]?: unknown }>(options, handlerNames);
  if (typeof kms !== 'function') checkKms(kms);
  const clock = (own('clock') ?? Date.now) as () => number;
  checkFunctions({ clock, onCall: own('onCall'), addressOf: own('addressOf'), tlsOf: own('tlsOf') });
  const credentials = own('credentials') as SignedOptions['credentials'] | undefined;
  const unsigned = own('unsignedOnLoopback') as UnsignedOptions['unsignedOnLoopback'] | undefined;
  if ((credentials === undefined) === (unsigned === undefined))
    throw new ValidationException('Give either credentials, or unsignedOnLoopback.');
  checkOptions(unsigned, { principalArn: true, administrator: true, region: true }, 'unsignedOnLoopback');
  const findKms: FindKms = typeof kms === 'function' ? kms : () => kms;
  const hasRegion = typeof kms === 'function' ? isRegion : (region: string) => region === kms.scope.region;
  const verifier = credentials
    ? createVerifier({
        findCredential: credentialFinder(credentials),
        clock,
        toleranceMinutes: readNumber('toleranceMinutes', own('toleranceMinutes') ?? 5),
        hasRegion,
      })
    : undefined;
  return {
    authenticate:
      verifier?.verify ??
      acceptUnsigned({
        region: typeof kms === 'function' ? 'us-east-1' : kms.scope.region,
        ...(unsigned as UnsignedOptions['unsignedOnLoopback']),
      } as Parameters<typeof acceptUnsigned>[0]),
    isPlausible: verifier?.isPlausible ?? (async () => true),
    findKms,
    clock,
    onCall: own('onCall') as CommonOptions['onCall'],
    maxBodyBytes: readNumber('maxBodyBytes', own('maxBodyBytes') ?? bodyLimit),
    maxBodyTime: milliseconds('maxBodyTime', own('maxBodyTime'), bodyPatience),
    allowedOrigins: readOrigins(own('allowedOrigins') ?? (credentials ? '*' : [])),
    isSigned: credentials !== undefined,
  };
}

/** A text would be searched for origins, and find parts of itself. */
function readOrigins(given: unknown): AllowedOrigins {
  if (given === '*') return given;
  if (Array.isArray(given) && given.every((origin) => typeof origin === 'string')) return [...given];
  throw new ValidationException("allowedOrigins must be '*', or an array of origins such as https://app.example.com.");
}

function readNumber(name: string, value: unknown): number {
  if (typeof value === 'number' && value > 0 && Number.isFinite(value)) return value;
  throw new ValidationException(`${name} must be a positive number.`);
}
