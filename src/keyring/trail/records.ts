// How the trail is kept, and what the store keeps of its digests and of the keys that sign them. Types only, because the tables of
// the keyring name them and everything of the trail knows the tables.

/** `strict`: an event is in the store before its result is given out. `grouped`: at the latest 100 ms afterwards. */
export type TrailMode = 'grouped' | 'strict';

export interface Retention {
  /** Days that an event is kept; Infinity for all. */
  readonly days: number;
  /** Events that are kept; Infinity for all. */
  readonly records: number;
}

/** A log file that a digest names: the sequence numbers that it is made of. */
export interface KeptLog {
  readonly object: string;
  readonly from: number;
  readonly to: number;
  readonly hash: string;
  /** `recordForm` when it was signed. Missing in those of the first form. */
  readonly form?: number;
}

/** A digest as the store keeps it. */
export interface KeptDigest {
  /** Counts the digests of a place from 1. */
  readonly number: number;
  /** Sequence number of the last record that it covers. */
  readonly last: number;
  /** When its period ends, in milliseconds since 1970. */
  readonly end: number;
  readonly object: string;
  /** The file, before it is compressed. */
  readonly body: string;
  readonly signature: string;
  readonly logs: readonly KeptLog[];
}

/** The public half of the key that signs the digests of an account and Region. */
export interface SigningKeyRecord {
  /** SubjectPublicKeyInfo, base64. */
  readonly spki: string;
  readonly createdAt: number;
  /** The private half, sealed, base64; null where the row holds it as a CryptoKey. */
  readonly sealed: string | null;
  /** Keys of before: the keyring was moved to where they could not follow. */
  readonly former: readonly { readonly spki: string; readonly createdAt: number; readonly endedAt: number }[];
}
