// Parts that the requests and replies of many operations share, in the shapes of @aws-sdk/client-kms.
import type { ResponseMetadata } from '../errors/index.ts';

/** What every reply carries beside its members. */
export interface Reply {
  $metadata: ResponseMetadata;
}

/** Second argument of every method, as the AWS SDK takes it. */
export interface CallOptions {
  /** Ends the wait with an AbortError. A change that is being written then may still happen. */
  abortSignal?: { readonly aborted: boolean } | undefined;
  /** Ends the wait with a TimeoutError after so many milliseconds. */
  requestTimeout?: number | undefined;
}

export interface Tag {
  TagKey: string | undefined;
  TagValue: string | undefined;
}

/** Nitro enclaves; refused with UnsupportedOperationException. */
export interface RecipientInfo {
  KeyEncryptionAlgorithm?: 'RSAES_OAEP_SHA_256' | undefined;
  AttestationDocument?: Uint8Array | undefined;
}

/** What every cryptographic operation takes. */
export interface CipherInput {
  GrantTokens?: string[] | undefined;
  /** Checks everything and does nothing: ends with DryRunOperationException where the call would have succeeded. */
  DryRun?: boolean | undefined;
}

export interface PageInput {
  /** Entries of a page, 1 to 1000; each listing has its own maximum and gives pages of at most that. */
  Limit?: number | undefined;
  /** `NextMarker` of the page before. */
  Marker?: string | undefined;
}

export interface PageOutput extends Reply {
  Truncated: boolean;
  /** There only where `Truncated` is true. */
  NextMarker?: string;
}
