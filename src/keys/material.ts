// Material of symmetric KMS keys: HMAC-SHA-512 CryptoKeys of 256 bits with the one usage `sign`, which are only ever used as a
// PRF. Made by the platform as non-extractable keys, their bytes never pass through JavaScript.
import { concat, fromHex, toHex, utf8 } from '../formats/bytes.ts';
import type { Prf } from '../formats/cobblestone.ts';
import { keyIdHex } from '../model/arn.ts';
import type { Bytes } from '../model/shape.ts';
import { generateNodeMaterial, nodeMac } from './node-material.ts';

const algorithm = { name: 'HMAC', hash: { name: 'SHA-512' }, length: 256 };
/** Bytes of a key. */
export const materialLength = 32;

/** Makes a key inside the platform. */
export async function generateMaterial(): Promise<CryptoKey> {
  return generateNodeMaterial() ?? globalThis.crypto.subtle.generateKey(algorithm, false, ['sign']);
}

/** Makes a key of 32 bytes that were unwrapped; the caller wipes them. @throws RangeError for any other length */
export async function importMaterial(bytes: Bytes): Promise<CryptoKey> {
  // Firefox takes any length here and cuts or pads it.
  if (bytes.length !== materialLength) throw new RangeError(`Key material must be ${materialLength} bytes.`);
  return globalThis.crypto.subtle.importKey('raw', bytes, algorithm, false, ['sign']);
}

/**
 * Makes a key of bytes that lie wrapped, without their ever being bytes in JavaScript.
 * @param wrapped 32 bytes under `parameters`, and the tag
 * @returns undefined where they do not open
 */
export async function unwrapAsMaterial(
  wrappingKey: CryptoKey,
  parameters: AesGcmParams,
  wrapped: Bytes,
): Promise<CryptoKey | undefined> {
  try {
    const { subtle } = globalThis.crypto;
    return await subtle.unwrapKey('raw', wrapped, wrappingKey, parameters, algorithm, false, ['sign']);
  } catch {
    return undefined;
  }
}

/** HMAC-SHA-512 under a key. */
export const prfOf = (key: CryptoKey): Prf => {
  const mac = nodeMac(key);
  if (mac !== undefined) return async (message) => mac(message);
  return async (message) => new Uint8Array(await globalThis.crypto.subtle.sign({ name: 'HMAC' }, key, message));
};

const label = utf8('keyhaven/v1/key-material-id');

/** The id of a key's material: 64 hex digits that depend on the key id and the material, and tell nothing of either. */
export async function materialId(key: CryptoKey, keyId: string): Promise<string> {
  const mac = await prfOf(key)(concat(label, Uint8Array.of(0), fromHex(keyIdHex(keyId))));
  return toHex(mac.subarray(0, 32));
}

/** True for what this module makes. A store that was tampered with could hold any other key in its place. */
export function isMaterial(key: CryptoKey | undefined): key is CryptoKey {
  if (
    key === undefined ||
    key.type !== 'secret' ||
    key.extractable ||
    key.usages.length !== 1 ||
    key.usages[0] !== 'sign'
  )
    return false;
  const { name, hash, length } = key.algorithm as HmacKeyAlgorithm;
  return name === 'HMAC' && hash.name === 'SHA-512' && length === 256;
}
