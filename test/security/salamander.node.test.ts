// GCM does not commit to its key: one ciphertext and tag can be made to open under two keys ("invisible salamanders", Dodis,
// Grubbs, Ristenpart, Woodage, CRYPTO 2018). Made here for real, such a ciphertext opens under both message keys, and our
// format refuses it under all but the one that its commitment names.
import { strict as assert } from 'node:assert';
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { describe, test } from 'vitest';
import { nativeGcm } from '../../src/cipher/native.ts';
import { deriveMessageKeys, openMessage } from '../../src/formats/cobblestone.ts';
import { importMaterial, prfOf } from '../../src/keys/material.ts';

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

interface GcmKeys {
  key: Uint8Array;
  baseNonce: Uint8Array;
}

/** Two blocks of ciphertext and a tag that are right under both keys and nonces. */
function forge(one: GcmKeys, two: GcmKeys): Buffer {
  const parts = [one, two].map(({ key, baseNonce }) => {
    const h = encryptBlock(key, new Uint8Array(16));
    return { h, h2: multiply(h, h), mask: encryptBlock(key, Buffer.concat([baseNonce, Buffer.from([0, 0, 0, 1])])) };
  });
  const [a, b] = parts as [(typeof parts)[0], (typeof parts)[0]];
  const lengths = 256n; // bits of ciphertext; no AAD
  const first = toField(randomBytes(16));
  // first*H^3 + second*H^2 + lengths*H + mask must be the same for both: linear in `second`.
  const known = (p: typeof a) => multiply(first, multiply(p.h2, p.h)) ^ multiply(lengths, p.h) ^ p.mask;
  const second = multiply(known(a) ^ known(b), invert(a.h2 ^ b.h2));
  const tag = known(a) ^ multiply(second, a.h2);
  return Buffer.concat([toBytes(first), toBytes(second), toBytes(tag)]);
}

const opensUnderGcm = ({ key, baseNonce }: GcmKeys, sealed: Buffer): boolean => {
  const decipher = createDecipheriv('aes-256-gcm', key, baseNonce).setAuthTag(sealed.subarray(-16));
  decipher.update(sealed.subarray(0, -16));
  try {
    decipher.final();
    return true;
  } catch {
    return false;
  }
};

describe('a ciphertext made to open under two keys', () => {
  test('opens under both with bare GCM, and under one only in our format', async () => {
    const prfs = await Promise.all(
      [1, 2].map(async () => prfOf(await importMaterial(new Uint8Array(randomBytes(32))))),
    );
    const [prfA, prfB] = prfs as [(typeof prfs)[0], (typeof prfs)[0]];
    const [salt, context] = [new Uint8Array(randomBytes(24)), new Uint8Array(51)];
    const [keysA, keysB] = [await deriveMessageKeys(prfA, salt, context), await deriveMessageKeys(prfB, salt, context)];
    const sealed = forge(keysA, keysB);
    assert(opensUnderGcm(keysA, sealed));
    assert(opensUnderGcm(keysB, sealed));

    const messageFor = (commitment: Uint8Array) => new Uint8Array(Buffer.concat([salt, commitment, sealed]));
    const forA = messageFor(keysA.commitment);
    assert.equal((await openMessage(prfA, nativeGcm, context, forA))?.length, 32);
    assert.equal(await openMessage(prfB, nativeGcm, context, forA), undefined);
    const forB = messageFor(keysB.commitment);
    assert.equal((await openMessage(prfB, nativeGcm, context, forB))?.length, 32);
    assert.equal(await openMessage(prfA, nativeGcm, context, forB), undefined);
  });
});
