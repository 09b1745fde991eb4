// The fixed layout of the module's memory, and how it is wiped. The memory never grows, and nothing is allocated: every
// address is a constant here or comes from a slot number that is checked. Secrets lie in three places only: key contexts
// and stream contexts while they are open, and the working area, which each exported function wipes before it returns.

// ---- Working area: wiped by every exported function. -------------------------------------------------------------
/** Two batches of bitsliced state, and values of an S-box that wait behind them. */
export const STATE: usize = 1024;
/** 16 blocks of keystream. */
export const KEYSTREAM: usize = STATE + 512;
/** Two tables of 16 x 16 bytes, while a hash table is built; the words of a key schedule. */
export const TABLES: usize = KEYSTREAM + 256;
/** Counter blocks, then keystream, of many records at once. */
export const MANY_BLOCKS: usize = 8192;
export const MANY_BLOCKS_CAPACITY: usize = 1024;

// ---- Public values. ------------------------------------------------------------------------------------------------
/** 256 zero bytes, never written. */
export const ZEROS: usize = 2304;
/** An IV of 12 bytes, or a whole counter block. */
export const IV: usize = 2560;
/** The tag that a stream computes or is to be checked against. */
export const TAG: usize = 2576;
/** Operands and result of the field product: the caller's own, wiped like the working area. */
export const OPERANDS: usize = 2592;
/** Lengths (additional data, data: two u32) and IVs (12 bytes) of many records. */
export const MANY_MAX: usize = 192;
export const MANY_LENGTHS: usize = 2688;
export const MANY_IVS: usize = 4352;

// ---- Key contexts. -------------------------------------------------------------------------------------------------
export const KEYS: usize = MANY_BLOCKS + 16 * MANY_BLOCKS_CAPACITY;
export const KEY_SLOTS: usize = 64;
export const KEY_BYTES: usize = 4352;
/** Offsets in a key context. The bitsliced round keys (15 x 128 bytes) are at 0. */
export const PERMUTE_KEYS: usize = 1920;
export const ROUNDS: usize = 2160;
/** How many powers of the hash key have tables: 0, 1 or 4. */
export const POWERS: usize = 2164;
export const HASH_TABLES: usize = 2304;

// ---- Stream contexts. ------------------------------------------------------------------------------------------------
export const STREAMS: usize = KEYS + KEY_SLOTS * KEY_BYTES;
export const STREAM_SLOTS: usize = 32;
export const STREAM_BYTES: usize = 128;

// ---- The window, through which data goes in and out. -------------------------------------------------------------
export const WINDOW: usize = STREAMS + STREAM_SLOTS * STREAM_BYTES;
/** A single record's data always begins here; its additional data, padded, ends here. */
export const DATA: usize = WINDOW + 4096;
/** From WINDOW on. */
export const WINDOW_BYTES: usize = 131072;
/** Padding, the block of lengths and the tag may take this much behind a record's end. */
export const WINDOW_SLACK: usize = 64;

/** Zeroes `bytes`, rounded up to a multiple of 16, from an address that is a multiple of 16. */
export function wipe(from: usize, bytes: usize): void {
  const zero = i8x16.splat(0);
  const end = from + bytes;
  while (from < end) {
    v128.store(from, zero);
    from += 16;
  }
}

/** Zeroes what AES leaves behind: state and keystream, which lie side by side. Tables are wiped where they are used. */
// @ts-ignore: decorator
@inline
export function wipeWorkingArea(): void {
  wipe(STATE, 768);
}

/** The context of a key slot; traps outside the slots. */
export function keyContext(slot: usize): usize {
  if (slot >= KEY_SLOTS) unreachable();
  return KEYS + slot * KEY_BYTES;
}

/** The context of a stream slot; traps outside the slots. */
export function streamContext(slot: usize): usize {
  if (slot >= STREAM_SLOTS) unreachable();
  return STREAMS + slot * STREAM_BYTES;
}

// @ts-ignore: decorator
@inline
export function roundUp16(bytes: usize): usize {
  return (bytes + 15) & ~15;
}

/** A mask of `count` bytes FF, then 00; count is 0 to 16 and public. */
export function firstBytes(count: usize): v128 {
  return i8x16.lt_u(i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), i8x16.splat(<i8>count));
}

/** Moves bytes towards lower addresses. */
export function moveDown(from: usize, to: usize, bytes: usize): void {
  if (from == to) return;
  const end = from + (bytes & ~15);
  while (from < end) {
    v128.store(to, v128.load(from));
    from += 16;
    to += 16;
  }
  const rest = bytes & 15;
  for (let i: usize = 0; i < rest; i++) store<u8>(to + i, load<u8>(from + i));
}
