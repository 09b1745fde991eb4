// What the store keeps of one call: everything that its CloudTrail record is made of, and nothing that such a record must not
// hold. Records themselves are made when somebody looks (record.ts), so that a call pays for as little as possible.

import type { Scope } from '../model/arn.ts';
import type { Caller } from '../model/caller.ts';

/** The connection that a call came over, in the words of CloudTrail. */
export interface TlsDetails {
  /** `TLSv1.3` */
  readonly tlsVersion: string;
  /** `TLS_AES_128_GCM_SHA256` */
  readonly cipherSuite: string;
  /** The Host header of the request. */
  readonly clientProvidedHostHeader: string;
}

/** Who made a call, from where, and in which account and Region. Calls of one caller share the object. */
export interface TrailContext {
  readonly accountId: string;
  readonly region: string;
  /** ARN of the principal; null for what the service does by itself. */
  readonly arn: string | null;
  /** The principal's own account. */
  readonly callerAccountId: string | null;
  readonly viaService: string | null;
  readonly accessKeyId: string | null;
  readonly sourceIPAddress: string;
  readonly userAgent: string;
  /** Absent where there was no TLS, or nobody knows. */
  readonly tlsDetails?: TlsDetails;
}

/** What CloudTrail gets to know of where a call came from. */
export interface CallOrigin {
  readonly accessKeyId: string | null;
  readonly sourceIPAddress: string;
  readonly userAgent: string;
  readonly tlsDetails?: TlsDetails | undefined;
}

/** Of calls that were made in this process, on this device. */
export const localOrigin: CallOrigin = { accessKeyId: null, sourceIPAddress: '127.0.0.1', userAgent: 'keyhaven' };

/** What the trail says of the calls of a caller. */
export const contextOf = (scope: Scope, caller: Caller, origin: CallOrigin): TrailContext => ({
  accountId: scope.accountId,
  region: scope.region,
  arn: caller.arn,
  callerAccountId: caller.accountId,
  viaService: caller.viaService ?? null,
  accessKeyId: origin.accessKeyId,
  sourceIPAddress: origin.sourceIPAddress,
  userAgent: origin.userAgent,
  ...(Object.hasOwn(origin, 'tlsDetails') && origin.tlsDetails ? { tlsDetails: copyTls(origin.tlsDetails) } : {}),
});

function copyTls(given: TlsDetails): TlsDetails {
  const own = (name: keyof TlsDetails): string => (Object.hasOwn(given, name) ? String(given[name]) : '');
  return {
    tlsVersion: own('tlsVersion'),
    cipherSuite: own('cipherSuite'),
    clientProvidedHostHeader: own('clientProvidedHostHeader'),
  };
}

/** Members of a request or reply, by their names in the API. Texts, numbers, flags, and lists and maps of them; never bytes. */
export type LoggedMembers = Readonly<Record<string, unknown>>;

/** One call, or one thing that the service did. Every member is own, so that a polluted prototype adds none. */
export interface TrailEvent {
  /** When it had ended, in milliseconds since 1970. */
  readonly at: number;
  readonly by: TrailContext;
  readonly name: string;
  /** Null for what the service does by itself. */
  readonly requestId: string | null;
  readonly parameters: LoggedMembers | null;
  /** Key ids and alias names, in the order of the record. */
  readonly resources: readonly string[];
  readonly error: { readonly code: string; readonly message: string } | null;
  /** Response elements beyond those that follow from the resources. */
  readonly elements: LoggedMembers | null;
  readonly additional: LoggedMembers | null;
  /** What the service did, and why. */
  readonly details: LoggedMembers | null;
}

/** The context of what the service does by itself. */
export const serviceContext = (accountId: string, region: string): TrailContext => ({
  accountId,
  region,
  arn: null,
  callerAccountId: null,
  viaService: null,
  accessKeyId: null,
  sourceIPAddress: 'AWS Internal',
  userAgent: 'AWS Internal',
});
