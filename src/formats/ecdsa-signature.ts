// ECDSA signatures: DER as AWS gives them (RFC 3279, section 2.2.3), r || s as WebCrypto has them.
import { type Bytes, concat } from './bytes.ts';
import { DerReader, encodeDer, encodeUnsigned, padTo, tag } from './der.ts';

/** @param raw r and s, each as long as the curve's order */
export function signatureToDer(raw: Bytes): Bytes {
  const half = raw.length / 2;
  return encodeDer(tag.sequence, encodeUnsigned(raw.subarray(0, half)), encodeUnsigned(raw.subarray(half)));
}

/**
 * Reads a signature strictly: one encoding for each pair of numbers.
 * @param size bytes of the curve's order
 * @returns r || s, or undefined where the bytes are no such signature
 */
export function signatureFromDer(der: Bytes, size: number): Bytes | undefined {
  try {
    const outer = new DerReader(der);
    const inner = outer.sequence();
    outer.end();
    const [r, s] = [inner.unsigned(), inner.unsigned()];
    inner.end();
    return r.length === 0 || s.length === 0 ? undefined : concat(padTo(r, size), padTo(s, size));
  } catch {
    return undefined;
  }
}
