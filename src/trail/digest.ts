// Digest files of CloudTrail: what they say, where they lie, and what is signed of them.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
import { md5 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { toHex, utf8 } from '../formats/bytes.ts';
import type { Bytes } from '../model/shape.ts';

/** Where log files and digests lie. */
export interface TrailPlace {
  readonly accountId: string;
  readonly region: string;
  readonly bucket: string;
  /** Before the first `/` of every object's name; empty for none. */
  readonly prefix: string;
  readonly trailName: string;
}

export interface DigestedLog {
  readonly s3Bucket: string;
  readonly s3Object: string;
  /** SHA-256 of the file before it was compressed, hex. */
  readonly hashValue: string;
  readonly hashAlgorithm: 'SHA-256';
  readonly newestEventTime: string;
  readonly oldestEventTime: string;
}

export interface Digest {
  readonly awsAccountId: string;
  readonly digestStartTime: string;
  readonly digestEndTime: string;
  readonly digestS3Bucket: string;
  readonly digestS3Object: string;
  readonly digestPublicKeyFingerprint: string;
  readonly digestSignatureAlgorithm: 'SHA256withRSA';
  readonly newestEventTime: string | null;
  readonly oldestEventTime: string | null;
  readonly previousDigestS3Bucket: string | null;
  readonly previousDigestS3Object: string | null;
  readonly previousDigestHashValue: string | null;
  readonly previousDigestHashAlgorithm: 'SHA-256' | null;
  readonly previousDigestSignature: string | null;
  readonly logFiles: readonly DigestedLog[];
}

/** What the next digest says of the one before. */
export interface PreviousDigest {
  readonly bucket: string;
  readonly object: string;
  readonly hash: string;
  readonly signature: string;
}

export const hexSha256 = (bytes: Uint8Array): string => toHex(sha256(bytes));

/** CloudTrail's name of a public key. @param pkcs1 RSAPublicKey as DER. MD5 names here, and protects nothing */
export const fingerprintOf = (pkcs1: Uint8Array): string => toHex(md5(pkcs1));

/** The bytes that are signed. @param body the digest file before it is compressed */
export function stringToSign(
  digest: Pick<Digest, 'digestEndTime' | 'digestS3Bucket' | 'digestS3Object' | 'previousDigestSignature'>,
  body: Uint8Array,
): Bytes {
  const { digestEndTime, digestS3Bucket, digestS3Object, previousDigestSignature } = digest;
  const previous = previousDigestSignature ?? 'null';
  return utf8([digestEndTime, `${digestS3Bucket}/${digestS3Object}`, hexSha256(body), previous].join('\n'));
}

const begin = ({ prefix, accountId }: TrailPlace): string =>
  `${prefix === '' ? '' : `${prefix}/`}AWSLogs/${accountId}/`;
/** `20260105T100000` */
const compact = (time: string): string => time.slice(0, 19).replace(/[-:]/g, '');
const dayOf = (time: string): string => time.slice(0, 10).replaceAll('-', '/');

/** @param end of the digest's period, `YYYY-MM-DDTHH:MM:SSZ` */
export function digestObject(place: TrailPlace, end: string): string {
  const { accountId, region, trailName } = place;
  const name = `${accountId}_CloudTrail-Digest_${region}_${trailName}_${region}_${compact(end)}Z.json.gz`;
  return `${begin(place)}CloudTrail-Digest/${region}/${dayOf(end)}/${name}`;
}

/**
 * @param time of the first record, `YYYY-MM-DDTHH:MM:SSZ`
 * @param unique 16 letters and digits
 */
export function logObject(place: TrailPlace, time: string, unique: string): string {
  const { accountId, region } = place;
  const name = `${accountId}_CloudTrail_${region}_${compact(time).slice(0, 13)}Z_${unique}.json.gz`;
  return `${begin(place)}CloudTrail/${region}/${dayOf(time)}/${name}`;
}

/** The newest and the oldest of times of one form, null where there are none. */
export function span(times: readonly string[]): { newest: string | null; oldest: string | null } {
  const sorted = [...times].sort();
  return { newest: sorted.at(-1) ?? null, oldest: sorted[0] ?? null };
}

export function newDigest(
  place: TrailPlace,
  period: { readonly start: string; readonly end: string },
  fingerprint: string,
  logFiles: readonly DigestedLog[],
  previous: PreviousDigest | undefined,
): Digest {
  const newest = span(logFiles.map(({ newestEventTime }) => newestEventTime)).newest;
  const oldest = span(logFiles.map(({ oldestEventTime }) => oldestEventTime)).oldest;
  return {
    awsAccountId: place.accountId,
    digestStartTime: period.start,
    digestEndTime: period.end,
    digestS3Bucket: place.bucket,
    digestS3Object: digestObject(place, period.end),
    digestPublicKeyFingerprint: fingerprint,
    digestSignatureAlgorithm: 'SHA256withRSA',
    newestEventTime: newest,
    oldestEventTime: oldest,
    previousDigestS3Bucket: previous?.bucket ?? null,
    previousDigestS3Object: previous?.object ?? null,
    previousDigestHashValue: previous?.hash ?? null,
    previousDigestHashAlgorithm: previous ? 'SHA-256' : null,
    previousDigestSignature: previous?.signature ?? null,
    logFiles,
  };
}
