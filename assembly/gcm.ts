// Galois/Counter Mode (NIST SP 800-38D) on whole records in the window, with IVs of 96 bits. A record lies there as the hash
// wants it: additional data, padded to a multiple of 16 bytes, then the data, padded, then room for the block of lengths; so
// one pass over contiguous blocks authenticates all of it. Work is done in place.
//
// A record's keystream starts at counter 0, which GCM leaves unused: block 0 is turned into E(0), the hash key, block 1 is
// E(J0), which masks the tag, and data begins with block 2.
import { cryptAligned, encryptBlocks16, keystream, withCounter, xorKeystream } from './aes';
import { addHashPowers, ghash, setHashKey } from './ghash';
import {
  DATA,
  firstBytes,
  IV,
  KEYSTREAM,
  MANY_BLOCKS,
  MANY_BLOCKS_CAPACITY,
  MANY_IVS,
  MANY_LENGTHS,
  moveDown,
  POWERS,
  roundUp16,
  WINDOW,
} from './memory';
import { encrypt2 } from './permute';

/** Bytes of data that the first 16 blocks of keystream serve. */
const HEAD_BYTES: usize = 224;
/** Records longer than this gain nothing from sharing batches with others. */
const SHARED_BYTES: usize = 2048;

/**
 * Makes sure that there are hash tables. A key's first short record gets by with the table of H alone, so that a key made for
 * one record costs little; from the second on there are four powers.
 */
// @ts-ignore: decorator
@inline
export function prepareHash(context: usize, h: v128, blocks: usize): void {
  const powers = load<i32>(context, POWERS);
  if (powers == 4) return;
  if (powers == 0) setHashKey(context, h);
  if (powers == 1 || blocks > 6) addHashPowers(context);
}

/** The hash key of a context, where no keystream has brought it along. */
export function hashKey(context: usize): v128 {
  encrypt2(context, i8x16.splat(0), i8x16.splat(0), KEYSTREAM);
  return v128.load(KEYSTREAM);
}

/** Zeroes the padding behind `bytes` of data. */
// @ts-ignore: decorator
@inline
function pad(start: usize, bytes: usize): void {
  const rest = bytes & 15;
  if (rest == 0) return;
  const at = start + bytes - rest;
  v128.store(at, v128.and(v128.load(at), firstBytes(rest)));
}

/** The block of lengths in bits, SP 800-38D, section 7.1, step 4. */
// @ts-ignore: decorator
@inline
export function lengthBlock(aadBytes: u64, bytes: u64): v128 {
  return i64x2.replace_lane(i64x2.splat(bswap<u64>(aadBytes << 3)), 1, bswap<u64>(bytes << 3));
}

/** GHASH of a record: additional data at `start`, ciphertext behind it. Overwrites what follows the ciphertext. */
function authenticate(context: usize, start: usize, aadBytes: usize, bytes: usize): v128 {
  const data = start + roundUp16(aadBytes);
  const end = data + roundUp16(bytes);
  pad(start, aadBytes);
  pad(data, bytes);
  v128.store(end, lengthBlock(aadBytes, bytes));
  return ghash(context, i8x16.splat(0), start, ((end - start) >> 4) + 1);
}

/** Keystream of the record's first blocks, to KEYSTREAM; returns E(J0). */
// @ts-ignore: decorator
@inline
function begin(context: usize, block: v128, bytes: usize): v128 {
  const blocks = roundUp16(bytes) >> 4;
  keystream(context, block, min<usize>(blocks + 2, 16), true);
  prepareHash(context, v128.load(KEYSTREAM), blocks);
  return v128.load(KEYSTREAM, 16);
}

/** Counter mode on the record, the first blocks of keystream being there already. */
// @ts-ignore: decorator
@inline
function cryptRecord(context: usize, block: v128, data: usize, bytes: usize): void {
  xorKeystream(KEYSTREAM + 32, data, min<usize>(bytes, HEAD_BYTES));
  if (bytes > HEAD_BYTES) cryptAligned(context, withCounter(block, 16), data + HEAD_BYTES, bytes - HEAD_BYTES);
}

/** Seals the record at `start` in place; the tag of 16 bytes follows the ciphertext. `block`'s counter is 0. */
function sealAt(context: usize, block: v128, start: usize, aadBytes: usize, bytes: usize): void {
  const data = start + roundUp16(aadBytes);
  const mask = begin(context, block, bytes);
  cryptRecord(context, block, data, bytes);
  v128.store(data + bytes, v128.xor(authenticate(context, start, aadBytes, bytes), mask));
}

/** Whether the first `tagBytes` of the tag are right; no byte of the right tag is ever stored. */
// @ts-ignore: decorator
@inline
function isTag(tag: v128, expected: v128, tagBytes: usize): bool {
  return !v128.any_true(v128.and(v128.xor(tag, expected), firstBytes(tagBytes)));
}

/** Opens the record at `start`, tag behind the ciphertext, in place; leaves the ciphertext as it is if the tag is wrong. */
function openAt(context: usize, block: v128, start: usize, aadBytes: usize, bytes: usize, tagBytes: usize): bool {
  const data = start + roundUp16(aadBytes);
  const tag = v128.load(data + bytes);
  const mask = begin(context, block, bytes);
  const isGenuine = isTag(tag, v128.xor(authenticate(context, start, aadBytes, bytes), mask), tagBytes);
  if (isGenuine) cryptRecord(context, block, data, bytes);
  return isGenuine;
}

/** Seals the one record whose data is at DATA. */
export function sealOne(context: usize, aadBytes: usize, bytes: usize): void {
  sealAt(context, withCounter(v128.load(IV), 0), DATA - roundUp16(aadBytes), aadBytes, bytes);
}

/** Opens the one record whose ciphertext is at DATA. */
export function openOne(context: usize, aadBytes: usize, bytes: usize, tagBytes: usize): bool {
  return openAt(context, withCounter(v128.load(IV), 0), DATA - roundUp16(aadBytes), aadBytes, bytes, tagBytes);
}

// @ts-ignore: decorator
@inline
function aadBytesOf(record: usize): usize {
  return load<u32>(MANY_LENGTHS + (record << 3));
}

// @ts-ignore: decorator
@inline
function bytesOf(record: usize): usize {
  return load<u32>(MANY_LENGTHS + (record << 3), 4);
}

/** The counter block of a record, with a counter of 0. */
// @ts-ignore: decorator
@inline
function blockOf(record: usize): v128 {
  return withCounter(v128.load(MANY_IVS + record * 12), 0);
}

/** The room that a record takes in the window. */
// @ts-ignore: decorator
@inline
function roomOf(record: usize): usize {
  return roundUp16(aadBytesOf(record)) + roundUp16(bytesOf(record)) + 16;
}

/**
 * Encrypts the counter blocks 1, 2, ... of as many records as fit, from `first` on, side by side: short records leave no place in a batch
 * unused. Returns the record behind the last one, which is `first` when that is too long to gain from it.
 */
function shareKeystream(context: usize, first: usize, count: usize): usize {
  const end = MANY_BLOCKS + 16 * MANY_BLOCKS_CAPACITY;
  let at = MANY_BLOCKS;
  let record = first;
  while (record < count) {
    const bytes = bytesOf(record);
    const room = roundUp16(bytes) + 16;
    if (bytes > SHARED_BYTES || at + room > end) break;
    const block = blockOf(record);
    const stop = at + room;
    let counter: u32 = 1;
    while (at < stop) {
      v128.store(at, withCounter(block, counter));
      counter++;
      at += 16;
    }
    record++;
  }
  for (let batch = MANY_BLOCKS; batch < at; batch += 256) encryptBlocks16(context, batch);
  return record;
}

// @ts-ignore: decorator
@inline
function prepareMany(context: usize): void {
  const powers = load<i32>(context, POWERS);
  if (powers == 0) setHashKey(context, hashKey(context));
  if (powers != 4) addHashPowers(context);
}

/**
 * Seals `count` records that lie one behind the other in the window, and packs the results, `tagBytes` of tag each, at its start.
 */
export function sealAll(context: usize, count: usize, tagBytes: usize): void {
  prepareMany(context);
  let start = WINDOW;
  let packed = WINDOW;
  let record: usize = 0;
  while (record < count) {
    const shared = shareKeystream(context, record, count);
    let from = MANY_BLOCKS;
    do {
      const aadBytes = aadBytesOf(record);
      const bytes = bytesOf(record);
      const data = start + roundUp16(aadBytes);
      if (record < shared) {
        xorKeystream(from + 16, data, bytes);
        v128.store(data + bytes, v128.xor(authenticate(context, start, aadBytes, bytes), v128.load(from)));
        from += roundUp16(bytes) + 16;
      } else sealAt(context, blockOf(record), start, aadBytes, bytes);
      start += roomOf(record);
      moveDown(data, packed, bytes + tagBytes);
      packed += bytes + tagBytes;
      record++;
    } while (record < shared);
  }
}

/**
 * Opens `count` records in the window and packs the plaintexts at its start. Returns `count`, or the first record whose tag is
 * wrong.
 */
export function openAll(context: usize, count: usize, tagBytes: usize): usize {
  prepareMany(context);
  let start = WINDOW;
  let packed = WINDOW;
  let record: usize = 0;
  while (record < count) {
    const shared = shareKeystream(context, record, count);
    let from = MANY_BLOCKS;
    do {
      const aadBytes = aadBytesOf(record);
      const bytes = bytesOf(record);
      const data = start + roundUp16(aadBytes);
      if (record < shared) {
        const tag = v128.load(data + bytes);
        const expected = v128.xor(authenticate(context, start, aadBytes, bytes), v128.load(from));
        if (!isTag(tag, expected, tagBytes)) return record;
        xorKeystream(from + 16, data, bytes);
        from += roundUp16(bytes) + 16;
      } else if (!openAt(context, blockOf(record), start, aadBytes, bytes, tagBytes)) return record;
      start += roomOf(record);
      moveDown(data, packed, bytes);
      packed += bytes;
      record++;
    } while (record < shared);
  }
  return record;
}
