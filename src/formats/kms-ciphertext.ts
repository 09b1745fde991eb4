// The CiphertextBlob of symmetric keys: a header of 51 bytes that names key and material, then one message of one of two algorithms,
// whose context is the header and the encryption context. See docs/formats.md.
import { type Bytes, concat, fromHex, toHex } from './bytes.ts';
import { chunkCount } from './cobblestone.ts';
import { isSeriesLength } from './message-series.ts';

/** First byte: told apart from AWS's own blobs (01) and from text (below 80). */
const format = 0xa1;
/** How the message behind the header is sealed. */
const algorithms = {
  /** Cobblestone-256 under an HMAC-SHA-512 key: each message has keys of its own. */
  message: 0x01,
  /** AES-256-GCM under the key of a series of messages. */
  series: 0x02,
} as const;
export type BlobAlgorithm = keyof typeof algorithms;
export const headerLength = 51;
/** Longest blob that AWS KMS takes. */
export const mostBlobBytes = 6144;

/** Which key a blob was made under. */
export interface BlobHeader {
  readonly isMultiRegion: boolean;
  /** 32 hex digits: those of the key id. */
  readonly keyIdHex: string;
  /** 64 hex digits. */
  readonly materialId: string;
}

export function encodeHeader(header: BlobHeader, algorithm: BlobAlgorithm): Bytes {
  const kind = header.isMultiRegion ? 1 : 0;
  return concat(
    Uint8Array.of(format, algorithms[algorithm], kind),
    fromHex(header.keyIdHex),
    fromHex(header.materialId),
  );
}

export interface ParsedBlob extends BlobHeader {
  readonly algorithm: BlobAlgorithm;
  /** The header's bytes, as they are authenticated. */
  readonly header: Bytes;
  readonly message: Bytes;
}

/** Takes a blob apart; undefined where it is not one of ours. Lengths are checked before any work. */
export function parseBlob(blob: Bytes): ParsedBlob | undefined {
  if (blob.length < headerLength || blob.length > mostBlobBytes) return undefined;
  const [first, second, kind] = blob;
  if (first !== format || (kind !== 0 && kind !== 1)) return undefined;
  const algorithm = second === algorithms.message ? 'message' : second === algorithms.series ? 'series' : undefined;
  if (algorithm === undefined) return undefined;
  const message = blob.subarray(headerLength);
  const isWhole = algorithm === 'message' ? chunkCount(message.length) === 1 : isSeriesLength(message.length);
  if (!isWhole) return undefined;
  return {
    algorithm,
    isMultiRegion: kind === 1,
    keyIdHex: toHex(blob.subarray(3, 19)),
    materialId: toHex(blob.subarray(19, headerLength)),
    header: blob.subarray(0, headerLength),
    message,
  };
}
