// A record sealed under a cached data key: 13 bytes, the ciphertext, a tag of 16. See docs/formats.md.
import type { Bytes } from './bytes.ts';

/** First byte of a record. */
const format = 0xa3;
export const recordHeaderLength = 13;
/** A record is so many bytes longer than its plaintext. */
export const recordOverhead = 29;
/** Bytes of a data key's id. */
export const dataKeyIdLength = 8;
/** Most records under one data key: the counter has 32 bits. */
export const mostRecordsPerKey: number = 2 ** 32;

/** A data key's id as two numbers of 32 bits: comparing them costs less than making text of them. */
export interface DataKeyId {
  readonly high: number;
  readonly low: number;
}

const uint32 = (bytes: Uint8Array, offset: number): number =>
  (((bytes[offset] as number) << 24) |
    ((bytes[offset + 1] as number) << 16) |
    ((bytes[offset + 2] as number) << 8) |
    (bytes[offset + 3] as number)) >>>
  0;

export function putUint32(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 24;
  bytes[offset + 1] = value >>> 16;
  bytes[offset + 2] = value >>> 8;
  bytes[offset + 3] = value;
}

/** @param id 8 bytes */
export const dataKeyId = (id: Uint8Array): DataKeyId => ({ high: uint32(id, 0), low: uint32(id, 4) });

export const dataKeyIdHex = ({ high, low }: DataKeyId): string =>
  high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');

/** Writes the header of the record with this number under its data key. */
export function putRecordHeader(record: Uint8Array, id: DataKeyId, counter: number): void {
  record[0] = format;
  putUint32(record, 1, id.high);
  putUint32(record, 5, id.low);
  putUint32(record, 9, counter);
}

/** The data key of a record, or undefined where it is not a record. */
export function recordKeyId(record: Uint8Array): DataKeyId | undefined {
  return record.length < recordOverhead || record[0] !== format
    ? undefined
    : { high: uint32(record, 1), low: uint32(record, 5) };
}

/** True where both are records of one data key, the first being one. */
export function hasSameKey(record: Uint8Array, other: Uint8Array): boolean {
  if (other.length < recordOverhead) return false;
  for (let i = 0; i < 1 + dataKeyIdLength; i++) if (record[i] !== other[i]) return false;
  return true;
}

/** Writes the nonce of a record: eight zero bytes and its number. The data key is never used by anyone else. */
export function putNonce(nonce: Bytes, counter: number): void {
  putUint32(nonce, 8, counter);
}

export const recordCounter = (record: Uint8Array): number => uint32(record, 9);
