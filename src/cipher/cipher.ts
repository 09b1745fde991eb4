// AES-GCM by whichever engine is faster for a message: short ones in the WASM core, long ones in WebCrypto. Where one of
// the two is missing (a Content-Security-Policy without 'wasm-unsafe-eval', AES-192 in Chromium) the other does all.
import { type Aead, ivBytes, type MessageOptions, type SyncAead } from './aead.ts';
import { byteLength, ivLength, own } from './arguments.ts';
import { crossoverOf, runtimeOf } from './crossover.ts';
import { CipherClosed, InvalidArgument, TooManyOpen } from './errors.ts';
import { openNativeKey } from './native-engine.ts';
import { loadSyncCiphers, type SyncCiphers } from './wasm-engine.ts';

/** A key with both faces. */
export interface Cipher extends Aead {
  /** The same key, at once. @throws {WasmBlocked} */
  readonly sync: SyncAead;
}

class EitherCipher implements Cipher {
  readonly #native: Aead | undefined;
  readonly #wasm: SyncAead | { readonly blocked: Error };
  readonly #crossover: number;
  #isClosed = false;

  constructor(native: Aead | undefined, wasm: SyncAead | { readonly blocked: Error }, crossover: number) {
    this.#native = native;
    this.#wasm = wasm;
    this.#crossover = crossover;
  }

  get sync(): SyncAead {
    if (this.#isClosed) throw new CipherClosed('key');
    if ('blocked' in this.#wasm) throw this.#wasm.blocked;
    return this.#wasm;
  }

  /** The engine for a message of `bytes`. Unusual lengths of IV and tag are the core's: runtimes differ in which they take. */
  #engine(iv: Uint8Array, bytes: number, tag: number): Pick<SyncAead, 'seal' | 'open'> | Aead {
    if (this.#isClosed) throw new CipherClosed('key');
    if ('blocked' in this.#wasm) {
      if (this.#native === undefined) throw this.#wasm.blocked;
      return this.#native;
    }
    if (this.#native !== undefined && bytes > this.#crossover && ivLength(iv) === ivBytes && tag === 16)
      return this.#native;
    return this.#wasm;
  }

  async seal(iv: Uint8Array, plaintext: Uint8Array, options?: MessageOptions): Promise<Uint8Array> {
    return this.#engine(iv, byteLength('plaintext', plaintext), own(options, 'tagLength') ?? 16).seal(
      iv,
      plaintext,
      options,
    );
  }

  async open(iv: Uint8Array, sealed: Uint8Array, options?: MessageOptions): Promise<Uint8Array> {
    return this.#engine(iv, byteLength('sealed', sealed), own(options, 'tagLength') ?? 16).open(iv, sealed, options);
  }

  close(): void {
    this.#isClosed = true;
    this.#native?.close();
    if (!('blocked' in this.#wasm)) this.#wasm.close();
  }
}

/**
 * Opens a key of 16, 24 or 32 bytes for both engines. The bytes are copied before the first wait, and the copy is zeroed.
 *
 * @param needs `either` where `sync` is not needed: then a core that has no place left is none
 * @throws {InvalidArgument} @throws {TooManyOpen} @throws {WasmBlocked} if neither engine can take the key
 */
export async function openCipher(key: Uint8Array, needs: 'both' | 'either' = 'both'): Promise<Cipher> {
  const length = byteLength('key', key);
  if (length !== 16 && length !== 24 && length !== 32) throw new InvalidArgument('key', 'must have 16, 24 or 32 bytes');
  const copy = new Uint8Array(length);
  copy.set(key);
  try {
    const [native, ciphers] = await Promise.allSettled([openNativeKey(copy), loadSyncCiphers()]);
    if (ciphers.status === 'rejected' && native.status === 'rejected') throw ciphers.reason;
    const platform = native.status === 'fulfilled' ? native.value : undefined;
    const wasm =
      ciphers.status === 'fulfilled'
        ? openInCore(ciphers.value, copy, needs === 'either' && platform !== undefined)
        : { blocked: ciphers.reason as Error };
    return new EitherCipher(platform, wasm, crossoverOf(runtimeOf(globalThis as object)));
  } finally {
    copy.fill(0);
  }
}

function openInCore(ciphers: SyncCiphers, key: Uint8Array, canDoWithout: boolean): SyncAead | { blocked: Error } {
  try {
    return ciphers.openKey(key);
  } catch (error) {
    if (canDoWithout && error instanceof TooManyOpen) return { blocked: error };
    throw error;
  }
}
