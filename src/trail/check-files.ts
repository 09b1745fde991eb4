// Checking exported files without the store that they came from: the place, signature and chain of every digest, and the hash of
// every log file, as `aws cloudtrail validate-logs` does it. Also for files that AWS itself wrote.
import { fromHex } from '../formats/bytes.ts';
import { encodeSpki } from '../formats/key-der.ts';
import { verifyDigestSignature } from '../keys/digest-key.ts';
import type { Bytes } from '../model/shape.ts';
import { type Digest, fingerprintOf, hexSha256, stringToSign } from './digest.ts';
import { gunzip } from './gzip.ts';

/** A file of a trail as it lies in a bucket. */
export interface TrailFile {
  readonly bucket: string;
  /** Name of the object. */
  readonly object: string;
  /** Compressed with gzip, or not. */
  readonly body: Bytes;
  /** `x-amz-meta-...` of the object: `signature` and `signature-algorithm` of a digest. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** As ListPublicKeys of CloudTrail gives them. */
export interface TrailPublicKey {
  /** RSAPublicKey (PKCS#1) as DER. */
  readonly Value: Bytes;
  readonly Fingerprint: string;
  readonly ValidityStartTime: Date;
  readonly ValidityEndTime: Date;
}

export type FileProblemKind =
  /** No digest can be read from it. */
  | 'invalid-format'
  /** The digest was signed for another place. */
  | 'moved'
  /** No key has the digest's fingerprint. */
  | 'unknown-key'
  /** The signature is not one of the key over this digest. */
  | 'bad-signature'
  /** The hash that the next digest names is not this file's. */
  | 'changed-digest'
  /** A digest that the next one names is not there. */
  | 'missing-digest'
  | 'missing-log'
  /** The hash of a log is not the one that its digest names. */
  | 'changed-log'
  /** No digest names the log. */
  | 'unlisted-log';

export interface FileProblem {
  readonly kind: FileProblemKind;
  readonly object: string;
}

export interface FilesReport {
  readonly isValid: boolean;
  readonly problems: readonly FileProblem[];
  readonly digests: number;
  readonly logs: number;
  /** Beginnings of chains. More than one: digests were stopped for a while, or some are missing. */
  readonly chains: number;
}

interface ReadDigest {
  readonly file: TrailFile;
  readonly digest: Digest;
  readonly body: Bytes;
}

/**
 * Checks the files of a trail.
 * @param files log files and digests, in any order
 * @param publicKeys keys that digests may be signed with, from a source that you trust
 */
export async function checkTrailFiles(
  files: Iterable<TrailFile>,
  publicKeys: Iterable<Pick<TrailPublicKey, 'Value'>>,
): Promise<FilesReport> {
  const keys = new Map(Array.from(publicKeys, ({ Value }) => [fingerprintOf(Value), Value]));
  const problems: FileProblem[] = [];
  const digests = new Map<string, ReadDigest>();
  const logs = new Map<string, TrailFile>();
  const nameOf = (bucket: string, object: string): string => `${bucket}/${object}`;
  for (const file of files) {
    if (!/\/CloudTrail-Digest\//.test(`/${file.object}`)) {
      logs.set(nameOf(file.bucket, file.object), file);
      continue;
    }
    const read = await readDigest(file);
    if (read === undefined) problems.push({ kind: 'invalid-format', object: file.object });
    else digests.set(nameOf(file.bucket, file.object), read);
  }
  const listed = new Set<string>();
  let chains = 0;
  for (const read of digests.values()) {
    const { file, digest } = read;
    const kind = await faultOf(read, keys);
    if (kind !== undefined) problems.push({ kind, object: file.object });
    const { previousDigestS3Bucket: bucket, previousDigestS3Object: object } = digest;
    if (bucket === null || object === null) chains++;
    else {
      const previous = digests.get(nameOf(bucket, object));
      if (previous === undefined) problems.push({ kind: 'missing-digest', object });
      else if (!isNamed(previous, digest)) problems.push({ kind: 'changed-digest', object });
    }
    for (const { s3Bucket, s3Object, hashValue } of digest.logFiles) {
      listed.add(nameOf(s3Bucket, s3Object));
      const log = logs.get(nameOf(s3Bucket, s3Object));
      if (log === undefined) problems.push({ kind: 'missing-log', object: s3Object });
      else if (hexSha256((await plainOf(log.body)) ?? new Uint8Array(0)) !== hashValue)
        problems.push({ kind: 'changed-log', object: s3Object });
    }
  }
  for (const [name, { object }] of logs) if (!listed.has(name)) problems.push({ kind: 'unlisted-log', object });
  return { isValid: problems.length === 0, problems, digests: digests.size, logs: logs.size, chains };
}

async function faultOf({ file, digest, body }: ReadDigest, keys: ReadonlyMap<string, Bytes>) {
  if (digest.digestS3Bucket !== file.bucket || digest.digestS3Object !== file.object) return 'moved';
  const key = keys.get(digest.digestPublicKeyFingerprint);
  if (key === undefined) return 'unknown-key';
  const signature = Object.hasOwn(file.metadata, 'signature') ? (file.metadata['signature'] ?? '') : '';
  const isHex = /^([0-9a-f]{2})+$/i.test(signature);
  const spki = encodeSpki('RSA_2048', key);
  const isSigned = isHex && (await verifyDigestSignature(spki, fromHex(signature), stringToSign(digest, body)));
  return isSigned ? undefined : 'bad-signature';
}

function isNamed({ file, body }: ReadDigest, next: Digest): boolean {
  return (
    hexSha256(body) === next.previousDigestHashValue && file.metadata['signature'] === next.previousDigestSignature
  );
}

async function readDigest(file: TrailFile): Promise<ReadDigest | undefined> {
  const body = await plainOf(file.body);
  if (body === undefined) return undefined;
  try {
    const digest: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body));
    return isDigest(digest) ? { file, digest, body } : undefined;
  } catch {
    return undefined;
  }
}

const texts = ['digestStartTime', 'digestEndTime', 'digestS3Bucket', 'digestS3Object', 'digestPublicKeyFingerprint'];
const textsOrNull = [
  'previousDigestS3Bucket',
  'previousDigestS3Object',
  'previousDigestHashValue',
  'previousDigestSignature',
];

function isDigest(value: unknown): value is Digest {
  if (typeof value !== 'object' || value === null) return false;
  const own = (name: string): unknown =>
    Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
  const logs = own('logFiles');
  return (
    texts.every((name) => typeof own(name) === 'string') &&
    textsOrNull.every((name) => own(name) === null || typeof own(name) === 'string') &&
    Array.isArray(logs) &&
    logs.every(
      (log: unknown) =>
        typeof log === 'object' &&
        log !== null &&
        ['s3Bucket', 's3Object', 'hashValue'].every(
          (name) => Object.hasOwn(log, name) && typeof (log as Record<string, unknown>)[name] === 'string',
        ),
    )
  );
}

/** The content of a file; undefined where it says that it is compressed, and is not. */
async function plainOf(body: Bytes): Promise<Bytes | undefined> {
  return body[0] === 0x1f && body[1] === 0x8b ? gunzip(body) : body;
}
