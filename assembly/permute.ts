// AES on one or two blocks by vector permutes: Mike Hamburg, "Accelerating AES with Vector Permute Instructions", CHES 2009.
// A byte is mapped to a pair of nibbles in the tower field GF((2^4)^2), where the inversion is five lookups of a nibble in 16
// bytes. The 16 bytes are a vector register and the lookup is a swizzle: no address depends on the data. Slower per
// byte than the bitsliced rounds, but it does not need eight blocks: it serves the key schedule and what is left over at a
// record's end.
import { PERMUTE_KEYS, ROUNDS } from './memory';

// The constants of the paper's public-domain implementation (vpaes), least significant byte first.
// @ts-ignore: decorator
@inline
function inverse(): v128 {
  return i64x2(0x0e05060f0d080180, 0x040703090a0b0c02);
}
// @ts-ignore: decorator
@inline
function inverseA(): v128 {
  return i64x2(0x01040a060f0b0780, 0x030d0e0c02050809);
}
/** Into the tower basis: low nibbles, high nibbles. */
// @ts-ignore: decorator
@inline
function intoLow(): v128 {
  return i64x2(0xc2b2e8985a2a7000, 0xcabae09052227808);
}
// @ts-ignore: decorator
@inline
function intoHigh(): v128 {
  return i64x2(0x4c01307d317c4d00, 0xcd80b1fcb0fdcc81);
}
/** From the two inverted nibbles to the S-box output, still in the tower basis. */
// @ts-ignore: decorator
@inline
function sboxU(): v128 {
  return i64x2(0xb19be18fcb503e00, 0xa5df7a6e142af544);
}
// @ts-ignore: decorator
@inline
function sboxT(): v128 {
  return i64x2(0x3618d415fae22300, 0x3bf7ccc10d2ed9ef);
}
/** The same, doubled in the field of AES: what MixColumns multiplies by 2. */
// @ts-ignore: decorator
@inline
function doubleU(): v128 {
  return i64x2(0xe27a93c60b712400, 0x5eb7e955bc982fcd);
}
// @ts-ignore: decorator
@inline
function doubleT(): v128 {
  return i64x2(0x69eb88400ae12900, 0xc2a163c8ab82234a);
}
/** The same in the ordinary basis: what the last round and the key schedule want. */
// @ts-ignore: decorator
@inline
function plainU(): v128 {
  return i64x2(0xd0d26d176fbdc700, 0x15aabf7ac502a878);
}
// @ts-ignore: decorator
@inline
function plainT(): v128 {
  return i64x2(0xcfe474a55fbb6a00, 0x8e1e90d1412b35fa);
}

/** ShiftRows, then the row `n` below in the same column: 1 below for shiftRows1, and so on. */
// @ts-ignore: decorator
@inline
function shiftRows(): v128 {
  return i8x16(0, 5, 10, 15, 4, 9, 14, 3, 8, 13, 2, 7, 12, 1, 6, 11);
}
// @ts-ignore: decorator
@inline
function shiftRows1(): v128 {
  return i8x16(5, 10, 15, 0, 9, 14, 3, 4, 13, 2, 7, 8, 1, 6, 11, 12);
}
// @ts-ignore: decorator
@inline
function shiftRows2(): v128 {
  return i8x16(10, 15, 0, 5, 14, 3, 4, 9, 2, 7, 8, 13, 6, 11, 12, 1);
}
// @ts-ignore: decorator
@inline
function shiftRows3(): v128 {
  return i8x16(15, 0, 5, 10, 3, 4, 9, 14, 7, 8, 13, 2, 11, 12, 1, 6);
}

// @ts-ignore: decorator
@inline
function lowNibbles(x: v128): v128 {
  return v128.and(x, i8x16.splat(15));
}

// @ts-ignore: decorator
@inline
function highNibbles(x: v128): v128 {
  return v128.and(i16x8.shr_u(x, 4), i8x16.splat(15));
}

/** Takes a block into the tower basis; the map is linear. */
// @ts-ignore: decorator
@inline
export function intoTower(x: v128): v128 {
  return v128.xor(i8x16.swizzle(intoLow(), lowNibbles(x)), i8x16.swizzle(intoHigh(), highNibbles(x)));
}

/**
 * The one of the two inverted nibbles that comes from `own`; `other` is the other nibble's part. Section 4.1 of the paper:
 * 1/(1/own + a/low) + other. The inverse of 0 is 80h in the table, which a swizzle maps to 0.
 */
// @ts-ignore: decorator
@inline
function invert(table: v128, own: v128, aOverLow: v128, other: v128): v128 {
  return v128.xor(i8x16.swizzle(table, v128.xor(i8x16.swizzle(table, own), aOverLow)), other);
}

/** SubBytes on 16 bytes in the ordinary basis, constant 0x63 included. For the key schedule. */
export function subBytes(x: v128): v128 {
  const t = intoTower(x);
  const high = highNibbles(t);
  const low = lowNibbles(t);
  const a = i8x16.swizzle(inverseA(), low);
  const sum = v128.xor(low, high);
  const table = inverse();
  const u = invert(table, high, a, sum);
  const v = invert(table, sum, a, high);
  return v128.xor(v128.xor(i8x16.swizzle(plainU(), u), i8x16.swizzle(plainT(), v)), i8x16.splat(0x63));
}

/** MixColumns of S-box outputs `one` (times 1) and `two` (times 2): 2a + 3b + c + d in every column. */
// @ts-ignore: decorator
@inline
function mixColumns(one: v128, two: v128): v128 {
  return v128.xor(
    v128.xor(i8x16.swizzle(two, shiftRows()), i8x16.swizzle(v128.xor(one, two), shiftRows1())),
    v128.xor(i8x16.swizzle(one, shiftRows2()), i8x16.swizzle(one, shiftRows3())),
  );
}

/** Stores the round keys in the form that `encrypt2` wants: the rounds between the first and the last in the tower basis. */
export function storePermuteKey(context: usize, round: i32, rounds: i32, key: v128): void {
  if (round > 0) key = v128.xor(key, i8x16.splat(0x63));
  if (round > 0 && round < rounds) key = intoTower(key);
  v128.store(context + PERMUTE_KEYS + (<usize>round << 4), key);
}

/** S-box output from the two inverted nibbles, by the tables for one basis. */
// @ts-ignore: decorator
@inline
function output(tableU: v128, tableT: v128, u: v128, t: v128): v128 {
  return v128.xor(i8x16.swizzle(tableU, u), i8x16.swizzle(tableT, t));
}

/** Encrypts the blocks `x` and `y` to `target` and `target + 16`. Two, because one alone leaves the processor waiting. */
export function encrypt2(context: usize, x: v128, y: v128, target: usize): void {
  // Tables in locals: V8 builds a constant anew wherever it is written down.
  const table = inverse();
  const tableA = inverseA();
  const oneU = sboxU();
  const oneT = sboxT();
  const twoU = doubleU();
  const twoT = doubleT();
  let key = context + PERMUTE_KEYS;
  const last = key + (<usize>load<i32>(context, ROUNDS) << 4);
  x = intoTower(v128.xor(x, v128.load(key)));
  y = intoTower(v128.xor(y, v128.load(key)));
  while (true) {
    key += 16;
    const xHigh = highNibbles(x);
    const yHigh = highNibbles(y);
    const xLow = lowNibbles(x);
    const yLow = lowNibbles(y);
    const xA = i8x16.swizzle(tableA, xLow);
    const yA = i8x16.swizzle(tableA, yLow);
    const xSum = v128.xor(xLow, xHigh);
    const ySum = v128.xor(yLow, yHigh);
    const xU = invert(table, xHigh, xA, xSum);
    const yU = invert(table, yHigh, yA, ySum);
    const xT = invert(table, xSum, xA, xHigh);
    const yT = invert(table, ySum, yA, yHigh);
    if (key == last) {
      x = i8x16.swizzle(output(plainU(), plainT(), xU, xT), shiftRows());
      y = i8x16.swizzle(output(plainU(), plainT(), yU, yT), shiftRows());
      v128.store(target, v128.xor(x, v128.load(key)));
      v128.store(target, v128.xor(y, v128.load(key)), 16);
      return;
    }
    x = v128.xor(mixColumns(output(oneU, oneT, xU, xT), output(twoU, twoT, xU, xT)), v128.load(key));
    y = v128.xor(mixColumns(output(oneU, oneT, yU, yT), output(twoU, twoT, yU, yT)), v128.load(key));
  }
}
