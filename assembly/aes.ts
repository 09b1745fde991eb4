// AES (FIPS 197): the key schedule for 128, 192 and 256 bits, and counter mode. Blocks go through the bitsliced rounds, 16 or 8
// at a time; one or two left over go through vector permutes. Which of them runs depends on lengths only.
import { encrypt16, encrypt8, skewKey, slice16 } from './generated/rounds';
import { firstBytes, KEYSTREAM, ROUNDS, STATE, TABLES, wipe, ZEROS } from './memory';
import { encrypt2, storePermuteKey, subBytes } from './permute';

/** FF in every byte of `block` whose bit is set, else 00: a slice of a batch of eight equal blocks. */
// @ts-ignore: decorator
@inline
function slice(block: v128, mask: v128): v128 {
  return i8x16.eq(v128.and(block, mask), mask);
}

/** Stores a round key as slices, with the constant of the S-box that the circuit leaves out. */
function storeRoundKey(context: usize, round: i32, key: v128): void {
  let skewed = skewKey(key, round);
  if (round > 0) skewed = v128.xor(skewed, i8x16.splat(0x63));
  let at = context + (<usize>round << 7);
  for (let mask: i32 = 1; mask < 256; mask <<= 1) {
    v128.store(at, slice(skewed, i8x16.splat(<i8>mask)));
    at += 16;
  }
}

// @ts-ignore: decorator
@inline
function subWord(word: u32): u32 {
  return <u32>i32x4.extract_lane(subBytes(i32x4.splat(<i32>word)), 0);
}

/**
 * The key schedule, FIPS 197, section 5.2, from `keyBytes` (16, 24 or 32) at `keyAddress`. The words go through the working
 * area; words are little-endian here, so RotWord is a rotation to the right.
 */
export function expandKey(context: usize, keyAddress: usize, keyBytes: u32): void {
  const keyWords = keyBytes >> 2;
  const rounds = keyWords + 6;
  store<u32>(context, rounds, ROUNDS);
  memory.copy(TABLES, keyAddress, keyBytes);
  let rcon: u32 = 1;
  let position: u32 = 0; // i mod keyWords, kept by hand: a division's time may depend on its operands
  let at = TABLES + keyBytes;
  const end = TABLES + 16 * (<usize>rounds + 1);
  while (at < end) {
    let word = load<u32>(at - 4);
    if (position == 0) {
      word = subWord(rotr<u32>(word, 8)) ^ rcon;
      rcon = (rcon << 1) ^ (0x11b & (0 - (rcon >> 7)));
    } else if (keyWords == 8 && position == 4) word = subWord(word);
    store<u32>(at, word ^ load<u32>(at - keyBytes));
    position = position + 1 == keyWords ? 0 : position + 1;
    at += 4;
  }
  for (let round: u32 = 0; round <= rounds; round++) {
    const key = v128.load(TABLES + (<usize>round << 4));
    storeRoundKey(context, round, key);
    storePermuteKey(context, round, rounds, key);
  }
  wipe(TABLES, 512);
}

/** `block` with its last four bytes, the counter, replaced. */
// @ts-ignore: decorator
@inline
export function withCounter(block: v128, counter: u32): v128 {
  return i32x4.replace_lane(block, 3, bswap<u32>(counter));
}

/** The counter of a block. */
// @ts-ignore: decorator
@inline
export function counterOf(block: v128): u32 {
  return bswap<u32>(i32x4.extract_lane(block, 3));
}

// A batch's counters start at a multiple of 8, so the blocks differ in three bits of one byte only, and those are the same
// constants in every batch: no transposition is needed on the way in. Byte 15 of a block lies at 15 - 4 * (2 * 3 mod 4) = 7 under
// the initial skew of 2.
// @ts-ignore: decorator
@inline
function counterBit0(): v128 {
  return i64x2(0xaa00000000000000, 0x0000000000000000);
}
// @ts-ignore: decorator
@inline
function counterBit1(): v128 {
  return i64x2(0xcc00000000000000, 0x0000000000000000);
}
// @ts-ignore: decorator
@inline
function counterBit2(): v128 {
  return i64x2(0xf000000000000000, 0x0000000000000000);
}
// @ts-ignore: decorator
@inline
function initialSkew(): v128 {
  return i8x16(0, 9, 2, 11, 4, 13, 6, 15, 8, 1, 10, 3, 12, 5, 14, 7);
}

/**
 * Slices of the eight blocks that count up from `block`, whose counter is a multiple of 8, with round key 0 added, to `state`.
 * Bit k of `keep`'s bytes says whether block k is kept (1) or replaced by zeros (0).
 */
function sliceCounters(context: usize, block: v128, keep: v128, state: usize): void {
  const b = i8x16.swizzle(block, initialSkew());
  const slice0 = v128.and(v128.or(slice(b, i8x16.splat(1)), counterBit0()), keep);
  const slice1 = v128.and(v128.or(slice(b, i8x16.splat(2)), counterBit1()), keep);
  const slice2 = v128.and(v128.or(slice(b, i8x16.splat(4)), counterBit2()), keep);
  v128.store(state, v128.xor(slice0, v128.load(context)));
  v128.store(state, v128.xor(slice1, v128.load(context, 16)), 16);
  v128.store(state, v128.xor(slice2, v128.load(context, 32)), 32);
  v128.store(state, v128.xor(v128.and(slice(b, i8x16.splat(8)), keep), v128.load(context, 48)), 48);
  v128.store(state, v128.xor(v128.and(slice(b, i8x16.splat(16)), keep), v128.load(context, 64)), 64);
  v128.store(state, v128.xor(v128.and(slice(b, i8x16.splat(32)), keep), v128.load(context, 80)), 80);
  v128.store(state, v128.xor(v128.and(slice(b, i8x16.splat(64)), keep), v128.load(context, 96)), 96);
  v128.store(state, v128.xor(v128.and(slice(b, i8x16.splat(-128)), keep), v128.load(context, 112)), 112);
}

// @ts-ignore: decorator
@inline
function crypt16(context: usize, block: v128, keep: v128, source: usize, target: usize): void {
  const rounds = load<i32>(context, ROUNDS);
  sliceCounters(context, block, keep, STATE);
  sliceCounters(context, withCounter(block, counterOf(block) + 8), i8x16.splat(-1), STATE + 128);
  encrypt16(context, rounds, STATE, source, target);
}

// @ts-ignore: decorator
@inline
function crypt8(context: usize, block: v128, keep: v128, source: usize, target: usize): void {
  sliceCounters(context, block, keep, STATE);
  encrypt8(context, load<i32>(context, ROUNDS), STATE, source, target);
}

/** Encrypts 16 blocks at `at` in place, whatever they hold. */
export function encryptBlocks16(context: usize, at: usize): void {
  slice16(context, at, STATE);
  encrypt16(context, load<i32>(context, ROUNDS), STATE, ZEROS, at);
}

/**
 * Keystream of `count` blocks (1 to 16) to KEYSTREAM, counting up from `block`, whose counter is a multiple of 8. With
 * `zeroFirst`, the first block is E(0) instead: GCM never uses a counter of 0 with a 96-bit IV, so the hash key comes for free.
 */
export function keystream(context: usize, block: v128, count: usize, zeroFirst: bool): void {
  const keep = zeroFirst ? i8x16.splat(-2) : i8x16.splat(-1);
  if (count > 10) return crypt16(context, block, keep, ZEROS, KEYSTREAM);
  if (count > 2) crypt8(context, block, keep, ZEROS, KEYSTREAM);
  const counter = counterOf(block);
  if (count > 8)
    encrypt2(context, withCounter(block, counter + 8), withCounter(block, counter + 9), KEYSTREAM + 128);
  else if (count <= 2)
    encrypt2(context, zeroFirst ? i8x16.splat(0) : block, withCounter(block, counter + 1), KEYSTREAM);
}

/** Xors `bytes` of the keystream at `from` into the data at `at`. */
export function xorKeystream(from: usize, at: usize, bytes: usize): void {
  const end = at + (bytes & ~15);
  while (at < end) {
    v128.store(at, v128.xor(v128.load(at), v128.load(from)));
    from += 16;
    at += 16;
  }
  const rest = bytes & 15;
  if (rest) v128.store(at, v128.xor(v128.load(at), v128.and(v128.load(from), firstBytes(rest))));
}

/** Counter mode on `bytes` at `at`, in place, from the first byte of `block`, whose counter is a multiple of 8. */
export function cryptAligned(context: usize, block: v128, at: usize, bytes: usize): void {
  let counter = counterOf(block);
  while (bytes >= 256) {
    crypt16(context, withCounter(block, counter), i8x16.splat(-1), at, at);
    counter += 16;
    at += 256;
    bytes -= 256;
  }
  if (bytes > 0) {
    keystream(context, withCounter(block, counter), (bytes + 15) >> 4, false);
    xorKeystream(KEYSTREAM, at, bytes);
  }
}

/**
 * Counter mode on `bytes` at `at`, in place, from byte `skip` (0 to 15) of the block with this counter on. The counter must be
 * public, because the place in a batch, and so an address, follows from it: it is with IVs of 96 bits, where it starts at 1.
 */
export function cryptFrom(context: usize, block: v128, counter: u32, skip: usize, at: usize, bytes: usize): void {
  const aligned = counter & ~7;
  const start = (<usize>(counter & 7) << 4) + skip;
  block = withCounter(block, aligned);
  if (start > 0) {
    const head = min<usize>(bytes, 128 - start);
    keystream(context, block, 8, false);
    xorKeystream(KEYSTREAM + start, at, head);
    at += head;
    bytes -= head;
    block = withCounter(block, aligned + 8);
  }
  cryptAligned(context, block, at, bytes);
}

/**
 * The same from `block` on, whose counter may be secret: with an IV of another length it is a hash under the hash key. Batches
 * then start at any counter, and no address tells which.
 */
export function cryptAnywhere(context: usize, block: v128, skip: usize, at: usize, bytes: usize): void {
  let counter = counterOf(block);
  while (bytes > 0) {
    for (let i: usize = 0; i < 256; i += 16) {
      v128.store(KEYSTREAM + i, withCounter(block, counter));
      counter++;
    }
    encryptBlocks16(context, KEYSTREAM);
    const length = min<usize>(bytes, 256 - skip);
    xorKeystream(KEYSTREAM + skip, at, length);
    at += length;
    bytes -= length;
    skip = 0;
  }
}
