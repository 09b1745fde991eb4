// Values as bytes and back, with their types. What is plain JSON is kept as JSON; all else that structured clone takes goes
// through devalue, with bytes and blobs behind its text. The first byte says which. See docs/formats.md.
import { parse, stringify } from 'devalue';
import { concat, utf8 } from '../formats/bytes.ts';
import { StoreCorrupt } from '../model/errors/index.ts';
import type { Bytes } from '../model/shape.ts';
import type { Soon } from './answer.ts';
import { plainCopy } from './plain-copy.ts';
import { isPlainJson } from './plain-json.ts';
import { hasInstance, type Part, reducer, reviver } from './value-kinds.ts';

const formatJson = 1;
const formatDevalue = 2;
/** Added to the format where padding follows: a byte 80 and zeros. */
const paddedFlag = 0x80;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * Encodes a value as it is now; a later change does not reach the result.
 * @returns at once, unless there are blobs, whose bytes only come later
 * @throws DOMException `DataCloneError` where the value holds what cannot be stored
 */
export function encodeValue(value: unknown): Soon<Bytes> {
  if (isPlainJson(value)) return jsonBytes(JSON.stringify(value));
  const parts: Part[] = [];
  const text = utf8(describe(value, parts));
  if (!parts.some((part) => part instanceof Blob)) return assemble(text, parts as Bytes[]);
  const read = parts.map(async (part) =>
    part instanceof Blob ? (new Uint8Array(await part.arrayBuffer()) as Bytes) : part,
  );
  return Promise.all(read).then((bytes) => assemble(text, bytes));
}

/** Text is at most three bytes a unit; encoding straight into its place saves a copy. */
function jsonBytes(text: string): Bytes {
  const room = new Uint8Array(1 + 3 * text.length);
  const { written } = encoder.encodeInto(text, room.subarray(1));
  room[0] = formatJson;
  return room.subarray(0, 1 + written);
}

const noBytes = (parts: readonly Part[]): Uint8Array[] => parts.map(() => new Uint8Array());
const kindsWithMembers: readonly string[] = ['error', 'list', 'object'];

function describe(value: unknown, parts: Part[], isCopied = false): string {
  let hasMembers = false;
  const k = (each: unknown) => {
    const described = reducer(each, parts, isCopied);
    hasMembers ||= described !== undefined && kindsWithMembers.includes(described[0]);
    return described;
  };
  try {
    const text = stringify(value, { k });
    // An error that is its own cause, say, could be written and not be read.
    if (hasMembers) parse(text, { k: (described: unknown) => reviver(described, noBytes(parts)) });
    return text;
  } catch (error) {
    if (error === hasInstance) {
      parts.length = 0;
      return describe(plainCopy(value), parts, true);
    }
    if (error instanceof DOMException) throw error;
    const { message, path } = error as { message?: string; path?: string };
    const place = path === undefined || path === '' ? 'The value' : `The value's member ${path}`;
    throw new DOMException(`${place} cannot be stored: ${message ?? 'it has no bytes'}.`, 'DataCloneError');
  }
}

function assemble(text: Bytes, parts: readonly Bytes[]): Bytes {
  return concat(Uint8Array.of(formatDevalue), ...[text, ...parts].flatMap((part) => [uint32(part.length), part]));
}

/** @param bytes as `encodeValue` and `pad` gave them, after they were opened */
export function decodeValue(bytes: Uint8Array): unknown {
  try {
    const format = bytes[0] as number;
    const end = format & paddedFlag ? unpaddedLength(bytes) : bytes.length;
    if ((format & ~paddedFlag) === formatJson) return JSON.parse(decoder.decode(bytes.subarray(1, end)));
    if ((format & ~paddedFlag) !== formatDevalue) throw new RangeError('unknown format');
    const [text, ...parts] = split(bytes.subarray(1, end));
    return parse(decoder.decode(text), { k: (described: unknown) => reviver(described, parts) });
  } catch {
    // It was authentic, so it was written so: by a version that knows more, or by a mistake of ours.
    throw new StoreCorrupt('A record opens, and its value is in a format that this version does not know.');
  }
}

/**
 * Decodes many values that lie one right behind the other; their bytes are overwritten. Where all are JSON without padding, which is
 * the common case, their format bytes become commas, and all are parsed in one go: three times as fast as one by one.
 */
export function decodeValues(packed: Uint8Array, lengths: readonly number[]): unknown[] {
  let isJson = lengths.length > 1;
  for (let i = 0, at = 0; isJson && i < lengths.length; at += lengths[i++] as number)
    isJson = packed[at] === formatJson && (lengths[i] as number) > 1;
  if (isJson) {
    for (let i = 0, at = 0; i < lengths.length; at += lengths[i++] as number) packed[at] = i === 0 ? 0x5b : 0x2c;
    const values: unknown[] = JSON.parse(`${decoder.decode(packed)}]`);
    packed.fill(0);
    if (values.length !== lengths.length)
      throw new StoreCorrupt('Records open, and their values are not what was written.');
    return values;
  }
  let end = 0;
  return lengths.map((length) => {
    end += length;
    return decodeValue(packed.subarray(end - length, end));
  });
}

function split(bytes: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let offset = 0; offset < bytes.length; ) {
    const end = offset + 4 + view.getUint32(offset, false);
    if (end > bytes.length) throw new RangeError('a part is cut off');
    parts.push(bytes.subarray(offset + 4, end));
    offset = end;
  }
  return parts;
}

/** Lengthens an encoded value to `length` bytes, at least one more than it has. */
export function pad(bytes: Bytes, length: number): Bytes {
  const padded = new Uint8Array(length);
  padded.set(bytes);
  padded[0] = (padded[0] as number) | paddedFlag;
  padded[bytes.length] = 0x80;
  return padded;
}

/** The encoded value as it was before `pad`, in the same memory. */
export function unpad(bytes: Bytes): Bytes {
  const format = bytes[0] as number;
  if ((format & paddedFlag) === 0) return bytes;
  const end = unpaddedLength(bytes);
  bytes[0] = format & ~paddedFlag;
  return bytes.subarray(0, end);
}

function unpaddedLength(bytes: Uint8Array): number {
  let end = bytes.length - 1;
  while (end > 0 && bytes[end] === 0) end--;
  if (bytes[end] !== 0x80) throw new RangeError('no padding');
  return end;
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, false);
  return bytes;
}
