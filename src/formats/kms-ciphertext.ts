// The CiphertextBlob of symmetric keys: a header of 51 bytes that names key and material, then one Cobblestone-256
// message whose context is the header and the encryption context. See docs/formats.md.
import { type Bytes, concat, fromHex, toHex } from './bytes.ts';
import { chunkCount } from './cobblestone.ts';

/** First byte: told apart from AWS's own blobs (01) and from text (below 80). */
const format = 0xa1;
/** Cobblestone-256 under an HMAC-SHA-512 key: each message has keys of its own. */
const algorithm = 0x01;
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

export function encodeHeader(header: BlobHeader): Bytes {
  const kind = header.isMultiRegion ? 1 : 0;
  return concat(Uint8Array.of(format, algorithm, kind), fromHex(header.keyIdHex), fromHex(header.materialId));
}

export interface ParsedBlob extends BlobHeader {
  /** The header's bytes, as they are authenticated. */
  readonly header: Bytes;
  readonly message: Bytes;
}

/** Takes a blob apart; undefined where it is not one of ours. Lengths are checked before any work. */
export function parseBlob(blob: Bytes): ParsedBlob | undefined {
  if (blob.length < headerLength || blob.length > mostBlobBytes) return undefined;
  const [first, second, kind] = blob;
  if (first !== format || second !== algorithm || (kind !== 0 && kind !== 1)) return undefined;
  const message = blob.subarray(headerLength);
  if (chunkCount(message.length) !== 1) return undefined;
  return {
    isMultiRegion: kind === 1,
    keyIdHex: toHex(blob.subarray(3, 19)),
    materialId: toHex(blob.subarray(19, headerLength)),
    header: blob.subarray(0, headerLength),
    message,
  };
}
