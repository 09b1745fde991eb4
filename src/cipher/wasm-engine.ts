// AES-GCM in the WASM core, at once. A call copies its inputs into the core's window, lets the core work in place, and copies the
// result out; whatever fails on the way, the window is zeroed before the error leaves.
import {
  ivBytes,
  type ManyOptions,
  type MessageOptions,
  type OpenStream,
  type SealStream,
  type SyncAead,
} from './aead.ts';
import { aadOf, byteLength, ivLength, noAad, own, tagBytes, target, view, withoutTag } from './arguments.ts';
import { AuthenticationFailed, CipherClosed, InvalidArgument } from './errors.ts';
import { type Core, loadCore } from './wasm/core.ts';
import { openLong, sealLong } from './wasm-long.ts';
import { ManyBatch } from './wasm-many.ts';
import { CoreOpenStream, CoreSealStream } from './wasm-stream.ts';

const { set } = Uint8Array.prototype;

/** Longer messages go through the window piece by piece: the core's caches then serve the hash what the cipher has just written. */
const oneShotBytes = 32_768;
/** Results up to this length are copied out through views that are kept: making one costs as much as sealing 16 bytes. */
const keptViews = 1104;

const roundUp16 = (bytes: number): number => (bytes + 15) & ~15;

/** One key in the core. Made by `openSyncKey`. */
export class WasmCipher implements SyncAead {
  readonly #core: Core;
  readonly #views: Uint8Array[];
  readonly #aadRoom: number;
  #slot: number;
  #streams: Set<{ close(): void }> | undefined;

  constructor(core: Core, key: Uint8Array) {
    const length = byteLength('key', key);
    if (length !== 16 && length !== 24 && length !== 32)
      throw new InvalidArgument('key', 'must have 16, 24 or 32 bytes');
    this.#core = core;
    this.#views = core.views;
    this.#aadRoom = core.layout.data - core.layout.window;
    this.#slot = core.keySlots.take();
    try {
      set.call(core.heap, key, core.layout.window);
      core.exports.openKey(this.#slot, length);
    } catch (error) {
      core.exports.wipeAll();
      this.close();
      throw error;
    }
  }

  /** The slot. Asked for when all options are read, because reading them may run the caller's code, which may close the key. */
  #open(): number {
    if (this.#slot < 0) throw new CipherClosed('key');
    return this.#slot;
  }

  seal(iv: Uint8Array, plaintext: Uint8Array, options?: MessageOptions): Uint8Array {
    const aad = aadOf(options);
    const into = own(options, 'into');
    const tag = tagBytes(own(options, 'tagLength'));
    const ivLengthBytes = ivLength(iv);
    const bytes = byteLength('plaintext', plaintext);
    const aadBytes = aad === noAad ? 0 : byteLength('aad', aad);
    const result = target(into, bytes + tag);
    const slot = this.#open();
    const core = this.#core;
    try {
      if (ivLengthBytes !== ivBytes || bytes > oneShotBytes || aadBytes > this.#aadRoom) {
        sealLong(core, slot, iv, aad, plaintext, result, tag);
        return result;
      }
      const { data } = core.layout;
      set.call(core.heap, iv, core.layout.iv);
      set.call(core.heap, plaintext, data);
      if (aadBytes > 0) set.call(core.heap, aad, data - roundUp16(aadBytes));
      core.exports.seal(slot, aadBytes, bytes);
      set.call(result, this.#view(bytes + tag));
      return result;
    } catch (error) {
      core.exports.wipeAll();
      throw error;
    }
  }

  open(iv: Uint8Array, sealed: Uint8Array, options?: MessageOptions): Uint8Array {
    const aad = aadOf(options);
    const into = own(options, 'into');
    const tag = tagBytes(own(options, 'tagLength'));
    const ivLengthBytes = ivLength(iv);
    const bytes = withoutTag('sealed', byteLength('sealed', sealed), tag);
    const aadBytes = aad === noAad ? 0 : byteLength('aad', aad);
    const result = target(into, bytes);
    const slot = this.#open();
    const core = this.#core;
    try {
      if (ivLengthBytes !== ivBytes || bytes > oneShotBytes || aadBytes > this.#aadRoom) {
        openLong(core, slot, iv, aad, sealed, result, tag);
        return result;
      }
      const { data } = core.layout;
      set.call(core.heap, iv, core.layout.iv);
      set.call(core.heap, sealed, data);
      if (aadBytes > 0) set.call(core.heap, aad, data - roundUp16(aadBytes));
      if (core.exports.open(slot, aadBytes, bytes, tag) !== 1) throw new AuthenticationFailed();
      set.call(result, this.#view(bytes));
      core.exports.wipeRecord(aadBytes, bytes);
      return result;
    } catch (error) {
      core.exports.wipeAll();
      throw error;
    }
  }

  /** A view of the first `length` bytes at DATA. */
  #view(length: number): Uint8Array {
    const kept = this.#views[length];
    if (kept !== undefined) return kept;
    const { heap, layout } = this.#core;
    const made = view(heap, layout.data, layout.data + length);
    if (length < keptViews) this.#views[length] = made;
    return made;
  }

  sealMany(ivs: Uint8Array, records: readonly Uint8Array[], options?: ManyOptions): Uint8Array {
    const batch = new ManyBatch(this.#core, ivs, records, options);
    return batch.seal(this.#open());
  }

  openMany(ivs: Uint8Array, sealed: readonly Uint8Array[], options?: ManyOptions): Uint8Array {
    const batch = new ManyBatch(this.#core, ivs, sealed, options);
    return batch.open(this.#open());
  }

  sealStream(iv: Uint8Array): SealStream {
    return this.#keep(new CoreSealStream(this.#core, this.#open(), iv, (stream) => this.#streams?.delete(stream)));
  }

  openStream(iv: Uint8Array): OpenStream {
    return this.#keep(new CoreOpenStream(this.#core, this.#open(), iv, (stream) => this.#streams?.delete(stream)));
  }

  #keep<T extends { close(): void }>(stream: T): T {
    this.#streams ??= new Set();
    this.#streams.add(stream);
    return stream;
  }

  /** Zeroes the key's context and those of its streams. Closing twice does no harm. */
  close(): void {
    if (this.#slot < 0) return;
    for (const stream of this.#streams ?? []) stream.close();
    this.#core.exports.closeKey(this.#slot);
    this.#core.keySlots.giveBack(this.#slot);
    this.#slot = -1;
  }
}

/** Opens keys in the core, at once. */
export interface SyncCiphers {
  /**
   * Expands a key of 16, 24 or 32 bytes into the core, which has a limited number of places: close what is done. The
   * caller's copy of the key remains the caller's to wipe.
   *
   * @throws {InvalidArgument} @throws {TooManyOpen}
   */
  openKey(key: Uint8Array): SyncAead;
  /** True where `openKey` would throw `TooManyOpen`. */
  readonly isFull: boolean;
}

/**
 * Loads the core, once in a realm.
 *
 * @throws {WasmBlocked}
 */
export async function loadSyncCiphers(): Promise<SyncCiphers> {
  const core = await loadCore();
  return {
    openKey: (key) => new WasmCipher(core, key),
    get isFull() {
      return core.keySlots.isEmpty;
    },
  };
}
