// Hybrid public key encryption (RFC 9180), mode base, of one suite: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. P-256 because
// every runtime's WebCrypto has it, with private keys that nobody can read. The sealing itself is the package `hpke`.
import {
  type AEADFactory,
  CipherSuite,
  KDF_HKDF_SHA256,
  KEM_DHKEM_P256_HKDF_SHA256,
  type RecipientContext,
  type SenderContext,
} from 'hpke';
import { isUncompressedPoint } from '../formats/curve-point.ts';
import type { Bytes } from '../model/shape.ts';

const gcm = (iv: Uint8Array, additionalData: Uint8Array): AesGcmParams => ({
  name: 'AES-GCM',
  iv: iv as Bytes,
  additionalData: additionalData as Bytes,
  tagLength: 128,
});
const importGcmKey = (key: Uint8Array): Promise<CryptoKey> =>
  globalThis.crypto.subtle.importKey('raw', key as Bytes, { name: 'AES-GCM' }, false, ['encrypt', 'decrypt']);

/** AES-256-GCM (section 7.3). The package's own leaves the length of the tag to `Object.prototype`, where script may have set it to 32. */
const aead: AEADFactory = () => ({
  id: 0x0002,
  type: 'AEAD',
  name: 'AES-256-GCM',
  Nk: 32,
  Nn: 12,
  Nt: 16,
  async Seal(key, nonce, additionalData, plaintext) {
    const { subtle } = globalThis.crypto;
    const sealed = await subtle.encrypt(gcm(nonce, additionalData), await importGcmKey(key), plaintext as Bytes);
    return new Uint8Array(sealed);
  },
  async Open(key, nonce, additionalData, sealed) {
    const { subtle } = globalThis.crypto;
    return new Uint8Array(await subtle.decrypt(gcm(nonce, additionalData), await importGcmKey(key), sealed as Bytes));
  },
});

const suite = new CipherSuite(KEM_DHKEM_P256_HKDF_SHA256, KDF_HKDF_SHA256, aead);

/** Length of a public key and of an encapsulated key: an uncompressed point. */
export const publicKeyLength = 65;
/** The tag of AES-GCM. */
export const sealedOverhead = 16;

/** A key pair of the suite. Nobody can read the private half. */
export interface HpkePair {
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  /** The public half as 65 bytes. */
  readonly publicBytes: Bytes;
}

export async function generateHpkePair(): Promise<HpkePair> {
  const { privateKey, publicKey } = (await suite.GenerateKeyPair(false)) as CryptoKeyPair;
  return { privateKey, publicKey, publicBytes: copyOf(await suite.SerializePublicKey(publicKey)) };
}

/** True for a private key as `generateHpkePair` makes it. */
export const isHpkePrivateKey = (key: CryptoKey | undefined): key is CryptoKey =>
  key !== undefined &&
  key.type === 'private' &&
  !key.extractable &&
  key.algorithm.name === 'ECDH' &&
  (key.algorithm as EcKeyAlgorithm).namedCurve === 'P-256' &&
  key.usages.includes('deriveBits');

/** One direction of messages, in order, and secrets that both sides can derive. */
export class HpkeSender {
  /** The encapsulated key: 65 bytes, for the recipient. */
  readonly encapsulated: Bytes;
  readonly #context: SenderContext;

  private constructor(encapsulated: Bytes, context: SenderContext) {
    this.encapsulated = encapsulated;
    this.#context = context;
  }

  /** @param publicBytes 65 bytes @returns undefined where they are no point of the curve */
  static async setUp(publicBytes: Bytes, info: Bytes): Promise<HpkeSender | undefined> {
    const publicKey = await importHpkePublicKey(publicBytes);
    if (publicKey === undefined) return undefined;
    const { encapsulatedSecret, ctx } = await suite.SetupSender(publicKey, { info });
    return new HpkeSender(copyOf(encapsulatedSecret), ctx);
  }

  async seal(plaintext: Bytes, additionalData: Bytes): Promise<Bytes> {
    return copyOf(await this.#context.Seal(plaintext, additionalData));
  }

  /** @param label what the secret is for @returns 32 bytes */
  async exportSecret(label: Bytes): Promise<Bytes> {
    return copyOf(await this.#context.Export(label, 32));
  }
}

export class HpkeRecipient {
  readonly #context: RecipientContext;

  private constructor(context: RecipientContext) {
    this.#context = context;
  }

  /** @returns undefined where the encapsulated key is no point of the curve */
  static async setUp(
    pair: Pick<HpkePair, 'privateKey' | 'publicKey'>,
    encapsulated: Bytes,
    info: Bytes,
  ): Promise<HpkeRecipient | undefined> {
    if (!isUncompressedPoint('P-256', encapsulated)) return undefined;
    try {
      return new HpkeRecipient(await suite.SetupRecipient(pair, encapsulated, { info }));
    } catch {
      return undefined;
    }
  }

  /** The next message; undefined where it was altered, or is another one. */
  async open(sealed: Bytes, additionalData: Bytes): Promise<Bytes | undefined> {
    try {
      return copyOf(await this.#context.Open(sealed, additionalData));
    } catch {
      return undefined;
    }
  }

  async exportSecret(label: Bytes): Promise<Bytes> {
    return copyOf(await this.#context.Export(label, 32));
  }
}

/**
 * The public half of a pair from its bytes. WebKitGTK 2.50 imports points that are not on the curve, which would give a private key away
 * bit by bit (Antipa and others, PKC 2003).
 * @returns undefined where they are no point of the curve
 */
export async function importHpkePublicKey(publicBytes: Bytes): Promise<CryptoKey | undefined> {
  if (!isUncompressedPoint('P-256', publicBytes)) return undefined;
  try {
    return (await suite.DeserializePublicKey(publicBytes)) as CryptoKey;
  } catch {
    return undefined;
  }
}

const copyOf = (bytes: Uint8Array): Bytes => new Uint8Array(bytes);
