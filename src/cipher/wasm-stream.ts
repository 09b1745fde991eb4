// Messages in pieces, in the WASM core. The order of calls (additional data, data, tag) is kept here; the core keeps the counts.
import { ivBytes, maxMessageBytes, type OpenStream, type SealStream, type TagLength } from './aead.ts';
import { byteLength, copyOf, ivLength, overtakes, tagBytes, target, view } from './arguments.ts';
import { AuthenticationFailed, CipherClosed, InvalidArgument } from './errors.ts';
import type { Core } from './wasm/core.ts';

const { fill, set } = Uint8Array.prototype;

/** Modes of streamUpdate, assembly/stream.ts. */
export const streamModes = { seal: 1, open: 2, hash: 3, crypt: 4 } as const;
/** What goes through the window at a time. */
export const pieceBytes = 65_536;

/** Puts a stream slot to work under a key slot, with its IV. The slot is the caller's to close. */
export function beginStream(core: Core, keySlot: number, iv: Uint8Array): number {
  const length = ivLength(iv);
  const slot = core.streamSlots.take();
  try {
    core.exports.openStream(slot, keySlot);
    if (length === ivBytes) {
      set.call(core.heap, iv, core.layout.iv);
      core.exports.streamIv12(slot);
    } else {
      throughWindow(core, iv, length, (bytes) => core.exports.streamIv(slot, bytes));
      core.exports.streamIvEnd(slot);
    }
    return slot;
  } catch (error) {
    core.exports.wipeAll();
    endStream(core, slot);
    throw error;
  }
}

/** Zeroes a stream's context and gives its slot back. */
export function endStream(core: Core, slot: number): void {
  core.exports.closeStream(slot);
  core.streamSlots.giveBack(slot);
}

/** Hands `source` to the core piece by piece, and the results, if they are wanted, to `result`. */
export function throughWindow(
  core: Core,
  source: Uint8Array,
  length: number,
  work: (bytes: number) => void,
  result?: Uint8Array,
): void {
  const { window } = core.layout;
  for (let at = 0; at < length; at += pieceBytes) {
    const bytes = Math.min(pieceBytes, length - at);
    set.call(core.heap, bytes === length ? source : view(source, at, at + bytes), window);
    work(bytes);
    if (result !== undefined) set.call(result, view(core.heap, window, window + bytes), at);
  }
}

abstract class CoreStream {
  protected readonly core: Core;
  readonly #onClose: (stream: CoreStream) => void;
  #slot: number;
  #bytes = 0;

  constructor(core: Core, keySlot: number, iv: Uint8Array, onClose: (stream: CoreStream) => void) {
    this.core = core;
    this.#onClose = onClose;
    this.#slot = beginStream(core, keySlot, iv);
  }

  protected slot(): number {
    if (this.#slot < 0) throw new CipherClosed('stream');
    return this.#slot;
  }

  protected attempt<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      this.core.exports.wipeAll();
      this.close();
      throw error;
    }
  }

  aad(piece: Uint8Array): void {
    const slot = this.slot();
    const length = byteLength('piece', piece);
    if (this.#bytes > 0) throw new InvalidArgument('piece', 'of additional data must come before all data');
    this.attempt(() => throughWindow(this.core, piece, length, (bytes) => this.core.exports.streamAad(slot, bytes)));
  }

  protected pass(mode: number, piece: Uint8Array, into: Uint8Array | undefined): Uint8Array {
    const slot = this.slot();
    const length = byteLength('piece', piece);
    if (this.#bytes + length > maxMessageBytes)
      throw new InvalidArgument('piece', 'takes the message beyond 2^36 - 32 bytes');
    const result = target(into, length);
    this.attempt(() => {
      const source = length > pieceBytes && overtakes(result, piece) ? copyOf(piece, 0, length) : piece;
      throughWindow(this.core, source, length, (bytes) => this.core.exports.streamUpdate(slot, mode, bytes), result);
      if (source !== piece) fill.call(source, 0);
      this.core.exports.wipeWindow(Math.min(length, pieceBytes));
    });
    this.#bytes += length;
    return result;
  }

  close(): void {
    if (this.#slot < 0) return;
    endStream(this.core, this.#slot);
    this.#slot = -1;
    this.#onClose(this);
  }
}

export class CoreSealStream extends CoreStream implements SealStream {
  update(piece: Uint8Array, into?: Uint8Array): Uint8Array {
    return this.pass(streamModes.seal, piece, into);
  }

  final(tagLength?: TagLength): Uint8Array {
    const slot = this.slot();
    const length = tagBytes(tagLength);
    return this.attempt(() => {
      this.core.exports.streamTag(slot);
      const { tag } = this.core.layout;
      const result = copyOf(this.core.heap, tag, tag + length);
      this.close();
      return result;
    });
  }
}

export class CoreOpenStream extends CoreStream implements OpenStream {
  update(piece: Uint8Array, into?: Uint8Array): Uint8Array {
    return this.pass(streamModes.open, piece, into);
  }

  final(tag: Uint8Array): void {
    const slot = this.slot();
    const length = byteLength('tag', tag);
    if (length < 12 || length > 16) throw new InvalidArgument('tag', 'must have 12 to 16 bytes');
    this.attempt(() => {
      set.call(this.core.heap, tag, this.core.layout.tag);
      const isGenuine = this.core.exports.streamCheck(slot, length) === 1;
      this.close();
      if (!isGenuine) throw new AuthenticationFailed();
    });
  }
}
