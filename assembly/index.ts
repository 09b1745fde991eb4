// What the module exports. Every function checks its slot and its lengths, though the caller has done so: no argument can make
// it touch memory outside the window and the slots. Every function leaves the working area zeroed.
import { cryptAnywhere, expandKey } from './aes';
import * as gcm from './gcm';
import { multiplyElements } from './ghash';
import {
  DATA,
  IV,
  KEY_BYTES,
  KEY_SLOTS,
  KEYS,
  keyContext,
  MANY_BLOCKS,
  MANY_BLOCKS_CAPACITY,
  MANY_IVS,
  MANY_LENGTHS,
  MANY_MAX,
  OPERANDS,
  ROUNDS,
  roundUp16,
  STATE,
  STREAM_BYTES,
  STREAM_SLOTS,
  STREAMS,
  streamContext,
  TAG,
  WINDOW,
  WINDOW_BYTES,
  WINDOW_SLACK,
  wipe,
  wipeWorkingArea,
} from './memory';
import * as stream from './stream';

/** The layout, for the caller: an address or a count by index, so that there is one place where it is written down. */
export function layout(index: i32): usize {
  if (index == 0) return WINDOW;
  if (index == 1) return WINDOW_BYTES;
  if (index == 2) return IV;
  if (index == 3) return TAG;
  if (index == 4) return OPERANDS;
  if (index == 5) return MANY_LENGTHS;
  if (index == 6) return MANY_IVS;
  if (index == 7) return MANY_MAX;
  if (index == 8) return KEY_SLOTS;
  if (index == 9) return STREAM_SLOTS;
  if (index == 10) return KEYS;
  if (index == 11) return KEY_BYTES;
  if (index == 12) return DATA;
  if (index == 13) return STREAMS;
  if (index == 14) return STREAM_BYTES;
  return 0;
}

function openKeyContext(slot: usize): usize {
  const context = keyContext(slot);
  if (load<i32>(context, ROUNDS) == 0) unreachable();
  return context;
}

function openStreamContext(slot: usize): usize {
  const context = streamContext(slot);
  if (!stream.isOpen(context)) unreachable();
  return context;
}

function checkRoom(bytes: usize): void {
  if (bytes > WINDOW_BYTES) unreachable();
}

function checkTag(tagBytes: usize): void {
  if (tagBytes < 12 || tagBytes > 16) unreachable();
}

/** One record: additional data before DATA, data behind it. */
function checkRecord(aadBytes: usize, bytes: usize): void {
  if (aadBytes > DATA - WINDOW || bytes > WINDOW + WINDOW_BYTES - DATA) unreachable();
}

/** Expands the key of 16, 24 or 32 bytes at the window's start into a slot, and wipes it from the window. */
export function openKey(slot: usize, keyBytes: u32): void {
  if (keyBytes != 16 && keyBytes != 24 && keyBytes != 32) unreachable();
  const context = keyContext(slot);
  wipe(context, KEY_BYTES);
  expandKey(context, WINDOW, keyBytes);
  wipe(WINDOW, 32);
}

export function closeKey(slot: usize): void {
  wipe(keyContext(slot), KEY_BYTES);
}

/** Seals the record at DATA under the IV of 12 bytes at IV; 16 bytes of tag follow the ciphertext. */
export function seal(slot: usize, aadBytes: usize, bytes: usize): void {
  checkRecord(aadBytes, bytes);
  gcm.sealOne(openKeyContext(slot), aadBytes, bytes);
  wipeWorkingArea();
}

/** Opens the record at DATA, `tagBytes` of tag behind it. Returns 1, or 0 with the ciphertext left as it was. */
export function open(slot: usize, aadBytes: usize, bytes: usize, tagBytes: usize): i32 {
  checkRecord(aadBytes, bytes);
  checkTag(tagBytes);
  const isGenuine = gcm.openOne(openKeyContext(slot), aadBytes, bytes, tagBytes);
  wipeWorkingArea();
  return isGenuine ? 1 : 0;
}

function checkRecords(count: usize, tagBytes: usize): void {
  checkTag(tagBytes);
  if (count > MANY_MAX) unreachable();
  let room: usize = 0;
  for (let record: usize = 0; record < count; record++) {
    const aadBytes = load<u32>(MANY_LENGTHS + (record << 3));
    const bytes = load<u32>(MANY_LENGTHS + (record << 3), 4);
    checkRoom(aadBytes);
    checkRoom(bytes);
    room += roundUp16(aadBytes) + roundUp16(bytes) + 16;
    checkRoom(room);
  }
}

/**
 * Seals `count` records that lie one behind the other in the window: additional data, padded to a multiple of 16, data, padded,
 * and 16 bytes of room each; lengths are at MANY_LENGTHS, IVs at MANY_IVS. The results are packed at the window's start.
 */
export function sealMany(slot: usize, count: usize, tagBytes: usize): void {
  checkRecords(count, tagBytes);
  gcm.sealAll(openKeyContext(slot), count, tagBytes);
  wipeWorkingArea();
  wipe(MANY_BLOCKS, 16 * MANY_BLOCKS_CAPACITY);
}

/** Opens `count` records, tags in the room behind the data. Returns `count`, or the first record that is not genuine. */
export function openMany(slot: usize, count: usize, tagBytes: usize): usize {
  checkRecords(count, tagBytes);
  const genuine = gcm.openAll(openKeyContext(slot), count, tagBytes);
  wipeWorkingArea();
  wipe(MANY_BLOCKS, 16 * MANY_BLOCKS_CAPACITY);
  return genuine;
}

export function openStream(slot: usize, keySlot: usize): void {
  const context = streamContext(slot);
  wipe(context, STREAM_BYTES);
  stream.start(context, openKeyContext(keySlot));
  wipeWorkingArea();
}

export function streamIv12(slot: usize): void {
  stream.ivIs12(openStreamContext(slot));
}

export function streamIv(slot: usize, bytes: usize): void {
  checkRoom(bytes);
  stream.absorbIv(openStreamContext(slot), bytes);
}

export function streamIvEnd(slot: usize): void {
  stream.endIv(openStreamContext(slot));
}

export function streamAad(slot: usize, bytes: usize): void {
  checkRoom(bytes);
  stream.absorbAad(openStreamContext(slot), bytes);
}

/** Modes: 1 seal, 2 open, 3 hash only, 4 decrypt only. */
export function streamUpdate(slot: usize, mode: i32, bytes: usize): void {
  checkRoom(bytes);
  stream.update(openStreamContext(slot), mode, bytes);
  wipeWorkingArea();
}

export function streamRewind(slot: usize): void {
  stream.rewind(openStreamContext(slot));
}

/** The tag, to TAG. */
export function streamTag(slot: usize): void {
  stream.computeTag(openStreamContext(slot));
  wipeWorkingArea();
}

/** 1 if the first `tagBytes` at TAG are right. */
export function streamCheck(slot: usize, tagBytes: usize): i32 {
  checkTag(tagBytes);
  const isGenuine = stream.checkTag(openStreamContext(slot), tagBytes);
  wipeWorkingArea();
  return isGenuine ? 1 : 0;
}

export function closeStream(slot: usize): void {
  wipe(streamContext(slot), STREAM_BYTES);
}

/** Counter mode with a 32-bit counter on `bytes` in the window, from byte `skip` of the counter block at IV on. */
export function ctr(slot: usize, skip: usize, bytes: usize): void {
  checkRoom(bytes);
  if (skip > 15) unreachable();
  cryptAnywhere(openKeyContext(slot), v128.load(IV), skip, WINDOW, bytes);
  wipeWorkingArea();
}

/** The product of the field elements at OPERANDS and OPERANDS + 16, to OPERANDS + 32. */
export function multiply(): void {
  multiplyElements(OPERANDS, OPERANDS + 16, OPERANDS + 32);
  wipe(OPERANDS, 32);
}

/** Zeroes a record at DATA: its additional data, its data, and what padding, lengths and tag left behind it. */
export function wipeRecord(aadBytes: usize, bytes: usize): void {
  checkRecord(aadBytes, bytes);
  const aad = roundUp16(aadBytes);
  wipe(DATA - aad, aad + roundUp16(bytes) + WINDOW_SLACK);
}

/** Zeroes the first `bytes` of the window, and the padding behind them. */
export function wipeWindow(bytes: usize): void {
  checkRoom(bytes);
  wipe(WINDOW, roundUp16(bytes) + WINDOW_SLACK);
}

/** Zeroes everything but the contexts of keys and streams: after an exception, wherever it came from. */
export function wipeAll(): void {
  wipe(STATE, KEYS - STATE);
  wipe(WINDOW, WINDOW_BYTES + WINDOW_SLACK);
}
