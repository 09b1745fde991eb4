// How key material lies in a row. `device`: the CryptoKey itself, in a store that holds CryptoKeys. `wrapped`: its bytes under
// a root key of the caller (AES-256-GCM), for stores that hold bytes only, or where the device alone must not be enough.
import { concat, utf8 } from '../formats/bytes.ts';
import { KeyUndecryptable, ValidationException } from '../model/errors/index.ts';
import type { Bytes } from '../model/shape.ts';
import { generateMaterial, importMaterial, isMaterial, materialLength } from './material.ts';
import { randomBytes } from './random.ts';

export type CustodyKind = 'device' | 'wrapped';

/** What a row holds of a key: its wrapped bytes, or the key itself beside no bytes. */
export interface Kept {
  readonly value: Bytes;
  readonly key?: CryptoKey | undefined;
}

/** Makes keys that can be kept, and gets them back. */
export interface Custody {
  readonly kind: CustodyKind;
  /** @param label what the key is for: a kept key is recovered under the same label only */
  make(label: string): Promise<{ readonly material: CryptoKey; readonly kept: Kept }>;
  /** Keeps a key that was imported as bytes, which the caller wipes. @throws RangeError for anything but 32 bytes */
  keep(label: string, bytes: Bytes): Promise<{ readonly material: CryptoKey; readonly kept: Kept }>;
  /** @throws KeyUndecryptable where what was kept gives no key */
  recover(label: string, kept: Kept): Promise<CryptoKey>;
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
};

const nonceLength = 12;

/**
 * @param root an AES-GCM key of 256 bits with the usages `encrypt` and `decrypt`, best non-extractable. NIST SP 800-38D allows
 * 2^32 random nonces under it: one is used for each key that is made.
 */
export function wrappedCustody(root: CryptoKey): Custody {
  const { name, length } = root.algorithm as AesKeyAlgorithm;
  if (name !== 'AES-GCM' || length !== 256 || !root.usages.includes('encrypt') || !root.usages.includes('decrypt')) {
    throw new ValidationException('root must be an AES-GCM CryptoKey of 256 bits with the usages encrypt and decrypt.');
  }
  const { subtle } = globalThis.crypto;
  const parameters = (iv: Bytes, label: string) => ({
    name: 'AES-GCM',
    iv,
    additionalData: utf8(`keyhaven/v1/wrapped-material\0${label}`),
    tagLength: 128,
  });
  const keep = async (label: string, bytes: Bytes) => {
    const material = await importMaterial(bytes);
    const nonce = randomBytes(nonceLength);
    const sealed = new Uint8Array(await subtle.encrypt(parameters(nonce, label), root, bytes));
    return { material, kept: { value: concat(nonce, sealed), key: undefined } };
  };
  return {
    kind: 'wrapped',
    keep,
    async make(label) {
      const bytes = randomBytes(materialLength);
      try {
        return await keep(label, bytes);
      } finally {
        bytes.fill(0);
      }
    },
    async recover(label, { value }) {
      let bytes: Bytes | undefined;
      try {
        const nonce = value.slice(0, nonceLength);
        const opened = await subtle.decrypt(parameters(nonce, label), root, value.slice(nonceLength));
        bytes = new Uint8Array(opened);
        return await importMaterial(bytes);
      } catch {
        throw new KeyUndecryptable(`The stored key of ${label} does not open under this root secret.`);
      } finally {
        bytes?.fill(0);
      }
    },
  };
}
