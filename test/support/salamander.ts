// Makes a ciphertext that opens under two keys of bare GCM ("invisible salamanders", Dodis, Grubbs, Ristenpart, Woodage, CRYPTO
// 2018). Over node:crypto.
import { createCipheriv, randomBytes } from 'node:crypto';

// GF(2^128) as in NIST SP 800-38D, section 6.3: bit 0 is the leftmost.
const reduction = 0xe1n << 120n;
const toField = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
const toBytes = (element: bigint): Buffer => Buffer.from(element.toString(16).padStart(32, '0'), 'hex');

function multiply(a: bigint, b: bigint): bigint {
  let product = 0n;
  let shifted = b;
  for (let bit = 127n; bit >= 0n; bit--) {
    if ((a >> bit) & 1n) product ^= shifted;
    shifted = shifted & 1n ? (shifted >> 1n) ^ reduction : shifted >> 1n;
  }
  return product;
}

/** a^(2^128 - 2). */
function invert(a: bigint): bigint {
  let result = 1n << 127n;
  let power = a;
  for (let i = 1; i < 128; i++) {
    power = multiply(power, power);
    result = multiply(result, power);
  }
  return result;
}

const encryptBlock = (key: Uint8Array, block: Uint8Array): bigint => {
  const cipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  return toField(Buffer.concat([cipher.update(block), cipher.final()]));
};

export interface GcmKeys {
  key: Uint8Array;
  baseNonce: Uint8Array;
}

/**
 * Two blocks of ciphertext and a tag that are right under both keys and nonces.
 * @param aad at most 16 bytes
 */
export function forge(one: GcmKeys, two: GcmKeys, aad: Uint8Array = new Uint8Array(0)): Buffer {
  const parts = [one, two].map(({ key, baseNonce }) => {
    const h = encryptBlock(key, new Uint8Array(16));
    return { h, h2: multiply(h, h), mask: encryptBlock(key, Buffer.concat([baseNonce, Buffer.from([0, 0, 0, 1])])) };
  });
  const [a, b] = parts as [(typeof parts)[0], (typeof parts)[0]];
  const lengths = (BigInt(aad.length * 8) << 64n) | 256n; // bits of AAD, and of ciphertext
  const authenticated = toField(Buffer.concat([aad, Buffer.alloc(16 - aad.length)]));
  const first = toField(randomBytes(16));
  // aad*H^4 + first*H^3 + second*H^2 + lengths*H + mask must be the same for both: linear in `second`.
  const known = (p: typeof a) =>
    multiply(authenticated, multiply(p.h2, p.h2)) ^
    multiply(first, multiply(p.h2, p.h)) ^
    multiply(lengths, p.h) ^
    p.mask;
  const second = multiply(known(a) ^ known(b), invert(a.h2 ^ b.h2));
  const tag = known(a) ^ multiply(second, a.h2);
  return Buffer.concat([toBytes(first), toBytes(second), toBytes(tag)]);
}

/**
 * Two blocks of ciphertext that have the wanted tag (16 bytes) under a key that one knows, whatever the additional data are.
 * @returns the ciphertext (32 bytes) and the tag
 */
export function forgeTag({ key, baseNonce }: GcmKeys, aad: Uint8Array, tag: Uint8Array): Buffer {
  const h = encryptBlock(key, new Uint8Array(16));
  const mask = encryptBlock(key, Buffer.concat([baseNonce, Buffer.from([0, 0, 0, 1])]));
  const padded = Buffer.concat([aad, Buffer.alloc(-aad.length & 15)]);
  let sum = 0n;
  for (let at = 0; at < padded.length; at += 16) sum = multiply(sum ^ toField(padded.subarray(at, at + 16)), h);
  const lengths = (BigInt(aad.length * 8) << 64n) | 256n;
  const first = toField(randomBytes(16));
  // ((sum + first)*H + second)*H + lengths, times H, and mask: solved for `second`.
  const inverse = invert(h);
  const wanted = multiply(multiply(toField(tag) ^ mask, inverse) ^ lengths, inverse);
  const second = wanted ^ multiply(sum ^ first, h);
  return Buffer.concat([toBytes(first), toBytes(second), tag]);
}
