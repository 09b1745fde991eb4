// The root of a keyring: 32 random bytes that wrap the material of every key, and that lie in slots only, wrapped under the key
// of an unlock method. In memory the root is a non-extractable CryptoKey; its bytes pass through JavaScript only where a slot
// is written, and are wiped then.
import { type Bytes, concat, utf8 } from '../formats/bytes.ts';
import { encodeSlot, encodeSlotHeader, type Slot, type SlotHeader } from '../formats/root-slot.ts';
import { randomBytes } from './random.ts';

const rootLength = 32;
const nonceLength = 12;
const algorithm = { name: 'AES-GCM', length: 256 };
/** `unwrapKey` gives material back as CryptoKeys that were never bytes in JavaScript. */
const rootUsages: readonly KeyUsage[] = ['encrypt', 'decrypt', 'unwrapKey'];

export const newRoot = (): Bytes => randomBytes(rootLength);

/** @param bytes 32 bytes; the caller wipes them */
export function importRoot(bytes: Bytes): Promise<CryptoKey> {
  return globalThis.crypto.subtle.importKey('raw', bytes, algorithm, false, rootUsages);
}

/** Makes the wrapping key of a slot inside the platform, for places that hold CryptoKeys. */
export function generateSlotKey(): Promise<CryptoKey> {
  return globalThis.crypto.subtle.generateKey(algorithm, false, rootUsages);
}

/** True for a key that `generateSlotKey` made. */
export const isSlotKey = (key: CryptoKey | undefined): key is CryptoKey =>
  key !== undefined &&
  key.algorithm.name === 'AES-GCM' &&
  (key.algorithm as AesKeyAlgorithm).length === 256 &&
  !key.extractable &&
  rootUsages.every((usage) => key.usages.includes(usage));

/** Where a slot is: its wrapping key is of no use in another. */
export interface SlotPlace {
  readonly keyring: string;
  readonly slot: string;
}

/**
 * The wrapping key of a slot from the secret of its method: HKDF-SHA-256 (RFC 5869) without a salt.
 * @param secret at least 128 bits of entropy; the caller wipes it
 */
export async function deriveSlotKey(secret: Bytes, kind: string, { keyring, slot }: SlotPlace): Promise<CryptoKey> {
  return deriveAes(secret, utf8(`keyhaven/v1/slot-key\0${kind}\0${keyring}\0${slot}`));
}

/** The same for a root that a caller keeps outside as a secret. */
export const deriveRoot = (secret: Bytes): Promise<CryptoKey> =>
  deriveAes(secret, utf8('keyhaven/v1/root-from-secret'));

async function deriveAes(secret: Bytes, info: Bytes): Promise<CryptoKey> {
  const { subtle } = globalThis.crypto;
  const key = await subtle.importKey('raw', secret, { name: 'HKDF' }, false, ['deriveKey']);
  const parameters = { name: 'HKDF', hash: { name: 'SHA-256' }, salt: new Uint8Array(0), info };
  return subtle.deriveKey(parameters, key, algorithm, false, rootUsages);
}

const parametersOf = (iv: Bytes, headerBytes: Bytes): AesGcmParams => ({
  name: 'AES-GCM',
  iv,
  additionalData: concat(utf8('keyhaven/v1/root-slot\0'), headerBytes),
  tagLength: 128,
});

/** Writes a slot. @param root its bytes, which the caller wipes */
export async function sealSlot(slotKey: CryptoKey, header: SlotHeader, root: Bytes): Promise<Bytes> {
  const headerBytes = encodeSlotHeader(header);
  const nonce = randomBytes(nonceLength);
  const sealed = await globalThis.crypto.subtle.encrypt(parametersOf(nonce, headerBytes), slotKey, root);
  return encodeSlot(headerBytes, concat(nonce, new Uint8Array(sealed)));
}

/** The root of a slot as a handle that nobody can read; undefined where the slot does not open under this key. */
export async function unwrapSlot(slotKey: CryptoKey, { headerBytes, sealed }: Slot): Promise<CryptoKey | undefined> {
  const parameters = parametersOf(sealed.slice(0, nonceLength), headerBytes);
  const wrapped = sealed.slice(nonceLength);
  try {
    const { subtle } = globalThis.crypto;
    return await subtle.unwrapKey('raw', wrapped, slotKey, parameters, algorithm, false, rootUsages);
  } catch {
    return undefined;
  }
}

/** The bytes of the root, to write another slot; the caller wipes them. Undefined where the slot does not open. */
export async function openSlot(slotKey: CryptoKey, { headerBytes, sealed }: Slot): Promise<Bytes | undefined> {
  const parameters = parametersOf(sealed.slice(0, nonceLength), headerBytes);
  try {
    const { subtle } = globalThis.crypto;
    return new Uint8Array(await subtle.decrypt(parameters, slotKey, sealed.slice(nonceLength)));
  } catch {
    return undefined;
  }
}
