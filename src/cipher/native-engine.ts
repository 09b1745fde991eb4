// AES-GCM in the platform's WebCrypto. Every parameter is given explicitly: one that is left out is looked up on
// Object.prototype, which a polluted page controls.
import { type Aead, ivBytes, type MessageOptions } from './aead.ts';
import { aadOf, byteLength, ivLength, own, tagBytes, target, withoutTag } from './arguments.ts';
import { AuthenticationFailed, CipherClosed, InvalidArgument } from './errors.ts';

type Bytes = Uint8Array<ArrayBuffer>;

function parameters(iv: Uint8Array, aad: Uint8Array, tag: number): AesGcmParams {
  return { name: 'AES-GCM', iv: iv as Bytes, additionalData: aad as Bytes, tagLength: 8 * tag };
}

/** Puts a result where the caller wants it. */
function deliver(result: ArrayBuffer, into: Uint8Array | undefined): Uint8Array {
  const bytes = new Uint8Array(result);
  if (into === undefined) return bytes;
  const place = target(into, bytes.byteLength);
  place.set(bytes);
  return place;
}

/** One key in WebCrypto. */
export class NativeCipher implements Aead {
  #key: CryptoKey | undefined;

  constructor(key: CryptoKey) {
    this.#key = key;
  }

  #open(): CryptoKey {
    if (this.#key === undefined) throw new CipherClosed('key');
    return this.#key;
  }

  async seal(iv: Uint8Array, plaintext: Uint8Array, options?: MessageOptions): Promise<Uint8Array> {
    const key = this.#open();
    const aad = aadOf(options);
    const into = own(options, 'into');
    const tag = tagBytes(own(options, 'tagLength'));
    const ivLengthBytes = ivLength(iv);
    byteLength('aad', aad);
    const bytes = byteLength('plaintext', plaintext);
    if (into !== undefined) target(into, bytes + tag);
    let sealed: ArrayBuffer;
    try {
      sealed = await crypto.subtle.encrypt(parameters(iv, aad, tag), key, plaintext as Bytes);
    } catch (error) {
      if (ivLengthBytes === ivBytes) throw error;
      throw new InvalidArgument('iv', `of ${ivLengthBytes} bytes is not to be had from WebCrypto here`);
    }
    return deliver(sealed, into);
  }

  async open(iv: Uint8Array, sealed: Uint8Array, options?: MessageOptions): Promise<Uint8Array> {
    const key = this.#open();
    const aad = aadOf(options);
    const into = own(options, 'into');
    const tag = tagBytes(own(options, 'tagLength'));
    ivLength(iv);
    byteLength('aad', aad);
    const bytes = withoutTag('sealed', byteLength('sealed', sealed), tag);
    if (into !== undefined) target(into, bytes);
    let opened: ArrayBuffer;
    try {
      opened = await crypto.subtle.decrypt(parameters(iv, aad, tag), key, sealed as Bytes);
    } catch {
      // Runtimes differ in what they say here, so nothing of it is passed on.
      throw new AuthenticationFailed();
    }
    return deliver(opened, into);
  }

  close(): void {
    this.#key = undefined;
  }
}

/**
 * Imports a key of 16, 24 or 32 bytes into WebCrypto. Chromium knows no AES-192 there.
 *
 * @throws {InvalidArgument}
 */
export async function openNativeKey(key: Uint8Array): Promise<Aead> {
  const length = byteLength('key', key);
  if (length !== 16 && length !== 24 && length !== 32) throw new InvalidArgument('key', 'must have 16, 24 or 32 bytes');
  return new NativeCipher(
    await crypto.subtle.importKey('raw', key as Bytes, { name: 'AES-GCM' }, false, ['encrypt', 'decrypt']),
  );
}
