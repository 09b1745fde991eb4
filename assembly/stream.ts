// GCM piece by piece: any IV, additional data and data in chunks of any length. Between two calls a stream's context holds the
// hash state, J0, at most 15 bytes of ciphertext or additional data, and counts; never keystream or plaintext: a
// chunk that begins inside a batch computes that batch again.
import { counterOf, cryptAnywhere, cryptFrom, withCounter } from './aes';
import { hashKey, lengthBlock } from './gcm';
import { addHashPowers, ghash, setHashKey } from './ghash';
import { firstBytes, IV, KEYSTREAM, POWERS, TAG, WINDOW } from './memory';
import { encrypt2 } from './permute';

/** Offsets in a stream's context. */
const Y: usize = 0;
const J0: usize = 16;
const PARTIAL: usize = 32;
const AAD_BYTES: usize = 48;
const DATA_BYTES: usize = 56;
const KEY: usize = 64;
const HAS_IV_OF_12: usize = 68;

/** Encrypted and hashed in turn, so that the hash finds its input in the processor's first cache. */
const PIECE_BYTES: usize = 16384;
/** 2^36 - 32, SP 800-38D, section 5.2.1.1. */
const MAX_BYTES: u64 = 68719476704;

/** Whether a stream has begun in this context. */
export function isOpen(stream: usize): bool {
  return load<usize>(stream, KEY) != 0;
}

/** Begins a stream under a key; its IV comes next, by `ivIs12` or by `absorbIv` and `endIv`. */
export function start(stream: usize, key: usize): void {
  store<usize>(stream, key, KEY);
  const powers = load<i32>(key, POWERS);
  if (powers == 0) setHashKey(key, hashKey(key));
  if (powers != 4) addHashPowers(key);
}

/** Hashes `bytes` at `at` behind what came before, of which `filled` bytes (0 to 15) wait for their block to be full. */
function absorb(stream: usize, filled: usize, at: usize, bytes: usize): void {
  const key = load<usize>(stream, KEY);
  let y = v128.load(stream, Y);
  if (filled > 0) {
    const taken = min<usize>(16 - filled, bytes);
    memory.copy(stream + PARTIAL + filled, at, taken);
    if (filled + taken < 16) return;
    y = ghash(key, y, stream + PARTIAL, 1);
    at += taken;
    bytes -= taken;
  }
  y = ghash(key, y, at, bytes >> 4);
  v128.store(stream, y, Y);
  memory.copy(stream + PARTIAL, at + (bytes & ~15), bytes & 15);
}

/** Pads what waits for its block to be full, and hashes it. */
function flush(stream: usize, filled: usize): void {
  if (filled == 0) return;
  v128.store(stream, v128.and(v128.load(stream, PARTIAL), firstBytes(filled)), PARTIAL);
  v128.store(stream, ghash(load<usize>(stream, KEY), v128.load(stream, Y), stream + PARTIAL, 1), Y);
}

/** The IV at IV has 12 bytes: J0 is the IV and a counter of 1. */
export function ivIs12(stream: usize): void {
  v128.store(stream, withCounter(v128.load(IV), 1), J0);
  store<i32>(stream, 1, HAS_IV_OF_12);
}

/** The next `bytes` of an IV of another length, from the window. Counted as additional data until `endIv`. */
export function absorbIv(stream: usize, bytes: usize): void {
  absorbAad(stream, bytes);
}

/** J0 is the hash of the IV, padded, and its length: SP 800-38D, section 7.1, step 2. */
export function endIv(stream: usize): void {
  const ivBytes = load<u64>(stream, AAD_BYTES);
  flush(stream, <usize>ivBytes & 15);
  v128.store(stream, lengthBlock(0, ivBytes), PARTIAL);
  v128.store(stream, ghash(load<usize>(stream, KEY), v128.load(stream, Y), stream + PARTIAL, 1), J0);
  v128.store(stream, i8x16.splat(0), Y);
  v128.store(stream, i8x16.splat(0), PARTIAL);
  store<u64>(stream, 0, AAD_BYTES);
}

/** The next `bytes` of additional data, from the window. All of it comes before the data. */
export function absorbAad(stream: usize, bytes: usize): void {
  const count = load<u64>(stream, AAD_BYTES);
  absorb(stream, <usize>count & 15, WINDOW, bytes);
  store<u64>(stream, count + bytes, AAD_BYTES);
}

/** Hashes data at `at`, which follows `count` bytes of data. */
function absorbData(stream: usize, count: u64, at: usize, bytes: usize): void {
  if (bytes == 0) return;
  if (count == 0) flush(stream, <usize>load<u64>(stream, AAD_BYTES) & 15);
  absorb(stream, <usize>count & 15, at, bytes);
}

/** Counter mode on data at `at`, which follows `count` bytes of data. */
function cryptData(stream: usize, count: u64, at: usize, bytes: usize): void {
  const key = load<usize>(stream, KEY);
  const j0 = v128.load(stream, J0);
  const blocks = <u32>(count >> 4);
  const skip = <usize>count & 15;
  if (load<i32>(stream, HAS_IV_OF_12)) cryptFrom(key, j0, blocks + 2, skip, at, bytes);
  else cryptAnywhere(key, withCounter(j0, counterOf(j0) + blocks + 1), skip, at, bytes);
}

export const SEAL: i32 = 1;
export const OPEN: i32 = 2;
export const HASH: i32 = 3;
export const CRYPT: i32 = 4;

/**
 * The next `bytes` of data, in place in the window. SEAL and OPEN are the two directions of a stream. HASH and CRYPT are the two
 * halves of OPEN, for a message that is checked before any of it is decrypted.
 */
export function update(stream: usize, mode: i32, bytes: usize): void {
  let count = load<u64>(stream, DATA_BYTES);
  if (count + bytes > MAX_BYTES) unreachable();
  store<u64>(stream, count + bytes, DATA_BYTES);
  let at = WINDOW;
  while (bytes > 0) {
    const piece = min<usize>(bytes, PIECE_BYTES);
    if (mode == OPEN || mode == HASH) absorbData(stream, count, at, piece);
    if (mode != HASH) cryptData(stream, count, at, piece);
    if (mode == SEAL) absorbData(stream, count, at, piece);
    count += piece;
    at += piece;
    bytes -= piece;
  }
}

/** Goes back to the first byte of data, for CRYPT after HASH. */
export function rewind(stream: usize): void {
  store<u64>(stream, 0, DATA_BYTES);
}

function tagOf(stream: usize): v128 {
  const aadBytes = load<u64>(stream, AAD_BYTES);
  const bytes = load<u64>(stream, DATA_BYTES);
  flush(stream, <usize>(bytes > 0 ? bytes : aadBytes) & 15);
  v128.store(stream, lengthBlock(aadBytes, bytes), PARTIAL);
  const key = load<usize>(stream, KEY);
  const y = ghash(key, v128.load(stream, Y), stream + PARTIAL, 1);
  const j0 = v128.load(stream, J0);
  encrypt2(key, j0, j0, KEYSTREAM);
  return v128.xor(y, v128.load(KEYSTREAM));
}

/** The tag of all that came, to TAG. */
export function computeTag(stream: usize): void {
  v128.store(TAG, tagOf(stream));
}

/** Whether the first `tagBytes` at TAG are the tag of all that came. */
export function checkTag(stream: usize, tagBytes: usize): bool {
  return !v128.any_true(v128.and(v128.xor(tagOf(stream), v128.load(TAG)), firstBytes(tagBytes)));
}
