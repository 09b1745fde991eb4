// The footer of a signed message: the signature over everything before it.
import { ByteReader, BytesMissing } from '../byte-reader.ts';
import { type Bytes, concat } from '../bytes.ts';
import { uint16 } from './integers.ts';

/** @param signature ECDSA, as DER */
export const encodeFooter = (signature: Bytes): Bytes => concat(uint16(signature.length), signature);

/** Bytes before the signature. */
export const footerStart = 2;

/** @returns the signature, or undefined where the bytes are not exactly a footer */
export function parseFooter(bytes: Bytes): Bytes | undefined {
  const reader = new ByteReader(bytes);
  try {
    const signature = reader.field();
    return reader.isAtEnd ? signature : undefined;
  } catch (error) {
    if (error instanceof BytesMissing) return undefined;
    throw error;
  }
}
