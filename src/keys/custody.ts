// How key material lies in a row. `device`: the CryptoKey itself, in a store that holds CryptoKeys. `wrapped`: its bytes under
// a root (AES-256-GCM), for stores that hold bytes only, or where the device alone must not be enough (wrapped-custody.ts).
// `recoverable`: both (recoverable-custody.ts). What no CryptoKey can be (docs/keys.md) is sealed: under a key of its own beside it in
// the device, or under the root.
import { KeyUndecryptable } from '../model/errors/index.ts';
import { lazily } from '../model/lazily.ts';
import type { Bytes } from '../model/shape.ts';
import { generateMaterial, importMaterial, isMaterial } from './material.ts';

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

/** Most pages have symmetric keys only, which are never sealed. */
const sealing = lazily(() => import('./sealed-bytes.ts'));

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
  seal: async (label, secret) => (await sealing()).sealBeside(label, secret),
  open: async (label, kept) => (await sealing()).openBeside(label, kept),
  async withCopy(_, kept) {
    return kept;
  },
  async release(label, kept, as) {
    return as === 'secret' && kept.value.length > 0 ? deviceCustody.open(label, kept) : undefined;
  },
};
