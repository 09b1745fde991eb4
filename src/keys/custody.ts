// How key material lies in a row. `device`: the CryptoKey itself, in a store that holds CryptoKeys. `wrapped`: its bytes under
// a root (AES-256-GCM), for stores that hold bytes only, or where the device alone must not be enough (wrapped-custody.ts).
// `recoverable`: both (recoverable-custody.ts). What no CryptoKey can be (docs/keys.md) is sealed: under a key of its own beside it in
// the device, or under the root.
import { concat, utf8 } from '../formats/bytes.ts';
import { KeyUndecryptable } from '../model/errors/index.ts';
import type { Bytes } from '../model/shape.ts';
import { generateMaterial, importMaterial, isMaterial } from './material.ts';
import { randomBytes } from './random.ts';

export type CustodyKind = 'device' | 'recoverable' | 'wrapped';

/** What a row holds of a key: its wrapped bytes, or the key itself beside no bytes. */
export interface Kept {
  readonly value: Bytes;
  readonly key?: CryptoKey | undefined;
  /** The same key for a second algorithm. */
  readonly twin?: CryptoKey | undefined;
  /** The bytes of the key under the root, in a row of their own: what a recoverable keyring is recovered from. */
  readonly copy?: Bytes | undefined;
}

/** The second handle of a key; read as an own member, because most keys have none. */
export const twinOf = (kept: Kept): CryptoKey | undefined => (Object.hasOwn(kept, 'twin') ? kept.twin : undefined);

/** The wrapped copy of a key, of recoverable keyrings only. */
export const copyOf = (kept: Kept): Bytes | undefined => (Object.hasOwn(kept, 'copy') ? kept.copy : undefined);

/** What bytes are: material of a symmetric key, or the secret of a MAC key or a pair. They are wrapped under labels of their own. */
export type KeptAs = 'material' | 'secret';

/** Makes keys that can be kept, and gets them back. */
export interface Custody {
  readonly kind: CustodyKind;
  /** @param label what the key is for: a kept key is recovered under the same label only */
  make(label: string): Promise<{ readonly material: CryptoKey; readonly kept: Kept }>;
  /** Keeps a key that was imported as bytes, which the caller wipes. @throws RangeError for anything but 32 bytes */
  keep(label: string, bytes: Bytes): Promise<{ readonly material: CryptoKey; readonly kept: Kept }>;
  /** @throws KeyUndecryptable where what was kept gives no key */
  recover(label: string, kept: Kept): Promise<CryptoKey>;
  /** Wraps the bytes of a secret, which the caller wipes. */
  seal(label: string, secret: Bytes): Promise<Kept>;
  /** Opens what `seal` made; the caller wipes it. @throws KeyUndecryptable */
  open(label: string, kept: Kept): Promise<Bytes>;
  /** Adds the wrapped copy of a secret that the platform holds, where this custody keeps copies. */
  withCopy(label: string, kept: Kept, secret: Bytes): Promise<Kept>;
  /**
   * The bytes of a kept key, to keep them in another custody; the caller wipes them.
   * @returns undefined where they were made inside the platform, which gives them to nobody
   * @throws KeyUndecryptable
   */
  release(label: string, kept: Kept, as: KeptAs): Promise<Bytes | undefined>;
}

export const deviceCustody: Custody = {
  kind: 'device',
  async make() {
    const material = await generateMaterial();
    return { material, kept: { value: new Uint8Array(0), key: material } };
  },
  async keep(_, bytes) {
    const material = await importMaterial(bytes);
    return { material, kept: { value: new Uint8Array(0), key: material } };
  },
  async recover(label, { key }) {
    if (!isMaterial(key))
      throw new KeyUndecryptable(`The stored key of ${label} is missing or is not what keyhaven stored.`);
    return key;
  },
  async seal(label, secret) {
    const algorithm = { name: 'AES-GCM', length: 256 };
    const key = await globalThis.crypto.subtle.generateKey(algorithm, false, ['encrypt', 'decrypt']);
    return { value: await sealBytes(key, secretParameters(label), secret), key };
  },
  async open(label, { value, key }) {
    const isWrappingKey = key?.algorithm.name === 'AES-GCM' && !key.extractable;
    const opened = isWrappingKey ? await openBytes(key, secretParameters(label), value) : undefined;
    if (opened === undefined) throw new KeyUndecryptable(`The stored key of ${label} is missing or was exchanged.`);
    return opened;
  },
  async withCopy(_, kept) {
    return kept;
  },
  async release(label, kept, as) {
    return as === 'secret' && kept.value.length > 0 ? deviceCustody.open(label, kept) : undefined;
  },
};

/** Bytes of the nonce that wrapped bytes begin with. */
export const nonceLength = 12;

export type Parameters = (iv: Bytes) => AesGcmParams;

export const parametersFor = (purpose: string, label: string): Parameters => {
  const additionalData = utf8(`${purpose}\0${label}`);
  return (iv) => ({ name: 'AES-GCM', iv, additionalData, tagLength: 128 });
};
export const secretParameters = (label: string): Parameters => parametersFor('keyhaven/v1/sealed-secret', label);

export async function sealBytes(key: CryptoKey, parameters: Parameters, bytes: Bytes): Promise<Bytes> {
  const nonce = randomBytes(nonceLength);
  return concat(nonce, new Uint8Array(await globalThis.crypto.subtle.encrypt(parameters(nonce), key, bytes)));
}

/** @returns undefined where the bytes do not open */
export async function openBytes(key: CryptoKey, parameters: Parameters, value: Bytes): Promise<Bytes | undefined> {
  const nonce = value.slice(0, nonceLength);
  try {
    const { subtle } = globalThis.crypto;
    return new Uint8Array(await subtle.decrypt(parameters(nonce), key, value.slice(nonceLength)));
  } catch {
    return undefined;
  }
}
