// The encodings of RSA signatures over a digest: EMSA-PKCS1-v1_5 and EMSA-PSS with MGF1 of the same hash and a salt as long as
// the digest (RFC 8017, sections 9.1 and 9.2).
import { type Bytes, concat, fromHex, isEqual } from '../formats/bytes.ts';

/** DigestInfo before the digest (RFC 8017, section 9.2, note 1). */
const digestInfo: Readonly<Record<string, string>> = {
  'SHA-256': '3031300d060960864801650304020105000420',
  'SHA-384': '3041300d060960864801650304020205000430',
  'SHA-512': '3051300d060960864801650304020305000440',
};

/** @param size bytes of the modulus */
export function encodePkcs1(hash: string, digest: Bytes, size: number): Bytes {
  const info = concat(fromHex(digestInfo[hash] as string), digest);
  const padding = new Uint8Array(size - info.length - 3).fill(0xff);
  return concat(Uint8Array.of(0, 1), padding, Uint8Array.of(0), info);
}

/** The modulus of every key here has a multiple of 8 bits, so that the first bit of an encoded message is 0. */
export async function encodePss(hash: string, digest: Bytes, salt: Bytes, size: number): Promise<Bytes> {
  const seed = await hashOf(hash, concat(new Uint8Array(8), digest, salt));
  const block = concat(new Uint8Array(size - 2 * digest.length - 2), Uint8Array.of(1), salt);
  const masked = exclusiveOr(block, await mask(hash, seed, block.length));
  masked[0] = (masked[0] as number) & 0x7f;
  return concat(masked, seed, Uint8Array.of(0xbc));
}

/** True where an encoded message fits the digest. */
export async function isPss(hash: string, digest: Bytes, encoded: Bytes): Promise<boolean> {
  const split = encoded.length - digest.length - 1;
  const masked = encoded.slice(0, split);
  const seed = encoded.slice(split, -1);
  if (encoded.at(-1) !== 0xbc || (masked[0] as number) >= 0x80) return false;
  const block = exclusiveOr(masked, await mask(hash, seed, split));
  block[0] = (block[0] as number) & 0x7f;
  const saltStart = split - digest.length;
  if (block[saltStart - 1] !== 1 || block.subarray(0, saltStart - 1).some((byte) => byte !== 0)) return false;
  return isEqual(seed, await hashOf(hash, concat(new Uint8Array(8), digest, block.subarray(saltStart))));
}

/** MGF1 (RFC 8017, appendix B.2.1). */
export async function mask(hash: string, seed: Bytes, length: number): Promise<Bytes> {
  const blocks: Bytes[] = [];
  for (let count = 0, made = 0; made < length; count++) {
    const block = await hashOf(hash, concat(seed, Uint8Array.of(0, 0, 0, count)));
    blocks.push(block);
    made += block.length;
  }
  return concat(...blocks).slice(0, length);
}

export const exclusiveOr = (a: Bytes, b: Bytes): Bytes => a.map((byte, index) => byte ^ (b[index] as number));

export async function hashOf(hash: string, message: Bytes): Promise<Bytes> {
  return new Uint8Array(await globalThis.crypto.subtle.digest({ name: hash }, message));
}
