import { ed25519 } from '@noble/curves/ed25519.js';
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { signEdwards, verifyEdwards } from '../../src/keys/edwards.ts';
import { Secret } from '../../src/keys/secret.ts';
import { type Bytes, fromHex, random } from '../support/bytes.ts';

const join = (...parts: Uint8Array[]): Bytes => Uint8Array.from(parts.flatMap((part) => [...part]));

describe('Ed25519', () => {
  test('takes every seed, also one that begins with zeros, which WebKitGTK refuses to import', async () => {
    for (const zeros of [0, 1, 2]) {
      const seed = random(32).fill(0, 0, zeros);
      const pkcs8 = join(fromHex('302e020100300506032b657004220420'), seed);
      const spki = join(fromHex('302a300506032b6570032100'), ed25519.getPublicKey(seed));
      const secret = new Secret([], async () => new Uint8Array(pkcs8));
      const message = random(50);
      const signature = await signEdwards(secret, 'ED25519_SHA_512', message);
      assert.deepEqual(signature, new Uint8Array(ed25519.sign(message, seed)));
      assert.isTrue(await verifyEdwards(spki, 'ED25519_SHA_512', message, signature));
      assert.isFalse(await verifyEdwards(spki, 'ED25519_SHA_512', random(50), signature));
    }
  });
});
