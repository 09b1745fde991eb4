// Material that Node makes as a key of its own: the same key for WebCrypto, and no more to be got out of it than of any other.
import { assert } from 'chai';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { generateMaterial, importMaterial, isMaterial, prfOf } from '../../src/keys/material.ts';
import { generateNodeMaterial, nodeMac } from '../../src/keys/node-material.ts';
import { errorName } from '../cipher/engines.ts';
import { random } from '../support/bytes.ts';

const bySubtle = async (key: CryptoKey, message: Uint8Array<ArrayBuffer>) =>
  new Uint8Array(await crypto.subtle.sign('HMAC', key, message));

describe('material made by Node', () => {
  test('computes what WebCrypto computes under the same key', async () => {
    const key = await generateMaterial();
    assert.isDefined(nodeMac(key));
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        const message = new Uint8Array(bytes);
        const mac = await prfOf(key)(message);
        assert.deepEqual(mac, await bySubtle(key, message));
        // It is wiped by whoever asked: so it must not lie in memory that others share.
        assert.equal(mac.buffer.byteLength, 64);
      }),
      { numRuns: 50 },
    );
  });

  test('reads its message before it returns', async () => {
    const key = await generateMaterial();
    const message = random(40);
    const expected = await bySubtle(key, message.slice());
    const mac = prfOf(key)(message);
    message.fill(0);
    assert.deepEqual(await mac, expected);
  });

  test('is material like any other: nobody can export it', async () => {
    const key = generateNodeMaterial() as CryptoKey;
    assert.isTrue(isMaterial(key));
    assert.isFalse(key.extractable);
    for (const format of ['raw', 'jwk'] as const)
      assert.equal(await errorName(() => crypto.subtle.exportKey(format, key)), 'InvalidAccessError');
    assert.notDeepEqual(await prfOf(key)(random(0)), await prfOf(generateNodeMaterial() as CryptoKey)(random(0)));
  });

  test('leaves keys that came as bytes, or as CryptoKeys, to WebCrypto', async () => {
    const key = await importMaterial(random(32));
    assert.isUndefined(nodeMac(key));
    const message = random(10);
    assert.deepEqual(await prfOf(key)(message), await bySubtle(key, message));
  });
});
