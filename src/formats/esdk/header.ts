// The header of a message, versions 1 and 2: suite, message id, stored encryption context, encrypted data keys, how the body is
// cut, and the commitment. What authenticates it stands behind its body.
// https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/message-format.html
import { ByteReader, BytesMissing } from '../byte-reader.ts';
import { type Bytes, concat } from '../bytes.ts';
import { decodeEncryptionContext, type EncryptionContext } from '../encryption-context.ts';
import { type EncryptedDataKey, encodeDataKey, readDataKey } from './data-keys.ts';
import { uint16, uint32 } from './integers.ts';
import { type AlgorithmSuite, messageIdLength, suiteOf } from './suites.ts';

/** The encryption context of a message, serialised, has a length of 2 bytes. */
export const mostContextBytes = 0xffff;
/** So many data keys can be counted. */
export const mostDataKeys = 0xffff;

const ivLength = 12;
const commitKeyLength = 32;
/** Version 1 names its type: customer authenticated encrypted data. */
const type = 0x80;
const unframed = 1;
const framed = 2;

/** What a header says. */
export interface HeaderFields {
  readonly suite: AlgorithmSuite;
  readonly messageId: Bytes;
  readonly encryptionContext: EncryptionContext;
  readonly encryptedDataKeys: readonly EncryptedDataKey[];
  /** Plaintext bytes of a regular frame; undefined where the body is a single block. */
  readonly frameLength: number | undefined;
  /** Of suites that commit to their key. */
  readonly commitKey: Bytes | undefined;
}

export interface ParsedHeader extends HeaderFields {
  /** Whether the pairs of the context stand in the order of their keys' bytes, as every SDK of today writes them. */
  readonly isContextSorted: boolean;
  /** The bytes that the tag authenticates. */
  readonly body: Bytes;
  readonly iv: Bytes;
  readonly tag: Bytes;
  /** Length of the whole: body, IV (version 1 only) and tag. */
  readonly length: number;
}

/** Why bytes are not a header. */
export type HeaderProblem =
  | { readonly problem: 'incomplete'; readonly needed: number }
  | { readonly problem: 'malformed' | 'too many data keys' };

export const isProblem = (parsed: ParsedHeader | HeaderProblem): parsed is HeaderProblem =>
  Object.hasOwn(parsed, 'problem');

/** @param context the stored encryption context, serialised */
export function encodeHeaderBody(fields: Omit<HeaderFields, 'encryptionContext'>, context: Bytes): Bytes {
  const { suite, messageId, encryptedDataKeys, frameLength, commitKey } = fields;
  const contentType = Uint8Array.of(frameLength === undefined ? unframed : framed);
  const start = suite.version === 1 ? Uint8Array.of(1, type) : Uint8Array.of(2);
  return concat(
    start,
    uint16(suite.id),
    messageId,
    uint16(context.length),
    context,
    uint16(encryptedDataKeys.length),
    ...encryptedDataKeys.map(encodeDataKey),
    contentType,
    ...(suite.version === 1 ? [uint32(0), Uint8Array.of(ivLength)] : []),
    uint32(frameLength ?? 0),
    ...(commitKey === undefined ? [] : [commitKey]),
  );
}

/** What stands behind the body: in version 1 the IV, of zeros, is written out. */
export const encodeHeaderAuthentication = ({ version }: AlgorithmSuite, tag: Bytes): Bytes =>
  version === 1 ? concat(headerIv, tag) : tag;
/** Frames count from 1, so that no frame has the IV of the header. */
export const headerIv: Bytes = new Uint8Array(ivLength);

/**
 * Reads a header, strictly, but for the order of the context: some old writers kept that of the caller.
 * @param start the beginning of a message; everything given back is a view of it
 * @param mostKeys more encrypted data keys than this are refused as soon as their number is known
 */
export function parseHeader(start: Bytes, mostKeys: number = mostDataKeys): ParsedHeader | HeaderProblem {
  try {
    return readHeader(new ByteReader(start), start, mostKeys);
  } catch (error) {
    if (error instanceof BytesMissing) return { problem: 'incomplete', needed: error.needed };
    // Text that is not UTF-8.
    if (error instanceof TypeError) return { problem: 'malformed' };
    throw error;
  }
}

function readHeader(reader: ByteReader, start: Bytes, mostKeys: number): ParsedHeader | HeaderProblem {
  const malformed = { problem: 'malformed' } as const;
  const version = reader.uint8();
  if (version !== 1 && version !== 2) return malformed;
  if (version === 1 && reader.uint8() !== type) return malformed;
  const suite = suiteOf(reader.uint16());
  if (suite?.version !== version) return malformed;
  const messageId = reader.take(messageIdLength(suite));
  const context = decodeEncryptionContext(reader.field());
  if (context === undefined) return malformed;
  const { pairs: encryptionContext, isSorted: isContextSorted } = context;
  const count = reader.uint16();
  if (count === 0) return malformed;
  if (count > mostKeys) return { problem: 'too many data keys' };
  const encryptedDataKeys: EncryptedDataKey[] = [];
  while (encryptedDataKeys.length < count) encryptedDataKeys.push(readDataKey(reader));
  const contentType = reader.uint8();
  if (version === 1 && (reader.uint32() !== 0 || reader.uint8() !== ivLength)) return malformed;
  const length = reader.uint32();
  const isFramed = contentType === framed;
  if ((!isFramed && contentType !== unframed) || isFramed !== length > 0) return malformed;
  const commitKey = version === 2 ? reader.take(commitKeyLength) : undefined;
  const body = start.subarray(0, reader.offset);
  const iv = version === 1 ? reader.take(ivLength) : headerIv;
  const tag = reader.take(16);
  const frameLength = isFramed ? length : undefined;
  const fields = { suite, messageId, encryptionContext, encryptedDataKeys, frameLength, commitKey };
  return { ...fields, isContextSorted, body, iv, tag, length: reader.offset };
}
