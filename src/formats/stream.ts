// The header of an encrypted stream: which format, and the wrapped data key. One Cobblestone-256 message follows it. The
// wrapped key is not part of what the message commits to, so a stream can be wrapped anew without touching a chunk.
import { type Bytes, concat } from './bytes.ts';

/** First byte: told apart from a CiphertextBlob of ours (A1), of AWS (01), and from text (below 80). */
const format = 0xa2;
/** Cobblestone-256 under a data key of 32 bytes. */
const algorithm = 0x01;
/** Bytes before the wrapped data key: format, algorithm, and its length. */
export const fixedLength = 4;
/** Longest CiphertextBlob that AWS KMS gives or takes. */
export const mostWrappedKeyBytes = 6144;
/** Longest header. */
export const mostHeaderBytes: number = fixedLength + mostWrappedKeyBytes;

/** @param wrappedKey the CiphertextBlob of the data key, 1 to 6144 bytes */
export function encodeStreamHeader(wrappedKey: Uint8Array): Bytes {
  return concat(Uint8Array.of(format, algorithm, wrappedKey.length >>> 8, wrappedKey.length & 255), wrappedKey);
}

/**
 * How long a header is, from its first 4 bytes.
 * @returns undefined where no stream starts like this
 */
export function streamHeaderLength(start: Uint8Array): number | undefined {
  const [first, second, high, low] = start;
  if (first !== format || second !== algorithm || high === undefined || low === undefined) return undefined;
  const length = high * 256 + low;
  return length < 1 || length > mostWrappedKeyBytes ? undefined : fixedLength + length;
}

/**
 * The wrapped data key of a header.
 * @param start the beginning of a stream, or its header alone
 * @returns undefined where it is not a whole header
 */
export function parseStreamHeader(
  start: Uint8Array,
): { readonly header: Bytes; readonly wrappedKey: Bytes } | undefined {
  const length = streamHeaderLength(start);
  if (length === undefined || start.length < length) return undefined;
  const header = new Uint8Array(start.subarray(0, length));
  return { header, wrappedKey: header.subarray(fixedLength) };
}

/** What the message commits to: format, algorithm, and the serialised encryption context. */
export const streamContext = (encryptionContext: Uint8Array): Bytes =>
  concat(Uint8Array.of(format, algorithm), encryptionContext);
