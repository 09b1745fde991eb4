// Encryption contexts as bytes: the serialisation of the AWS Encryption SDK.
// https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/body-aad-reference.html
import { ValidationException } from '../model/errors/index.ts';
import { ByteReader, BytesMissing } from './byte-reader.ts';
import { type Bytes, compareBytes, concat, utf8 } from './bytes.ts';

/** Pairs of key and value, in any order. */
export type EncryptionContext = readonly (readonly [key: string, value: string])[];

const none = new Uint8Array(0);

/** AWS KMS allows 8192 bytes of context, lengths included. */
const mostKmsBytes = 8192;

/**
 * Serialises a context: nothing at all where it is empty, else a 2-byte count and length-prefixed pairs in the order of the
 * UTF-8 bytes of the keys. Two contexts give the same bytes if and only if they are equal.
 * @param mostBytes the longest result
 * @throws ValidationException where text is not well-formed Unicode (two different lone surrogates would give the same
 * bytes), a key comes twice, or the whole is longer than `mostBytes`
 */
export function encodeEncryptionContext(context: EncryptionContext, mostBytes: number = mostKmsBytes): Bytes {
  const tooLong = (): ValidationException =>
    new ValidationException(
      `EncryptionContext is longer than ${mostBytes} bytes when serialised. Bind a digest of the long part instead.`,
    );
  if (context.length === 0) return none;
  // Each pair takes at least its four bytes of lengths: bounded before any work.
  if (context.length > mostBytes / 4) throw tooLong();
  const pairs = context.map(([key, value]) => {
    if (!isWellFormed(key) || !isWellFormed(value)) {
      throw new ValidationException('EncryptionContext must be well-formed Unicode: it holds a lone surrogate.');
    }
    if (key.length > mostBytes || value.length > mostBytes) throw tooLong();
    return { key: utf8(key), value: utf8(value) };
  });
  pairs.sort((a, b) => compareBytes(a.key, b.key));
  for (let i = 1; i < pairs.length; i++) {
    const [previous, pair] = [pairs[i - 1], pairs[i]];
    if (previous && pair && compareBytes(previous.key, pair.key) === 0) {
      throw new ValidationException('EncryptionContext has the same key twice.');
    }
  }
  const bytes = concat(
    uint16(pairs.length),
    ...pairs.flatMap(({ key, value }) => [uint16(key.length), key, uint16(value.length), value]),
  );
  if (bytes.length > mostBytes) throw tooLong();
  return bytes;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A context as its bytes have it. */
export interface DecodedContext {
  /** In the order in which they stand. */
  readonly pairs: EncryptionContext;
  /** Whether that is the order in which `encodeEncryptionContext` writes them. */
  readonly isSorted: boolean;
}

/** @returns undefined where the bytes are no serialisation: cut, too long, not UTF-8, empty in another way, a key twice */
export function decodeEncryptionContext(bytes: Bytes): DecodedContext | undefined {
  const pairs = new Map<string, string>();
  let isSorted = true;
  if (bytes.length === 0) return { pairs: [], isSorted };
  const reader = new ByteReader(bytes);
  try {
    const count = reader.uint16();
    let previous: Bytes | undefined;
    while (pairs.size < count) {
      const key = reader.field();
      const name = decoder.decode(key);
      if (pairs.has(name)) return undefined;
      pairs.set(name, decoder.decode(reader.field()));
      isSorted &&= previous === undefined || compareBytes(previous, key) < 0;
      previous = key;
    }
  } catch (error) {
    // Cut short, or not UTF-8.
    if (error instanceof BytesMissing || error instanceof TypeError) return undefined;
    throw error;
  }
  return reader.isAtEnd && pairs.size > 0 ? { pairs: [...pairs], isSorted } : undefined;
}

// String.prototype.isWellFormed is missing in Node 18 and older Safari; a lone surrogate is the one thing it looks for.
export const isWellFormed = (text: string): boolean =>
  !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text);
const uint16 = (value: number): Bytes => Uint8Array.of(value >>> 8, value & 255);
