// Whole messages that do not fit the window, or whose IV has not 12 bytes: through a stream of the core. Opening goes over the
// ciphertext twice, to check the tag before the first byte of plaintext exists.
import { maxMessageBytes } from './aead.ts';
import { copyOf, lengthAgain, overtakes, view } from './arguments.ts';
import { AuthenticationFailed, InvalidArgument } from './errors.ts';
import type { Core } from './wasm/core.ts';
import { beginStream, endStream, pieceBytes, streamModes, throughWindow } from './wasm-stream.ts';

const { fill, set } = Uint8Array.prototype;

/** `source`, or a copy of it if writing the result would destroy what is still to be read. */
function readable(source: Uint8Array, result: Uint8Array): Uint8Array {
  return overtakes(result, source) ? copyOf(source, 0, lengthAgain(source)) : source;
}

function withStream(core: Core, keySlot: number, iv: Uint8Array, aad: Uint8Array, work: (slot: number) => void): void {
  const slot = beginStream(core, keySlot, iv);
  try {
    throughWindow(core, aad, lengthAgain(aad), (bytes) => core.exports.streamAad(slot, bytes));
    work(slot);
  } finally {
    endStream(core, slot);
  }
}

/** Zeroes as much of the window as was used. */
function wipe(core: Core, bytes: number, aad: Uint8Array, iv: Uint8Array): void {
  core.exports.wipeWindow(Math.min(Math.max(bytes, lengthAgain(aad), lengthAgain(iv)), pieceBytes));
}

/** Seals `plaintext` and its tag into `result`, whose length is exact. Errors leave the core for the caller to wipe. */
export function sealLong(
  core: Core,
  keySlot: number,
  iv: Uint8Array,
  aad: Uint8Array,
  plaintext: Uint8Array,
  result: Uint8Array,
  tagBytes: number,
): void {
  const bytes = lengthAgain(result) - tagBytes;
  if (bytes > maxMessageBytes) throw new InvalidArgument('plaintext', 'is longer than 2^36 - 32 bytes');
  const source = readable(plaintext, result);
  withStream(core, keySlot, iv, aad, (slot) => {
    throughWindow(core, source, bytes, (piece) => core.exports.streamUpdate(slot, streamModes.seal, piece), result);
    core.exports.streamTag(slot);
    const { tag } = core.layout;
    set.call(result, view(core.heap, tag, tag + tagBytes), bytes);
  });
  if (source !== plaintext) fill.call(source, 0);
  wipe(core, bytes, aad, iv);
}

/** Opens `sealed` into `result`, whose length is exact. */
export function openLong(
  core: Core,
  keySlot: number,
  iv: Uint8Array,
  aad: Uint8Array,
  sealed: Uint8Array,
  result: Uint8Array,
  tagBytes: number,
): void {
  const bytes = lengthAgain(result);
  const source = readable(sealed, result);
  withStream(core, keySlot, iv, aad, (slot) => {
    throughWindow(core, source, bytes, (piece) => core.exports.streamUpdate(slot, streamModes.hash, piece));
    set.call(core.heap, view(source, bytes, bytes + tagBytes), core.layout.tag);
    if (core.exports.streamCheck(slot, tagBytes) !== 1) throw new AuthenticationFailed();
    core.exports.streamRewind(slot);
    throughWindow(core, source, bytes, (piece) => core.exports.streamUpdate(slot, streamModes.crypt, piece), result);
  });
  wipe(core, bytes, aad, iv);
}
