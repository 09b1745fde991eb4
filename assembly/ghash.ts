// GHASH (NIST SP 800-38D, section 6.4): a polynomial over GF(2^128), evaluated at the hash key H.
//
// Multiplying by a fixed H^n is linear, so X * H^n is the sum, over the 32 nibbles of X, of the nibble times H^n, moved to the
// nibble's place. For the 16 values of a nibble the products with H^n (already reduced, 16 bytes each) are kept
// "plane-wise": plane k holds byte k of all 16 products in one vector, and a swizzle of that vector by 16 nibbles looks all of
// them up at once. The lookup is a register operation: the secret nibbles never become an address.
//
// A power takes 512 bytes: 16 planes for the high nibbles, 16 for the low ones. Four blocks share one pass over the planes
// and one reduction: Y' = (Y + X1) H^4 + X2 H^3 + X3 H^2 + X4 H.
import { HASH_TABLES, POWERS, TABLES, wipe } from './memory';

const POWER_BYTES: usize = 512;

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

/** The 16 bytes that end one byte before the end of `low || high`: a shift by one byte towards higher powers of x. */
// @ts-ignore: decorator
@inline
function shiftIn(low: v128, high: v128): v128 {
  return i8x16.shuffle(low, high, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30);
}

/** v * x. In GCM's order of bits, byte 0 bit 7 is x^0, so this is a shift to the right; x^128 = 1 + x + x^2 + x^7. */
function timesX(v: v128): v128 {
  const carried = v128.and(i16x8.shl(shiftIn(i8x16.splat(0), v), 7), i8x16.splat(-128));
  const shifted = v128.or(v128.and(i16x8.shr_u(v, 1), i8x16.splat(127)), carried);
  const lost = i8x16.swizzle(v, i8x16.splat(15));
  const isOdd = i8x16.eq(v128.and(lost, i8x16.splat(1)), i8x16.splat(1));
  return v128.xor(shifted, v128.and(isOdd, i64x2(0x00000000000000e1, 0x0000000000000000)));
}

// The part of a product beyond x^127, one byte u at a time: u * x^128 = u * (1 + x + x^2 + x^7), split by nibble of u, into
// what stays in the byte and what goes over into the next one.
// @ts-ignore: decorator
@inline
function stayHigh(): v128 {
  return i64x2(0x54486c7024381c00, 0xb5a98d91c5d9fde1);
}
// @ts-ignore: decorator
@inline
function stayLow(): v128 {
  return i8x16(0, 1, 3, 2, 7, 6, 4, 5, 0x0e, 0x0f, 0x0d, 0x0c, 9, 8, 0x0a, 0x0b);
}
// @ts-ignore: decorator
@inline
function overHigh(): v128 {
  return i64x2(0xe0c0a08060402000, 0xe0c0a08060402000);
}
// @ts-ignore: decorator
@inline
function overLow(): v128 {
  return i64x2(0x4e8cca084684c200, 0x5e9cda185694d210);
}

/** The 32 bytes `low || high` modulo the field's polynomial. */
// @ts-ignore: decorator
@inline
function reduce(low: v128, high: v128): v128 {
  const h = highNibbles(high);
  const l = lowNibbles(high);
  const stay = v128.xor(i8x16.swizzle(stayHigh(), h), i8x16.swizzle(stayLow(), l));
  const over = v128.xor(i8x16.swizzle(overHigh(), h), i8x16.swizzle(overLow(), l));
  return v128.xor(v128.xor(low, stay), shiftIn(i8x16.splat(0), over));
}

/** One plane of a power, looked up by a block's nibbles. */
// @ts-ignore: decorator
@inline
function lookUp(highPlane: v128, lowPlane: v128, high: v128, low: v128): v128 {
  return v128.xor(i8x16.swizzle(highPlane, high), i8x16.swizzle(lowPlane, low));
}

/** x * H. */
function multiply1(tables: usize, x: v128): v128 {
  const high = highNibbles(x);
  const low = lowNibbles(x);
  const zero = i8x16.splat(0);
  let r0 = zero;
  let r1 = zero;
  let plane = tables + 240;
  while (true) {
    r1 = shiftIn(r0, r1);
    r0 = v128.xor(shiftIn(zero, r0), lookUp(v128.load(plane, 0), v128.load(plane, 256), high, low));
    if (plane == tables) break;
    plane -= 16;
  }
  return reduce(r0, r1);
}

/** x * H^2 + y * H. */
function multiply2(tables: usize, x: v128, y: v128): v128 {
  const xh = highNibbles(x);
  const xl = lowNibbles(x);
  const yh = highNibbles(y);
  const yl = lowNibbles(y);
  const zero = i8x16.splat(0);
  let r0 = zero;
  let r1 = zero;
  let plane = tables + 240;
  while (true) {
    r1 = shiftIn(r0, r1);
    r0 = v128.xor(shiftIn(zero, r0), v128.xor(lookUp(v128.load(plane, 512), v128.load(plane, 768), xh, xl), lookUp(v128.load(plane, 0), v128.load(plane, 256), yh, yl)));
    if (plane == tables) break;
    plane -= 16;
  }
  return reduce(r0, r1);
}

/** Y after `count` whole blocks at `at`. Uses as many powers of H as have tables. */
export function ghash(context: usize, y: v128, at: usize, count: usize): v128 {
  const tables = context + HASH_TABLES;
  const zero = i8x16.splat(0);
  if (load<i32>(context, POWERS) == 4) {
    while (count >= 4) {
      const a = v128.xor(v128.load(at), y);
      const b = v128.load(at, 16);
      const c = v128.load(at, 32);
      const d = v128.load(at, 48);
      const ah = highNibbles(a);
      const al = lowNibbles(a);
      const bh = highNibbles(b);
      const bl = lowNibbles(b);
      const ch = highNibbles(c);
      const cl = lowNibbles(c);
      const dh = highNibbles(d);
      const dl = lowNibbles(d);
      let r0 = zero;
      let r1 = zero;
      let plane = tables + 240;
      // A loop of one plane a turn: straight-line code lets the compiler move loads far ahead and spill them.
      while (true) {
        r1 = shiftIn(r0, r1);
        r0 = v128.xor(shiftIn(zero, r0), lookUp(v128.load(plane, 1536), v128.load(plane, 1792), ah, al));
        r0 = v128.xor(r0, lookUp(v128.load(plane, 1024), v128.load(plane, 1280), bh, bl));
        r0 = v128.xor(r0, lookUp(v128.load(plane, 512), v128.load(plane, 768), ch, cl));
        r0 = v128.xor(r0, lookUp(v128.load(plane, 0), v128.load(plane, 256), dh, dl));
        if (plane == tables) break;
        plane -= 16;
      }
      y = reduce(r0, r1);
      at += 64;
      count -= 4;
    }
    if (count >= 2) {
      y = multiply2(tables, v128.xor(v128.load(at), y), v128.load(at, 16));
      at += 32;
      count -= 2;
    }
  }
  while (count > 0) {
    y = multiply1(tables, v128.xor(v128.load(at), y));
    at += 16;
    count--;
  }
  return y;
}

/** The planes of 16 products: row v is v * h for a nibble v, bit 3 first; a transposition makes columns of rows. */
function storePlanes(planes: usize, h8: v128): v128 {
  const h4 = timesX(h8);
  const h2 = timesX(h4);
  const h1 = timesX(h2);
  let from = TABLES;
  v128.store(from, i8x16.splat(0));
  v128.store(from, h1, 16);
  v128.store(from, h2, 32);
  v128.store(from, v128.xor(h2, h1), 48);
  for (let v: usize = 64; v < 128; v += 16) v128.store(from + v, v128.xor(h4, v128.load(from + v - 64)));
  for (let v: usize = 128; v < 256; v += 16) v128.store(from + v, v128.xor(h8, v128.load(from + v - 128)));
  // Four perfect shuffles of rows transpose 16 x 16 bytes. The fourth writes to the planes.
  let to = TABLES + 256;
  for (let step = 0; step < 4; step++) {
    if (step == 3) to = planes;
    for (let row: usize = 0; row < 128; row += 16) {
      const a = v128.load(from + row);
      const b = v128.load(from + row, 128);
      const target = to + 2 * row;
      v128.store(target, i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
      v128.store(target, i8x16.shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31), 16);
    }
    const next = from;
    from = to;
    to = next;
  }
  return timesX(h1);
}

function storePower(context: usize, power: usize, h: v128): void {
  const tables = context + HASH_TABLES + (power - 1) * POWER_BYTES;
  storePlanes(tables + 256, storePlanes(tables, h));
}

/** Tables for the hash key alone: enough for short records, and all that a key for one record pays for. */
export function setHashKey(context: usize, h: v128): void {
  storePower(context, 1, h);
  wipe(TABLES, 512);
  store<i32>(context, 1, POWERS);
}

/** Tables for H^2, H^3 and H^4, from that of H. */
export function addHashPowers(context: usize): void {
  const tables = context + HASH_TABLES;
  // The product of 1 with the table of H is H; 1 is 80h, 0, 0 ... in GCM's order of bits.
  let h = multiply1(tables, i64x2(0x0000000000000080, 0x0000000000000000));
  for (let power: usize = 2; power <= 4; power++) {
    h = multiply1(tables, h);
    storePower(context, power, h);
  }
  wipe(TABLES, 512);
  store<i32>(context, 4, POWERS);
}

/**
 * The product of two field elements at `a` and `b`, to `result`, by shift and add under masks (SP 800-38D, section 6.3): for the
 * few products that streams need outside a hash, where building a table would cost more.
 */
export function multiplyElements(a: usize, b: usize, result: usize): void {
  let x1 = bswap<u64>(load<u64>(a));
  let x0 = bswap<u64>(load<u64>(a, 8));
  let v1 = bswap<u64>(load<u64>(b));
  let v0 = bswap<u64>(load<u64>(b, 8));
  let z1: u64 = 0;
  let z0: u64 = 0;
  for (let i = 0; i < 128; i++) {
    const isSet = <u64>(<i64>x1 >> 63);
    z1 ^= v1 & isSet;
    z0 ^= v0 & isSet;
    x1 = (x1 << 1) | (x0 >> 63);
    x0 <<= 1;
    const isOdd: u64 = 0 - (v0 & 1);
    v0 = (v0 >> 1) | (v1 << 63);
    v1 = (v1 >> 1) ^ (isOdd & 0xe100000000000000);
  }
  store<u64>(result, bswap<u64>(z1));
  store<u64>(result, bswap<u64>(z0), 8);
}
