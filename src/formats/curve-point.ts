// Points of the NIST curves P-256 and P-384 in compressed form (SEC 1, section 2.3): which of two y the x has is one bit. WebCrypto
// may or may not read this form, so it is unpacked here. Points are public: nothing here needs to take constant time.
import { type Bytes, concat } from './bytes.ts';

export type CompressedCurve = 'P-256' | 'P-384';

interface Curve {
  /** Bytes of a coordinate. */
  readonly size: number;
  readonly p: bigint;
  readonly b: bigint;
}

/** SP 800-186, sections 3.2.1.3 and 3.2.1.4. In both p = 3 mod 4 and a = -3. */
const curves: { readonly [curve in CompressedCurve]: Curve } = {
  'P-256': {
    size: 32,
    p: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
    b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
  },
  'P-384': {
    size: 48,
    p: 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffffn,
    b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
  },
};

/** Bytes of a coordinate, and of each half of a signature. */
export const coordinateSize = (curve: CompressedCurve): number => curves[curve].size;

/** @param point 04, x, y */
export function compressPoint(point: Bytes): Bytes {
  const size = (point.length - 1) / 2;
  return concat(Uint8Array.of(2 + ((point[2 * size] as number) & 1)), point.subarray(1, 1 + size));
}

/** @returns 04, x, y; undefined where the bytes are not a compressed point of the curve */
export function decompressPoint(curve: CompressedCurve, compressed: Bytes): Bytes | undefined {
  const { size, p, b } = curves[curve];
  const [sign] = compressed;
  if (compressed.length !== 1 + size || (sign !== 2 && sign !== 3)) return undefined;
  const x = toNumber(compressed.subarray(1));
  if (x >= p) return undefined;
  const square = ((((x * x - 3n) * x + b) % p) + p) % p;
  const root = power(square, (p + 1n) / 4n, p);
  if ((root * root) % p !== square) return undefined;
  const y = Number(root & 1n) === (sign & 1) ? root : p - root;
  // Of y = 0 there would be no second one; neither curve has such a point.
  return concat(Uint8Array.of(4), compressed.subarray(1), fromNumber(y, size));
}

/** True for 04, x, y of a point of the curve: some platforms take any bytes for one. */
export function isUncompressedPoint(curve: CompressedCurve, point: Bytes): boolean {
  const { size, p, b } = curves[curve];
  if (point.length !== 1 + 2 * size || point[0] !== 4) return false;
  const [x, y] = [toNumber(point.subarray(1, 1 + size)), toNumber(point.subarray(1 + size))];
  return x < p && y < p && (y * y - (x * x - 3n) * x - b) % p === 0n;
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (const bit of exponent.toString(2)) {
    result = (result * result) % modulus;
    if (bit === '1') result = (result * base) % modulus;
  }
  return result;
}

const toNumber = (bytes: Uint8Array): bigint =>
  BigInt(`0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`);

function fromNumber(number: bigint, size: number): Bytes {
  const hex = number.toString(16).padStart(2 * size, '0');
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
