// AES-256-GCM with random nonces under a secret that two devices have derived, for the messages that HPKE's one direction leaves open.
import type { Bytes } from '../model/shape.ts';
import { nonceLength, openBytes, sealBytes } from './sealed-bytes.ts';

const tagLength = 16;

const parametersFor =
  (additionalData: Bytes) =>
  (iv: Bytes): AesGcmParams => ({ name: 'AES-GCM', iv, additionalData, tagLength: 8 * tagLength });

export class SecretBox {
  readonly #key: CryptoKey;

  private constructor(key: CryptoKey) {
    this.#key = key;
  }

  /** @param secret 32 bytes; it is wiped */
  static async of(secret: Bytes): Promise<SecretBox> {
    try {
      const usages: KeyUsage[] = ['encrypt', 'decrypt'];
      return new SecretBox(await globalThis.crypto.subtle.importKey('raw', secret, { name: 'AES-GCM' }, false, usages));
    } finally {
      secret.fill(0);
    }
  }

  /** Nonce (12), ciphertext and tag (16). */
  seal(plaintext: Bytes, additionalData: Bytes): Promise<Bytes> {
    return sealBytes(this.#key, parametersFor(additionalData), plaintext);
  }

  /** @returns undefined where it was altered, or is another one */
  async open(sealed: Bytes, additionalData: Bytes): Promise<Bytes | undefined> {
    if (sealed.length < nonceLength + tagLength) return undefined;
    return openBytes(this.#key, parametersFor(additionalData), sealed);
  }
}
