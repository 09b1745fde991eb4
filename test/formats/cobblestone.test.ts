// The public vectors of Cobblestone-256. Source: C2SP Wycheproof, c2sp_chunked_encryption_aes_256_gcm_test.json; their `ct` is
// zlib-compressed hex, and plaintexts are given as SHA-512.
import { assert } from 'chai';
import * as fc from 'fast-check';
import { describe, test } from 'vitest';
import { nativeGcm } from '../../src/cipher/native.ts';
import { chunkLength, chunkNonce, openMessage, sealedLength, sealMessage } from '../../src/formats/cobblestone.ts';
import { importMaterial, prfOf } from '../../src/keys/material.ts';
import { type Bytes, flipBit, fromHex, random, toHex } from '../support/bytes.ts';
import vectors from '../vectors/c2sp_chunked_encryption_aes_256_gcm_test.json' with { type: 'json' };

async function inflate(bytes: Bytes): Promise<Bytes> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function sha512(bytes: Bytes): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-512', bytes)));
}

const newPrf = async () => prfOf(await importMaterial(random(32)));
const context = new Uint8Array([1, 2, 3]);

describe('Cobblestone-256', () => {
  for (const { tcId, comment, key, ctx, ct, result, msgLength, msgSha512, flags } of vectors.testGroups[0]!.tests) {
    test(`vector ${tcId}: ${comment}`, async () => {
      const message = await inflate(fromHex(ct));
      if (flags.includes('InvalidKeySize')) {
        const rejected = await importMaterial(fromHex(key)).then(
          () => false,
          () => true,
        );
        assert.isTrue(rejected);
        return;
      }
      const prf = prfOf(await importMaterial(fromHex(key)));
      const plaintext = await openMessage(prf, nativeGcm, fromHex(ctx), message);
      if (result === 'invalid') return assert.isUndefined(plaintext);
      assert.equal(plaintext?.length, msgLength);
      assert.equal(await sha512(plaintext as Bytes), msgSha512);
    });
  }

  test('all 35 vectors are there', () => {
    assert.equal(vectors.testGroups[0]!.tests.length, 35);
  });

  test('what is sealed opens again, at lengths around the borders of chunks', async () => {
    const prf = await newPrf();
    for (const length of [
      0,
      1,
      15,
      16,
      17,
      chunkLength - 1,
      chunkLength,
      chunkLength + 1,
      2 * chunkLength,
      2 * chunkLength + 5,
    ]) {
      const plaintext = random(length);
      const message = await sealMessage(prf, nativeGcm, random(24), context, plaintext);
      assert.equal(message.length, sealedLength(length));
      assert.deepEqual(await openMessage(prf, nativeGcm, context, message), plaintext);
    }
  });

  test('every change of one bit, every cut and every added byte is refused', async () => {
    const prf = await newPrf();
    const message = await sealMessage(prf, nativeGcm, random(24), context, random(20));
    for (let bit = 0; bit < message.length * 8; bit++) {
      assert.isUndefined(await openMessage(prf, nativeGcm, context, flipBit(message, bit)), `bit ${bit}`);
    }
    for (let length = 0; length < message.length; length++) {
      assert.isUndefined(await openMessage(prf, nativeGcm, context, message.slice(0, length)));
    }
    assert.isUndefined(await openMessage(prf, nativeGcm, context, new Uint8Array([...message, 0])));
  });

  test('another context or another key opens nothing', async () => {
    const prf = await newPrf();
    const message = await sealMessage(prf, nativeGcm, random(24), context, random(20));
    assert.isUndefined(await openMessage(prf, nativeGcm, new Uint8Array([1, 2]), message));
    assert.isUndefined(await openMessage(await newPrf(), nativeGcm, context, message));
  });

  test('a thousand candidate keys open nothing: the message commits to its key', async () => {
    const message = await sealMessage(await newPrf(), nativeGcm, random(24), context, random(20));
    for (let i = 0; i < 1000; i++) assert.isUndefined(await openMessage(await newPrf(), nativeGcm, context, message));
  });

  test('nonces count up to 2^38 without repeating', () => {
    const base = random(12);
    fc.assert(
      fc.property(
        fc.maxSafeNat().map((n) => n % 2 ** 38),
        (index) => {
          const nonce = chunkNonce(base, index);
          const difference = nonce.map((byte, i) => byte ^ (base[i] as number));
          assert.equal(BigInt(`0x${toHex(difference)}`), BigInt(index));
        },
      ),
    );
  });
});
