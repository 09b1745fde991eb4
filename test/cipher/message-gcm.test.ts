// Messages with a key each: the same bytes before and after the core has taken over, and one error where a tag does not fit.
import { assert } from 'chai';
import { describe, test } from 'vitest';
import { messageGcm } from '../../src/cipher/message-gcm.ts';
import { nativeGcm } from '../../src/cipher/native.ts';
import { flipBit, random } from '../support/bytes.ts';

describe('messages with a key each', () => {
  test('are sealed to the same bytes by whatever seals them, and open again', async () => {
    for (let i = 0; i < 120; i++) {
      const [key, nonce, plaintext] = [random(32), random(12), random((i * 37) % 5000)];
      const native = await (await nativeGcm(key)).seal(nonce, plaintext);
      const copy = key.slice();
      const cipher = await messageGcm(plaintext.length)(copy);
      copy.fill(0); // the caller's to wipe
      assert.deepEqual(await cipher.seal(nonce, plaintext), native);
      const opener = await messageGcm(native.length)(key);
      assert.deepEqual(await opener.open(nonce, native), plaintext);
      const forged = await messageGcm(native.length)(key);
      const error = await forged.open(nonce, flipBit(native, i)).catch((found: unknown) => found);
      assert.instanceOf(error, Error);
      await new Promise((resolve) => setTimeout(resolve, i === 40 ? 200 : 0)); // the core is loaded meanwhile
    }
  });

  test('are sealed many at once', async () => {
    const [nonce, plaintext] = [random(12), random(100)];
    const sealed = await Promise.all(
      Array.from({ length: 300 }, async () => {
        const key = random(32);
        const cipher = await messageGcm(plaintext.length)(key);
        return [key, await cipher.seal(nonce, plaintext)] as const;
      }),
    );
    for (const [key, each] of sealed) assert.deepEqual(await (await nativeGcm(key)).open(nonce, each), plaintext);
  });
});
